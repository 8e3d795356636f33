"""Wallets of one escrow that differ in the end: in their address, or in how many signatures they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis._majority import by_frequency
from otel_multisig.diagnosis._words import sentence, wallet_name, wallet_on
from otel_multisig.diagnosis.case import EARLY, FINAL
from otel_multisig.diagnosis.claims import LIKELY, STRONG, Claim
from otel_multisig.diagnosis.rules._intruders import find_owner, interfering
from otel_multisig.semconv.attributes import FaultType, SnapshotPoint
from otel_multisig.wallet_rpc.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.diagnosis.case import Case
    from otel_multisig.diagnosis.facts import SnapshotFact

__all__ = ["find"]

_KIND: Final = FaultType.STATE_DIVERGENCE
_FINAL_POINT: Final = SnapshotPoint.FINAL.value
_OTHERS: Final = (FaultType.MIXED_SESSION_INPUTS, FaultType.WALLET_SWAPPED)


def find(case: Case) -> Iterator[Claim]:
    """What snapshots show in the end, and what the application found when it compared the addresses."""
    yield from _addresses(case)
    yield from _sizes(case)
    failure = case.setup.failure
    if failure is not None and failure.meaning is Meaning.ADDRESS_MISMATCH:
        odd = case.odd_ones(case.final_hashes)
        yield Claim(
            _KIND,
            odd[0] if odd else failure.role,
            _since(case, odd[0]) if odd else None,
            "The wallets of the escrow did not agree on its address after the last round",
            (case.evidence(failure, "the application found different addresses"),),
            _place(case, odd[0]) if odd else failure.place,
            failure.place,
            LIKELY,
            others=_OTHERS,
            symptom_nano=failure.time_nano,
        )


def _addresses(case: Case) -> Iterator[Claim]:
    last: dict[str, SnapshotFact] = {}
    for snapshot in case.setup.snapshots:
        is_final = case.kinds[snapshot.place] == FINAL and snapshot.is_multisig is not False
        if snapshot.role is not None and snapshot.address_hash and is_final:
            last[snapshot.role] = snapshot
    odd = case.odd_ones({role: snapshot.address_hash or "" for role, snapshot in last.items()})
    differ = len({snapshot.address_hash for snapshot in last.values()}) > 1
    if not differ or not (case.came_through or case.setup.failure is None or case.failing_call is None):
        return
    role = odd[0] if odd else None
    shown = last[role] if role is not None else next(iter(last.values()))
    others = [s for r, s in last.items() if r != shown.role]
    symptom = case.setup.failure.place if case.setup.failure is not None else shown.place
    owner = find_owner(case, shown.address_hash)
    what = f"{sentence(wallet_on(role, shown.port))} had another address in the end than the others"
    yield Claim(
        _KIND,
        role,
        _since(case, role) if role is not None else None,
        what if role is not None else "The wallets of the escrow had different addresses in the end",
        (
            case.evidence(shown, f"{wallet_name(shown.role)} had another address than the others"),
            *(case.evidence(s, f"the address of {wallet_name(s.role)}") for s in others),
            *(owner.evidence if owner is not None else ()),
        ),
        _place(case, role) if role is not None else shown.place,
        symptom,
        STRONG,
        others=_OTHERS,
        interfering=interfering(case, owner),
        symptom_nano=shown.time_nano,
    )


def _since(case: Case, role: str) -> int | None:
    """The round in which the wallet first showed something else than the others; None where only the end shows it."""
    if role in case.odd_ones(case.early_hashes):
        return 1
    common = case.common_hashes.get(FINAL)
    for snapshot in case.wallets[role].snapshots:
        is_odd = case.kinds[snapshot.place] == FINAL and snapshot.address_hash not in {None, common}
        if is_odd:
            if snapshot.point == _FINAL_POINT:
                return case.last_round
            return snapshot.round
    return None


def _place(case: Case, role: str) -> int:
    """The place after which the wallets differ."""
    for kind in (EARLY, FINAL):
        common = case.common_hashes.get(kind)
        for snapshot in case.wallets[role].snapshots:
            if (
                case.kinds[snapshot.place] == kind
                and common is not None
                and snapshot.address_hash not in {None, common}
            ):
                return snapshot.place
    return case.wallets[role].snapshots[-1].place


def _sizes(case: Case) -> Iterator[Claim]:
    for name in ("threshold", "participants"):
        said: dict[str, tuple[int, SnapshotFact]] = {}
        for snapshot in case.setup.snapshots:
            value = getattr(snapshot, name)
            if value is not None and snapshot.role is not None and snapshot.is_multisig:
                said.setdefault(snapshot.role, (value, snapshot))
        counts = by_frequency(value for value, _ in said.values())
        if len(counts) < 2:  # noqa: PLR2004 - two that differ
            continue
        usual = counts[0][0]
        role, (value, snapshot) = next((r, s) for r, s in said.items() if s[0] != usual)
        yield Claim(
            _KIND,
            role,
            snapshot.round,
            f"{sentence(wallet_on(role, snapshot.port))} had a {name} of {value}, the others of {usual}",
            (case.evidence(snapshot, f"{wallet_name(role)} had a {name} of {value}"),),
            max(0, snapshot.place - 1),
            _failed_at(case, snapshot.place),
            STRONG + 11,
            sure=False,
            others=_OTHERS,
            cause_nano=snapshot.time_nano,
        )
        return


def _failed_at(case: Case, place: int) -> int:
    call = case.failing_call
    return call.last_place if call is not None and call.last_place >= place else place
