"""Which set-ups met: on the same port at the same time, with the same wallet, or with each other's infos.

Each index is built when it is first asked for, in one pass over all set-ups, and asked by bisection or by hash: no
set-up is ever compared with every other one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_multisig.diagnosis.facts import CallFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from otel_multisig.diagnosis.facts import SetupFacts, SnapshotFact

__all__ = ["OPENERS", "Encounters", "Sighting", "Stay"]

OPENERS: Final = frozenset(
    {"create_wallet", "open_wallet", "close_wallet", "restore_deterministic_wallet", "generate_from_keys"}
)
"""The methods that change which wallet is open on a server."""

_SECOND: Final = 1_000_000_000
_TIERS: Final = (20 * _SECOND, 90 * _SECOND, 600 * _SECOND, 2**80)
_MOST_LOOKED_AT: Final = 400
_MOST_FOUND: Final = 16
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


class Stay(NamedTuple):
    """The time from the first to the last thing that a set-up did on one port."""

    since_nano: int
    until_nano: int
    setup: SetupFacts
    host: str | None


if TYPE_CHECKING:
    Tier: TypeAlias = tuple[int, list[int], list[Stay]]


class Sighting(NamedTuple):
    """A place in the record of a set-up where a wallet's address, or an info, was seen."""

    setup: SetupFacts
    fact: CallFact | SnapshotFact


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
        self._has_openers: bool | None = None
        self._addresses: dict[str, list[Sighting]] | None = None
        self._infos: dict[str, list[Sighting]] | None = None

    def seen_address(self, address_hash: str | None) -> Sequence[Sighting]:
        """Where the wallet of an address was seen, in all set-ups."""
        if address_hash is None or self.is_alone:
            return ()
        if self._addresses is None:
            self._addresses = _index_addresses(self.setups)
        return self._addresses.get(address_hash, ())

    def seen_by_others(self, setup: SetupFacts, address_hash: str | None) -> list[Sighting]:
        """Where the wallet of an address was seen by other escrows, those that ran at about the same time first."""
        found = [s for s in self.seen_address(address_hash) if s.setup.escrow_id != setup.escrow_id]
        found.sort(key=lambda sighting: abs(sighting.setup.start_nano - setup.start_nano))
        return found

    def gave_out(self, info_hash: str) -> Sequence[Sighting]:
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
        if self._stays is None:
            self._stays = _index_stays(self.setups)
        since, until = since_nano - self.skew, until_nano + self.skew
        found: list[Stay] = []
        for longest, starts, stays in self._stays.get(port, ()):
            high = bisect_right(starts, until)
            low = max(bisect_left(starts, since - longest), high - _MOST_LOOKED_AT)
            found += [
                stay
                for stay in reversed(stays[low:high])
                if stay.until_nano >= since and stay.setup is not setup and may_be_one_host(stay.host, host)
            ]
        return found[:_MOST_FOUND]

    @property
    def has_openers(self) -> bool:
        """Whether any record tells of the opening of wallets; legacy recordings never do."""
        if self._has_openers is None:
            self._has_openers = any(call.method in OPENERS for setup in self.setups for call in setup.calls)
        return self._has_openers

    def calls_on(self, setup: SetupFacts, port: int | None, since_nano: int, until_nano: int) -> list[Sighting]:
        """The calls of other set-ups on a port within a time, widened by the skew, in order of their starts."""
        since, until = since_nano - self.skew, until_nano + self.skew
        found = [
            Sighting(stay.setup, call)
            for stay in self.on_port(setup, port, since_nano, until_nano)
            for call in stay.setup.calls
            if call.port == port and call.start_nano <= until and call.last_nano >= since
        ]
        found.sort(key=lambda sighting: sighting.fact.start_nano if isinstance(sighting.fact, CallFact) else 0)
        return found

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


def _in_tiers(stays: list[Stay]) -> list[Tier]:
    """Stays by how long they lasted: what overlaps a time is then found near it, however long some others were."""
    stays.sort(key=_since_of)
    tiers = []
    shortest = -1
    for longest in _TIERS:
        found = [stay for stay in stays if shortest < stay.until_nano - stay.since_nano <= longest]
        if found:
            tiers.append((longest, [stay.since_nano for stay in found], found))
        shortest = longest
    return tiers


def _index_addresses(setups: Iterable[SetupFacts]) -> dict[str, list[Sighting]]:
    index: dict[str, list[Sighting]] = {}
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


def _index_infos(setups: Iterable[SetupFacts]) -> dict[str, list[Sighting]]:
    index: dict[str, list[Sighting]] = {}
    for setup in setups:
        for call in setup.calls:
            if call.output_hash is not None:
                index.setdefault(call.output_hash, []).append(Sighting(setup, call))
    return index


def _since_of(stay: Stay) -> int:
    return stay.since_nano
