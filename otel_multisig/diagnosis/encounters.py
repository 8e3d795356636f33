"""Which set-ups met: on the same port at the same time, with the same wallet, each other's infos, or a lock.

Each index is built when it is first asked for, in one pass over all set-ups, and asked by bisection or by hash: no
set-up is ever compared with every other one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from otel_multisig.diagnosis.methods import OPENERS
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from otel_multisig.diagnosis.facts import CallFact, SetupFacts, Step

__all__ = ["Encounters", "Sighting", "Stay"]

_SECOND: Final = 1_000_000_000
_TIERS: Final = (20 * _SECOND, 90 * _SECOND, 600 * _SECOND, 2**80)
_MOST_LOOKED_AT: Final = 400
_MOST_FOUND: Final = 16
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


class Stay(NamedTuple):
    """The time from the first to the last thing that a set-up did on one port, or for which it held a lock."""

    since_nano: int
    until_nano: int
    setup: SetupFacts
    host: str | None


if TYPE_CHECKING:
    Tier: TypeAlias = tuple[int, list[int], list[Stay]]


_Fact_co = TypeVar("_Fact_co", bound="Step", covariant=True)


class Sighting(NamedTuple, Generic[_Fact_co]):
    """A place in the record of a set-up where something was seen: a wallet's address, an info, a call on a port."""

    setup: SetupFacts
    fact: _Fact_co


