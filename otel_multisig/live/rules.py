"""The rules of `diagnosis`, applied while set-ups run.

A recorder keeps what happens in each set-up of this process and asks the rules when something has happened that can
complete the evidence of a fault: a call failed, a snapshot shows what was not expected, somebody opened or closed a
wallet on a port that a set-up works on, a wallet was fed an info that is not its own set-up's, a set-up ends. What they
find is recorded at once (`otel_multisig.tracing.faults`), each fault one time in a set-up.

While a set-up runs, only faults are recorded that are proved and that nothing to come can undo: a call that a dead
server did not answer may be made again, and come through. At its end it gets its verdict, whatever that is.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.diagnosing import find_faults
from otel_multisig.diagnosis.methods import WALLET_CHANGERS
from otel_multisig.live._reading import Called, Happened
from otel_multisig.live._running import MOST_ITEMS, RunningSetup
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv.attributes import FaultType, Outcome
from otel_multisig.tracing import Call, add_recorder, recorder, remove_recorder
from otel_multisig.tracing.faults import record_fault
from otel_multisig.tracing.recorder import SetupRecorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from otel_multisig.diagnosis import Finding
    from otel_multisig.live._running import Claim
    from otel_multisig.tracing import LiveEvent, Node
    from otel_multisig.tracing._node import Outcome as HowItEnded
    from otel_multisig.tracing._setup import Setup

__all__ = ["LiveRules", "start", "stop"]

_PORT: Final = upstream.SERVER_PORT
_INPUTS: Final = attr.MONERO_MULTISIG_INFO_INPUT_HASH
_OUTPUT: Final = attr.MONERO_MULTISIG_INFO_HASH
_MOST_COMPANIONS: Final = 8
_PREDECESSORS: Final = 2
_MOST_ENDED: Final = 64
_ENDED_KEPT_NS: Final = 600 * 1_000_000_000
_PATIENCE_SECONDS: Final = 1.0


class LiveRules(SetupRecorder):
    """The recorder. Made and added by `start`."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all set-ups, and whoever is at work on them."""
        self._lock = threading.Lock()
        self._running: dict[Setup, RunningSetup] = {}
        self._ended: deque[RunningSetup] = deque(maxlen=_MOST_ENDED)

    # -- what the recorder is told ----------------------------------------------------------------------------------

    def beginning(self, root: Node) -> None:
        """Note that a set-up has begun. A call is noted when it ends: until then the set-up itself knows it."""
        self._running[root.setup] = RunningSetup(root)

    def happened(self, node: Node, event: LiveEvent) -> None:
        """Note an event; after a snapshot, ask the rules."""
        running = self._running.get(node.setup)
        if running is None:
            return
        if len(running.items) < MOST_ITEMS:
            running.items.append(Happened.of(node, event))
        if event.name == events.WALLET_SNAPSHOT and self._is_unexpected(running, event):
            self._judge(running)

    def ended(self, node: Node) -> None:
        """Note a call; ask the rules where it can be the last piece of evidence."""
        if type(node) is not Call:
            return
        running = self._running.get(node.setup)
        if running is None:
            return
        items = running.items
        if len(items) < MOST_ITEMS:
            items.append(Called.of(node))
        put_out = node.end_attributes.get(_OUTPUT)
        if put_out is not None:
            running.put_out.add(put_out)
        if (
            node.outcome is not None
            or _INPUTS in node.attributes
            or running.disturbed
            or node.name in WALLET_CHANGERS  # all other calls are to cost as little as may be
        ) and self._is_telling(node, running):
            running.is_suspect = True
            self._judge(running)

    def _is_telling(self, call: Call, running: RunningSetup) -> bool:
        """Whether a call may complete the evidence of a fault, here or in a set-up on the same port."""
        port = call.attributes.get(_PORT)
        disturbs = call.name in WALLET_CHANGERS and type(port) is int and self._disturb_others(running, port)
        if call.outcome is not None:
            return not call.outcome.interrupted or disturbs
        if disturbs or port in running.disturbed:
            return True
        given = call.attributes.get(_INPUTS)
        # Was the wallet given an info that no wallet of its set-up is known to have put out?
        return type(given) is str and not running.put_out.issuperset(given.split(" "))

    def _is_unexpected(self, running: RunningSetup, snapshot: LiveEvent) -> bool:
        """Whether a snapshot is worth asking the rules: as a rule it shows what the others lead one to expect."""
        known = snapshot.attributes
        met = running.expected.is_met(known)
        if running.expected.shows_news(known) and met:
            address = known[attr.MONERO_WALLET_ADDRESS_HASH]
            met = not any(address in other.expected.addresses for other in (*self._others(running), *self._ended))
        if not met:
            running.is_suspect = True
        return running.is_suspect or bool(running.disturbed)

    def concluding(self, root: Node, outcome: HowItEnded | None) -> None:
        """Give the set-up its verdict."""
        setup = root.setup
        running = self._running.pop(setup, None)
        if running is None:
            return
        with self._alone() as alone:
            if not alone:
                return
            running.conclude(Outcome(str(root.end_attributes[attr.MONERO_ESCROW_OUTCOME])))
            self._ended.append(running)
            if outcome is not None and outcome.interrupted:
                return  # by the end of the process: nothing of its own went wrong
            claims = []
            verdict = None
            for judged, faults in self._judge_group(running):
                if judged is running:
                    claims += judged.claim_verdict(faults)
                    verdict = faults[0] if faults else None
                else:
                    claims += judged.claim_proved(faults)
        _record(claims)
        if verdict is not None:
            root.end_attributes[attr.MONERO_FAULT_TYPE] = verdict.kind.value

    # -- what it makes of it ----------------------------------------------------------------------------------------

    def _disturb_others(self, running: RunningSetup, port: int) -> bool:
        """Another wallet is open on a port now: note it at every other set-up that works on it; say if there is one."""
        with self._alone() as alone:
            others = [other for other in self._others(running) if alone and self._met(other, {port})]
        for other in others:
            other.disturbed.add(port)
        return bool(others)

    def _others(self, running: RunningSetup) -> list[RunningSetup]:
        return [other for other in tuple(self._running.values()) if other is not running]

    @staticmethod
    def _met(other: RunningSetup, ports: set[int]) -> bool:
        other.facts()  # what has happened since is read, and its ports with it
        return not other.ports.isdisjoint(ports)

    def _judge(self, running: RunningSetup) -> None:
        """Ask the rules about a set-up and those that it may have met, and record what is proved."""
        with self._alone() as alone:
            if not alone or not running.is_open:
                return
            claims = [claim for judged, faults in self._judge_group(running) for claim in judged.claim_proved(faults)]
        _record(claims)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Keep other threads out. Say inside whether that worked: code that a signal interrupted may hold the lock."""
        lock = self._lock
        held = lock.acquire(timeout=_PATIENCE_SECONDS)
        try:
            yield held
        finally:
            if held:
                lock.release()

    def _judge_group(self, running: RunningSetup) -> list[tuple[RunningSetup, Sequence[Finding]]]:
        """What is wrong in a set-up, and in those beside it that go on. What has ended before is evidence, no more."""
        group = self._group_of(running)
        wanted = [each for each in group if each is running or each.is_open]
        known = {each: each.facts() for each in group}
        found = find_faults([known[each] for each in wanted], among=list(known.values()))
        return list(zip(wanted, found, strict=True))

    def _group_of(self, running: RunningSetup) -> list[RunningSetup]:
        """A set-up with those that share a port with it: what runs, and what ended a short while ago."""
        running.facts()
        ports = running.ports
        oldest = running.setup.now() - _ENDED_KEPT_NS
        ended = [other for other in self._ended if other is not running and other.ended_ns > oldest]
        before = [other for other in ended if other.ended_ns <= running.start_ns and self._met(other, ports)]
        beside = [
            other for other in (*ended, *self._others(running)) if other not in before and self._met(other, ports)
        ]
        # What was over before may have left a wallet behind: while it runs the last ones are asked, at its end all.
        met = [*(before[-_PREDECESSORS:] if running.is_open else before), *beside]
        return sorted([running, *met[-_MOST_COMPANIONS:]], key=lambda each: each.start_ns)


def _record(claims: Iterable[Claim]) -> None:
    """Record faults; while no lock is held, since other recorders hear of it."""
    for setup, fault in claims:
        record_fault(
            setup,
            FaultType(fault.kind),
            role=fault.role,
            round_number=fault.round,
            reason=fault.sentence,
            sure=fault.sure,
            interfering=fault.interfering,
        )


_started: LiveRules | None = None


def _forget_in_child() -> None:
    # The set-ups go on in the parent, and one of its threads may have held the lock.
    if _started is not None:
        _started.forget()


os.register_at_fork(after_in_child=_forget_in_child)


def start(*, anew: bool = False) -> None:
    """Diagnose set-ups of this process from now on, those that begin after this; once is enough.

    Args:
        anew: Forget the set-ups that were seen before, as tests want it.
    """
    global _started  # noqa: PLW0603 - recorders belong to the process
    stop()
    if _started is None or anew:
        _started = LiveRules()
    add_recorder(_started)


def stop() -> None:
    """Stop it."""
    for known in recorder.installed():
        if isinstance(known, LiveRules):
            remove_recorder(known)
