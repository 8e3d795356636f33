"""A group: escrows that run together, what was done to them, and their records."""

from __future__ import annotations

import gzip
import random
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from otel_multisig.legacy import RecordingState, dated_name, encode, plain_name
from otel_multisig.model import assemble
from otel_multisig.otlp import encode_line, from_sdk_span
from otel_multisig.testing.recording import recorded_spans
from otel_multisig.tracing import settings
from tools.corpus.bench import FIRST
from tools.corpus.client import EscrowClient
from tools.corpus.clock import Clock
from tools.corpus.habits import Habits
from tools.corpus.labels import NONE, Label, Truth
from tools.corpus.legacy_client import LegacyClient, Warp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from otel_multisig.model import EscrowTrace, SpanRecord
    from otel_multisig.semconv.attributes import FaultType
    from tools.corpus.application import Application
    from tools.corpus.bench import Bench

__all__ = ["Group", "Provoked", "run_group"]

_SNAPSHOT_SECONDS = 0.8
_LINE_SPANS = 12


@dataclass(frozen=True)
class Provoked:
    """What was done to one client, and what the legacy form can still show of it."""

    truth: Truth
    legacy: Truth
    note: str


class Group:
    """The driver of one group, as a scenario uses it.

    Attributes:
        bench: The wallet servers.
        variant: Which variant of the scenario this is, from 0.
        choose: What chance decides, the same each time.
        clock: The time of the record.
        addresses: The addresses that snapshots saw, by their digests.
        apart: Whether each escrow's record is a file of its own.
        locks: Whether the legacy client tells of its locks.
    """

    def __init__(self, bench: Bench, name: str, variant: int, hour: int, seed: int) -> None:
        self.bench = bench
        self.name = name
        self.variant = variant
        self.choose = random.Random(f"{seed}:{name}")  # noqa: S311 - to provoke the same each time
        self.clock = Clock(hour)
        self.addresses: dict[str, str] = {}
        self.apart = False
        self.locks = False
        self.clients: list[EscrowClient] = []
        self.setups: dict[str, Application] = {}
        self.provoked: dict[int, Provoked] = {}

    # -- what scenarios call ----------------------------------------------------------------------------------------

    def client(
        self,
        habits: Habits | None = None,
        ports: Mapping[str, int] = FIRST,
        *,
        escrow_id: str = "",
        files: Mapping[str, str] | None = None,
    ) -> EscrowClient:
        """One more escrow's application."""
        made = EscrowClient(self, habits or Habits(), ports, escrow_id or self.new_id(), files=files)
        self.clients.append(made)
        return made

    def began(self, client: Application) -> None:
        """Note whose set-up a record will be."""
        assert client.escrow
        self.setups[client.escrow.setup_id] = client

    def every(self, count: int, place: int = 0) -> bool:
        """Whether this variant is the one at a place among each so many."""
        return self.variant % count == place

    def first_half(self, count: int) -> bool:
        """Whether this variant is in the first half of each so many."""
        return self.variant % count < count // 2

    def new_id(self) -> str:
        """An id for an escrow."""
        return str(uuid.UUID(int=self.choose.getrandbits(128), version=4))

    def file_name(self) -> str:
        """A wallet file's name that says nothing."""
        return f"w{self.choose.getrandbits(48):012x}"

    def stranger(self, port: int, *, close: bool = False) -> str:
        """Create a wallet that is no escrow's, as another program might; gives the name of its file."""
        name = self.file_name()
        self.bench.outsider(port, "create_wallet", filename=name, password="", language="English")
        if close:
            self.bench.outsider(port, "close_wallet", autosave_current=True)
        return name

    def blame(  # noqa: D417 - fault to interfering as in Truth
        self,
        client: EscrowClient,
        fault: FaultType,
        role: str | None,
        round_number: int | None,
        interfering: tuple[EscrowClient, ...] = (),
        *,
        legacy: Truth | Literal["same"] = "same",
        note: str,
    ) -> None:
        """State what was done to a client.

        Args:
            client: To whom.
            legacy: What the legacy form can show of it; ``same`` where it shows all but who else took part.
            note: In words.
        """
        others = tuple(sorted({other.escrow_id for other in interfering}))
        truth = Truth(fault, role, round_number, others)
        kept = Truth(fault, role, round_number) if legacy == "same" else legacy
        self.provoked[id(client)] = Provoked(truth, kept, note)

    def healthy(self, client: EscrowClient, note: str) -> None:
        """State that a client came to no harm."""
        self.provoked[id(client)] = Provoked(NONE, NONE, note)

    # -- what it writes ---------------------------------------------------------------------------------------------

    def write(self, folder: Path, records: list[SpanRecord], *, scenario: str, half: str) -> Iterator[Label]:
        """Write both forms, and give the labels.

        Raises:
            AssertionError: A set-up has no label, or its record is not there.
        """
        folder.mkdir(parents=True, exist_ok=True)
        traces = assemble(records).traces
        assert {trace.setup_id for trace in traces} == set(self.setups), "a set-up was not recorded"
        self._write_otlp(folder, records, traces)
        clients = {trace.setup_id: LegacyClient(trace, self.addresses, locks=self.locks) for trace in traces}
        warp = Warp(clients.values())
        names: Counter[str] = Counter()
        for trace in traces:
            legacy = clients[trace.setup_id]
            events = legacy.events(warp)
            state = RecordingState.FAILED if legacy.has_failed else RecordingState.COMPLETE
            file = plain_name(trace.escrow_id, state)
            if names[file]:
                file = dated_name(trace.escrow_id, trace.setup_id, state)
            names[file] += 1
            _zip(folder / f"{file}.gz", encode(events))
            what = self.provoked[id(self.setups[trace.setup_id])]
            yield Label(
                group=self.name,
                setup_id=trace.setup_id,
                escrow_id=trace.escrow_id,
                file=f"{file}.gz",
                scenario=scenario,
                wallets=self.bench.kind,
                half=half,
                truth=what.truth,
                legacy=what.legacy,
                note=what.note,
            )

    def _write_otlp(self, folder: Path, records: list[SpanRecord], traces: tuple[EscrowTrace, ...]) -> None:
        if not self.apart:
            _zip(folder / "otlp.jsonl.gz", _lines(records))
            return
        for number, trace in enumerate(traces, 1):
            own = [record for record in records if record.trace_id == trace.trace_id]
            _zip(folder / f"{number}.otlp.jsonl.gz", _lines(own))


def run_group(group: Group, provoke: Callable[[Group], Any], folder: Path, *, scenario: str, half: str) -> list[Label]:
    """Provoke, record and write.

    Raises:
        AssertionError: The scenario did not provoke what it meant to.
    """
    group.bench.reset()
    with recorded_spans() as recorded, group.clock.in_force():
        now = settings.current()
        settings.restore(replace(now, live_rules=False, snapshot_timeout=_SNAPSHOT_SECONDS))
        provoke(group)
    records = [from_sdk_span(span) for span in recorded.spans]
    return list(group.write(folder, records, scenario=scenario, half=half))


def _lines(records: list[SpanRecord]) -> bytes:
    batches = (records[start : start + _LINE_SPANS] for start in range(0, len(records), _LINE_SPANS))
    return b"".join(encode_line(batch) + b"\n" for batch in batches)


def _zip(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data, mtime=0))
