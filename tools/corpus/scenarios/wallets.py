"""Wallets that were multisig before round 1: cache pollution, as the old documents call it.

The legacy form shows it as well: its first snapshot says so, and where that is missing, prepare itself is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.semconv.attributes import FaultType, SnapshotPoint
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.bench import FIRST
from tools.corpus.habits import SNAPSHOT
from tools.corpus.labels import Truth
from tools.corpus.scenarios._registry import NOTHING, habits, role_of, scenario

if TYPE_CHECKING:
    from tools.corpus.driver import Group


@scenario(100, simulated=2, real=4)
def polluted_by_itself(group: Group) -> None:
    """The wallets of an earlier attempt of the same escrow are opened again; in some, one role's alone is an old one.

    The earlier attempt is not recorded. It was given up after make, or came to its end.
    """
    role, alone = role_of(group), group.every(3)
    one = group.client(habits(group, opens=True, skips=_missing(group)))
    one.make_files()
    old = group.client(habits(group, opens=True), FIRST, escrow_id=one.escrow_id, files=one.files)
    group.clients.remove(old)
    old.unrecorded(4 if group.every(4, 3) else 2)
    if alone:
        for each in ROLES:
            group.bench.outsider(FIRST[each], "close_wallet", autosave_current=True)
            if each != role:
                one.files[each] = group.file_name()
    one.finish()
    assert one.failed
    culprit = role if alone else ROLES[0]
    group.blame(one, FaultType.CACHE_POLLUTION, culprit, 0,
                note=f"{culprit if alone else 'all'} multisig from an earlier attempt, not recorded")  # fmt: skip


@scenario(101, simulated=2, real=1)
def set_up_twice(group: Group) -> None:
    """A set-up came through, and is run a second time on the same wallets."""
    one = group.client(habits(group, opens=True))
    one.finish()
    group.healthy(one, "the first of two set-ups of the same escrow")
    group.clock.advance(group.choose.uniform(1, 60))
    again = group.client(habits(group, opens=True, skips=NOTHING), escrow_id=one.escrow_id, files=one.files)
    again.finish()
    assert again.failed
    group.blame(
        again, FaultType.CACHE_POLLUTION, ROLES[0], 0, note="the second set-up of an escrow that had come through"
    )


@scenario(102, simulated=2, real=1)
def polluted_by_another(group: Group) -> None:
    """Another escrow creates its wallets where the first has just created its own, and the first works on those.

    It does so all the way, without an error; the other then finds them multisig.

    Its opens being lost, the first one is healthy as far as the legacy form shows. The other one's form shows that its
    wallet has the first one's address.
    """
    group.apart = group.every(2, 1)
    one = group.client(habits(group, opens=False, skips=NOTHING))
    two = group.client(habits(group, skips=NOTHING))
    one.run_until(1, "", SNAPSHOT)
    two.run_until(1, "", SNAPSHOT)
    one.run_until(4 if group.first_half(4) else 2, "", SNAPSHOT)
    two.finish()
    one.finish()
    assert one.failed is None
    assert two.failed
    group.blame(one, FaultType.WALLET_SWAPPED, ROLES[0], 0, (two,), legacy=Truth(),
                note="another escrow created its wallets on our ports; all our calls worked on those")  # fmt: skip
    group.blame(
        two, FaultType.CACHE_POLLUTION, ROLES[0], 0, (one,),
        legacy=Truth(FaultType.CACHE_POLLUTION, ROLES[0], 0, (one.escrow_id,)),
        note="another escrow had made multisig wallets of ours before round 1",
    )  # fmt: skip


def _missing(group: Group) -> frozenset[str]:
    return frozenset({SnapshotPoint.PRE_ROUND1}) if group.every(5, 4) else NOTHING
