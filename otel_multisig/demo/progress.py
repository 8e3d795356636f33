"""What the set-ups are doing right now: a table on a terminal, lines in a pipe."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from otel_multisig import Call, Escrow, Round
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.console import Console

    from otel_multisig.tracing import LiveEvent, Node

__all__ = ["Progress"]


class _Row:
    """One set-up as it stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.round = ""
        self.doing = "waiting for its turn"
        self.style = "dim"
        self.fault = ""
        self.started = time.monotonic()
        self.seconds: float | None = None


class Progress:
    """A recorder that shows each set-up's round and call while they run.

    Args:
        console: Where to show it.
        names: What to call each escrow, by its id.
    """

    def __init__(self, console: Console, names: dict[str, str]) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._rows = {escrow_id: _Row(name) for escrow_id, name in names.items()}
        self._live = Live(get_renderable=self._table, console=console, transient=True, refresh_per_second=8)

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Stop, and leave one line for each set-up."""
        if self._console.is_terminal:
            self._live.stop()
            self._console.print(self._table())

    def started(self, node: Node) -> None:
        """Show that a round or a call has begun."""
        row = self._rows.get(node.setup.escrow_id)
        if row is None:
            return
        if isinstance(node, Escrow):
            row.started, row.doing, row.style = time.monotonic(), "begun", ""
        elif isinstance(node, Round):
            row.round = f"round {node.number}"
            self._say(row, row.round)
        elif isinstance(node, Call):
            row.doing = _words(node)

    def happened(self, node: Node, event: LiveEvent) -> None:
        """Show a fault that was found; of other events there are too many."""
        row = self._rows.get(node.setup.escrow_id)
        if row is not None and event.name == events.FAULT:
            row.fault = str(event.attributes[attr.MONERO_FAULT_TYPE])
            self._say(row, f"fault found: {row.fault}")

    def ended(self, node: Node) -> None:
        """Show what failed, and that a set-up is over."""
        row = self._rows.get(node.setup.escrow_id)
        if row is None:
            return
        outcome = node.outcome
        if isinstance(node, Call) and outcome is not None:
            self._say(row, f"{_words(node)} failed: {outcome.message or outcome.error_type}")
        elif isinstance(node, Escrow):
            row.seconds = (node.end_ns - node.start_ns) / 1e9
            row.doing, row.style = ("done", "green") if outcome is None else ("failed", "red")
            self._say(row, f"{row.doing} after {row.seconds:.1f} s")

    def _say(self, row: _Row, text: str) -> None:
        if not self._console.is_terminal:
            with self._lock:
                self._console.print(Text(f"  {row.name:<9} {text}"), soft_wrap=True)

    def _table(self) -> Any:
        table = Table.grid(padding=(0, 2))
        for row in tuple(self._rows.values()):
            seconds = time.monotonic() - row.started if row.seconds is None else row.seconds
            table.add_row(
                Text(f"  {row.name}"),
                row.round,
                Text(row.doing, style=row.style),
                Text(f"{seconds:5.1f} s", style="dim"),
                Text(row.fault, style="red"),
            )
        return table


def _words(call: Call) -> str:
    return f"{call.attributes.get(attr.MONERO_WALLET_ROLE, '')} {call.name}"