class Encounters:
    """What set-ups have to do with each other.

    Args:
        setups: All set-ups that are read together.
        clock_skew_nano: By how much the clocks of two records may differ.

    Attributes:
        setups: likewise.
        skew: likewise.
        is_alone: whether there is but one set-up, which meets nobody.
    """

    def __init__(self, setups: Sequence[SetupFacts], clock_skew_nano: int = 0) -> None:
        self.setups = setups
        self.skew = abs(clock_skew_nano)
        self.is_alone = len(setups) < 2  # noqa: PLR2004 - one has nobody to meet
        self._stays: dict[int, list[Tier]] | None = None
        self._lossy: dict[int, list[Tier]] | None = None
        self._sharing: set[str] | None = None
        self._has_openers: bool | None = None
        self._addresses: dict[str, list[Sighting[Step]]] | None = None
        self._infos: dict[str, list[Sighting[CallFact]]] | None = None
        self._locks: dict[str | None, list[Tier]] | None = None

    def seen_address(self, address_hash: str | None) -> Sequence[Sighting[Step]]:
        """Where the wallet of an address was seen, in all set-ups."""
        if address_hash is None or self.is_alone:
            return ()
        if self._addresses is None:
            self._addresses = _index_addresses(self.setups)
        return self._addresses.get(address_hash, ())

    def seen_by_others(self, setup: SetupFacts, address_hash: str | None) -> list[Sighting[Step]]:
        """Where the wallet of an address was seen by other escrows, those that ran at about the same time first."""
        found = [s for s in self.seen_address(address_hash) if s.setup.escrow_id != setup.escrow_id]
        found.sort(key=lambda sighting: abs(sighting.setup.start_nano - setup.start_nano))
        return found

    def gave_out(self, info_hash: str) -> Sequence[Sighting[CallFact]]:
        """The calls that returned an info, in all set-ups."""
        if self._infos is None:
            self._infos = _index_infos(self.setups)
        return self._infos.get(info_hash, ())

    def on_port(
        self, setup: SetupFacts, port: int | None, since_nano: int, until_nano: int, host: str | None = None
    ) -> list[Stay]:
        """The stays of other set-ups on a port that may overlap a time, the latest to come first.

        Clocks may differ by as much as was stated: the time is widened by that.
        """
        if port is None or self.is_alone:
            return []
        stays = self._overlapping(self._all_stays().get(port, ()), since_nano, until_nano)
        others = (stay for stay in stays if stay.setup is not setup and may_be_one_host(stay.host, host))
        return list(islice(others, _MOST_FOUND))

    def may_hide(self, setup: SetupFacts, port: int | None, since_nano: int, until_nano: int) -> bool:
        """Whether another set-up may have done something on a port within a time that its record does not tell.

        One whose record has gaps, or tells no opens at all as legacy recordings do, and that is known to use the port.
        What others did not do is proved only where there is none.
        """
        if port is None or self.is_alone:
            return False
        if self._lossy is None:
            self._lossy = _index_lossy(self.setups)
        stays = self._overlapping(self._lossy.get(port, ()), since_nano, until_nano)
        return any(stay.setup is not setup for stay in stays)

    def _overlapping(self, tiers: Sequence[Tier], since_nano: int, until_nano: int) -> Iterator[Stay]:
        """The stays that may overlap a time, widened by the skew: of each tier the latest first."""
        since, until = since_nano - self.skew, until_nano + self.skew
        for longest, starts, stays in tiers:
            high = bisect_right(starts, until)
            low = max(bisect_left(starts, since - longest), high - _MOST_LOOKED_AT)
            for stay in reversed(stays[low:high]):
                if stay.until_nano >= since:
                    yield stay

    def may_share(self, setup: SetupFacts) -> bool:
        """Whether another set-up may have been at any port of a set-up while that was there."""
        if self.is_alone:
            return False
        if self._sharing is None:
            self._sharing = set(_find_sharing(self._all_stays().values(), 2 * self.skew))
        return setup.setup_id in self._sharing

    def _all_stays(self) -> dict[int, list[Tier]]:
        if self._stays is None:
            self._stays = _index_stays(self.setups)
        return self._stays

    @property
    def has_openers(self) -> bool:
        """Whether any record tells of the opening of wallets; legacy recordings never do."""
        if self._has_openers is None:
            self._has_openers = any(call.method in OPENERS for setup in self.setups for call in setup.calls)
        return self._has_openers

    def calls_on(
        self, setup: SetupFacts, port: int | None, host: str | None, since_nano: int, until_nano: int
    ) -> list[Sighting[CallFact]]:
        """The calls of other set-ups on a port within a time, widened by the skew, in order of their starts."""
        since, until = since_nano - self.skew, until_nano + self.skew
        found = [
            Sighting(stay.setup, call)
            for stay in self.on_port(setup, port, since_nano, until_nano)
            for call in stay.setup.calls
            if call.port == port and call.start_nano <= until and call.last_nano >= since
            if may_be_one_host(call.address, host)
        ]
        found.sort(key=lambda sighting: sighting.fact.start_nano)
        return found

    @property
    def lock_names(self) -> Collection[str | None]:
        """The names of all locks that any set-up held; None for locks without a name."""
        return self._held_locks().keys()

    def held(self, lock_name: str | None, since_nano: int, until_nano: int) -> Iterator[Stay]:
        """Who held a lock of `lock_names` from some time before `until_nano` to some time after `since_nano`.

        Both are widened by the skew.
        """
        since, until = since_nano - self.skew, until_nano + self.skew
        for longest, starts, stays in self._held_locks().get(lock_name, ()):
            for stay in stays[bisect_left(starts, since - longest) : bisect_right(starts, until)]:
                if stay.until_nano >= since:
                    yield stay

    def _held_locks(self) -> dict[str | None, list[Tier]]:
        if self._locks is None:
            self._locks = _index_locks(self.setups)
        return self._locks

    def is_certainly_within(self, time_nano: int, since_nano: int, until_nano: int) -> bool:
        """Whether a time by another record's clock lies within two times of this one's, however the clocks differ."""
        return since_nano + self.skew <= time_nano <= until_nano - self.skew


def may_be_one_host(one: str | None, other: str | None) -> bool:
    """Whether two names may be those of one host. Legacy recordings tell none."""
    return one is None or other is None or one == other or (one in _LOCAL and other in _LOCAL)


