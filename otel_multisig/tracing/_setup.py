"""What the live spans of one set-up share: its ids, its order, its clock, its wallets."""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from otel_multisig.model.identity import make_setup_id
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import Tracer

    from otel_multisig.tracing._escrow import Escrow
    from otel_multisig.tracing._metrics import Instruments
    from otel_multisig.tracing._node import Node
    from otel_multisig.tracing._wallets import TracedWallet

__all__ = ["Setup"]

_REMEMBERED_IDS: Final = 1024
_last_millisecond: OrderedDict[str, int] = OrderedDict()
_id_lock = threading.Lock()


class Setup:
    """The live state of one set-up.

    Attributes:
        escrow_id: The caller's id of the escrow.
        setup_id: `{escrow_id}-{milliseconds}`, as the legacy system named a trace.
        open_nodes: What has started and not ended, by the sequence of its start.
        wallets: The wallets seen so far, by role.
        last_progress_ns: When something last happened, nanoseconds since the epoch.
        failure_sequence: The sequence of the exception event that ended the set-up; 0 while there is none.
        root: The set-up's own span while it is open.
    """

    __slots__ = (
        "_counter",
        "_offset_ns",
        "base",
        "escrow_id",
        "failure_sequence",
        "instruments",
        "last_progress_ns",
        "next_sequence",
        "open_nodes",
        "root",
        "setup_id",
        "tracer",
        "wallets",
    )

    def __init__(self, escrow_id: str, tracer: Tracer, instruments: Instruments) -> None:
        self.escrow_id = escrow_id
        self.tracer = tracer
        self.instruments = instruments
        wall_ns = time.time_ns()
        # Times within a set-up advance with the monotonic clock, so that a step of the wall clock cannot make a call
        # seem to end before it began.
        self._offset_ns = wall_ns - time.perf_counter_ns()
        self.setup_id = make_setup_id(escrow_id, _unused_millisecond(escrow_id, wall_ns // 1_000_000))
        self._counter = itertools.count(1)
        self.next_sequence: Callable[[], int] = self._counter.__next__
        self.open_nodes: dict[int, Node] = {}
        self.wallets: dict[str, TracedWallet] = {}
        self.last_progress_ns = wall_ns
        self.failure_sequence = 0
        self.root: Escrow | None = None
        self.base: dict[str, str | bool | int | float] = {
            attr.MONERO_ESCROW_ID: escrow_id,
            attr.MONERO_SETUP_ID: self.setup_id,
        }

    def now(self) -> int:
        """Return nanoseconds since the epoch, never less than what it returned before."""
        return time.perf_counter_ns() + self._offset_ns

    def abandon(self) -> None:
        """In a forked child: record nothing more of this set-up, which goes on in the parent."""
        for node in self.open_nodes.values():
            node.abandon()
        self.open_nodes.clear()
        self.root = None
        self.next_sequence = _refuse


def _refuse() -> int:
    # Two processes that count on from the same number would give every number twice.
    raise RuntimeError("this set-up belongs to the parent process")


def _unused_millisecond(escrow_id: str, now_ms: int) -> int:
    """Two set-ups of one escrow that begin in the same millisecond must not share an id."""
    with _id_lock:
        millisecond = max(now_ms, _last_millisecond.pop(escrow_id, -1) + 1)
        _last_millisecond[escrow_id] = millisecond
        if len(_last_millisecond) > _REMEMBERED_IDS:
            _last_millisecond.popitem(last=False)
    return millisecond