def _stays_of(setup: SetupFacts) -> Iterator[tuple[int, Stay]]:
    spans: dict[int, tuple[int, int]] = {}
    hosts: dict[int, str] = {}
    for call in setup.calls:
        port = call.port
        if port is not None:
            start, end = call.start_nano, call.end_nano
            since, until = spans.get(port, (start, start))
            spans[port] = (min(since, start), max(until, start if end is None else end))
            if call.address is not None:
                hosts[port] = call.address
    for snapshot in setup.snapshots:
        port = snapshot.port
        if port is not None:
            time = snapshot.time_nano
            since, until = spans.get(port, (time, time))
            spans[port] = (min(since, time), max(until, time))
    for port, (since, until) in spans.items():
        yield port, Stay(since, until, setup, hosts.get(port))


def _index_stays(setups: Iterable[SetupFacts]) -> dict[int, list[Tier]]:
    stays: dict[int, list[Stay]] = {}
    for setup in setups:
        for port, stay in _stays_of(setup):
            stays.setdefault(port, []).append(stay)
    return {port: _in_tiers(found) for port, found in stays.items()}


def _index_lossy(setups: Iterable[SetupFacts]) -> dict[int, list[Tier]]:
    """The set-ups whose records may lack something, as stays on their ports for as long as they ran."""
    stays: dict[int, list[Stay]] = {}
    for setup in setups:
        if not setup.tells_all:
            for port in setup.by_port:
                stays.setdefault(port, []).append(Stay(setup.start_nano, setup.last_nano, setup, None))
    return {port: _in_tiers(found) for port, found in stays.items()}


def _find_sharing(ports: Iterable[Sequence[Tier]], slack: int) -> Iterator[str]:
    """The ids of the set-ups that have a stay with at most so much time between it and another one on its port."""
    for tiers in ports:
        stays = tiers[0][2] if len(tiers) == 1 else sorted((s for tier in tiers for s in tier[2]), key=_since_of)
        last = stays[0]
        for stay in stays[1:]:
            if stay.since_nano <= last.until_nano + slack:
                yield stay.setup.setup_id
                yield last.setup.setup_id
            if stay.until_nano > last.until_nano:
                last = stay


def _in_tiers(stays: list[Stay]) -> list[Tier]:
    """Stays by how long they lasted: what overlaps a time is then found near it, however long some others were."""
    stays.sort(key=_since_of)
    tiers = []
    shortest = -_TIERS[-1]  # a lock was given back before it was taken where the clock was set back
    for longest in _TIERS:
        found = [stay for stay in stays if shortest < stay.until_nano - stay.since_nano <= longest]
        if found:
            tiers.append((longest, [stay.since_nano for stay in found], found))
        shortest = longest
    return tiers


def _index_addresses(setups: Iterable[SetupFacts]) -> dict[str, list[Sighting[Step]]]:
    index: dict[str, list[Sighting[Step]]] = {}
    for setup in setups:
        seen: set[tuple[str, str | None]] = set()
        for fact in setup.steps:
            address_hash = fact.address_hash
            if address_hash is None:
                continue
            # The first sighting of each role is enough: the rules ask who it is, and since when.
            key = (address_hash, fact.role)
            if key not in seen:
                seen.add(key)
                index.setdefault(address_hash, []).append(Sighting(setup, fact))
    return index


def _index_infos(setups: Iterable[SetupFacts]) -> dict[str, list[Sighting[CallFact]]]:
    index: dict[str, list[Sighting[CallFact]]] = {}
    for setup in setups:
        for call in setup.calls:
            if call.output_hash is not None:
                index.setdefault(call.output_hash, []).append(Sighting(setup, call))
    return index


def _index_locks(setups: Iterable[SetupFacts]) -> dict[str | None, list[Tier]]:
    index: dict[str | None, list[Stay]] = {}
    for setup in setups:
        released = [event for event in setup.events if event.name == events.LOCK_RELEASED]
        for event in setup.events:
            if event.name == events.LOCK_ACQUIRED:
                name = event.text(attr.MONERO_LOCK_NAME)
                ends = (
                    end.time_nano
                    for end in released
                    if end.place > event.place and end.text(attr.MONERO_LOCK_NAME) == name
                )
                until = min(ends, default=setup.last_nano)
                index.setdefault(name, []).append(Stay(event.time_nano, until, setup, None))
    return {name: _in_tiers(found) for name, found in index.items()}


def _since_of(stay: Stay) -> int:
    return stay.since_nano
