"""Wrong infos fed to a wallet: of another session, of another round, or of nobody but itself.

The legacy form has no hashes of infos: who else's they were cannot be told from it. Wrong infos in make give the role
another placeholder address than the others have, whoever's exchange fails over it first. A text that holds both ``not``
and ``multisig`` was rewritten to one that says that the wallet is no multisig one: so an exchange of round 3 that did
not find its signers reads like an exchange on a plain wallet. Both take as long, and the snapshot before the round
shows a multisig wallet in both: they cannot be told apart, and what the text says is that the wallet was swapped.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from otel_multisig.semconv.attributes import FaultType
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.bench import SECOND
from tools.corpus.habits import EXCHANGE, SNAPSHOT, Step
from tools.corpus.labels import Truth
from tools.corpus.scenarios._registry import NOTHING, any_round, habits, later_round, method_of, role_of, scenario

if TYPE_CHECKING:
    from tools.corpus.client import EscrowClient
    from tools.corpus.driver import Group

_REWRITTEN = 3  # the round whose errors the legacy client takes for those of a plain wallet


def _mixed(role: str, number: int) -> Truth:
    """What the legacy form shows of wrong inputs in a round."""
    return Truth(FaultType.WALLET_SWAPPED if number == _REWRITTEN else FaultType.MIXED_SESSION_INPUTS, role, number)


@scenario(40, simulated=1, real=2)
def infos_of_another_escrow(group: Group) -> None:
    """One info of another escrow's wallet is handed to a role, in make, round 2 or round 3. The other is not harmed."""
    number, role = any_round(group), role_of(group)
    group.apart = group.every(2, 1)
    one = group.client(habits(group, late=group.every(5, 4), skips=NOTHING))
    two = group.client(habits(group), SECOND)
    two.run_until(number, ROLES[0], method_of(number))
    other = _other(role)

    def mixed() -> list[str]:
        before = one.outs[number - 1] | {other: two.outs[number - 1][other]}
        return [before[each] for each in ROLES if each != role]

    one.feeds[Step(number, role, method_of(number))] = mixed
    one.finish()
    two.finish()
    assert one.failed
    assert two.failed is None
    group.blame(one, FaultType.MIXED_SESSION_INPUTS, role, number, (two,), legacy=_mixed(role, number),
                note=f"{role} was fed another escrow's info of {other} in round {number}")  # fmt: skip
    group.healthy(two, "its infos were also fed to another escrow's wallet")


@scenario(41, simulated=2, real=2)
def infos_of_an_earlier_attempt(group: Group) -> None:
    """One info of an earlier attempt of the same escrow is handed to a role. The earlier attempt is not recorded."""
    number, role = any_round(group), role_of(group)
    old = _earlier(group, number)
    one = group.client(habits(group, skips=NOTHING))
    other = _other(role)
    one.feeds[Step(number, role, method_of(number))] = lambda: [
        (one.outs[number - 1] | {other: old[other]})[each] for each in ROLES if each != role
    ]
    one.finish()
    assert one.failed
    group.blame(one, FaultType.MIXED_SESSION_INPUTS, role, number, legacy=_mixed(role, number),
                note=f"{role} was fed {other}'s info of an earlier attempt in round {number}")  # fmt: skip


@scenario(42, simulated=2, real=2)
def own_input_twice(group: Group) -> None:
    """A role gets one of the two infos twice, or its own in place of one, in round 2 or 3; in make one info twice."""
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    other = _other(role)
    own = group.every(2) and number > 1

    def wrong() -> list[str]:
        before = one.outs[number - 1]
        return [before[role], before[other]] if own else [before[other], before[other]]

    one.feeds[Step(number, role, method_of(number))] = wrong
    one.finish()
    assert one.failed
    group.blame(one, FaultType.MIXED_SESSION_INPUTS, role, number, legacy=_mixed(role, number),
                note=f"{role} was fed {'its own info' if own else 'one info twice'} in round {number}")  # fmt: skip


@scenario(43, simulated=1, real=2)
def crossed_all_along(group: Group) -> None:
    """The infos of one role are crossed between two escrows from make on: every call succeeds, and both are harmed.

    The chain of hashes shows it. The legacy form has only the addresses: that role's differs from round 1 on.
    """
    group.apart = group.every(2, 1)
    role = role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    two = group.client(habits(group, skips=NOTHING), SECOND)
    _cross(one, two, role)
    assert one.failed is None
    assert two.failed is None
    for victim, other in ((one, two), (two, one)):
        group.blame(
            victim, FaultType.MIXED_SESSION_INPUTS, role, 1, (other,),
            legacy=Truth(FaultType.STATE_DIVERGENCE, role, 1, (other.escrow_id,)),
            note=f"the infos of {role} were crossed with another escrow's in every round",
        )  # fmt: skip


@scenario(44, simulated=2, real=2)
def diverged(group: Group) -> None:
    """The same, by clients that do not record what they feed: only the addresses show it. Some say so at their end."""
    role = role_of(group)
    one = group.client(habits(group, params=False, skips=NOTHING, carries_on=False))
    two = group.client(habits(group, params=False, skips=NOTHING, carries_on=False), SECOND)
    says = group.every(2)
    _cross(one, two, role, until_the_end=says)
    for victim, other in ((one, two), (two, one)):
        if says:
            victim.give_up("Multisig address mismatch")
        group.blame(
            victim, FaultType.STATE_DIVERGENCE, role, 1, (other,),
            legacy=Truth(FaultType.STATE_DIVERGENCE, role, 1, (other.escrow_id,)),
            note=f"the infos of {role} were crossed with another escrow's in every round; inputs were not recorded",
        )  # fmt: skip


@scenario(45, simulated=3, real=3)
def infos_of_another_round(group: Group) -> None:
    """A role is fed the infos of the former round again, both or one of them, in round 2 or 3."""
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING, carries_on=group.every(4, 3)))
    all_of_them = not group.every(3)

    def old() -> list[str]:
        before = one.outs[number - 2] if all_of_them else one.outs[number - 1] | _only(one.outs[number - 2], role)
        return [before[each] for each in ROLES if each != role]

    one.feeds[Step(number, role, EXCHANGE)] = old
    one.finish()
    assert one.failed
    group.blame(one, FaultType.WRONG_ROUND, role, number,
                note=f"{role} was fed {'infos' if all_of_them else 'an info'} of round {number - 1} again")  # fmt: skip


@scenario(46, simulated=2, real=2)
def repeated_exchange(group: Group) -> None:
    """The exchange of round 2 is made a second time for a role, with the same infos: the wallet is a round further."""
    role = role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    after = {ROLES[0]: ROLES[1], ROLES[1]: ROLES[2]}.get(role)
    infos: list[str] = []

    def right() -> list[str]:
        infos.extend(one.outs[1][each] for each in ROLES if each != role)
        return infos

    one.feeds[Step(2, role, EXCHANGE)] = right
    number, following = (2, after) if after else (3, ROLES[0])
    one.run_until(number, following, EXCHANGE)
    one.again(role, EXCHANGE, {"multisig_info": infos, "password": ""})
    assert one.failed
    group.blame(one, FaultType.WRONG_ROUND, role, number, note=f"{role}'s exchange of round 2 was made twice")


@scenario(47, simulated=7, real=2)
def one_exchange_too_many(group: Group) -> None:
    """A role's exchange is made once more after the last one of all, as a round 4 or as another one of round 3."""
    role, named = role_of(group), 3 + group.variant % 4 // 2
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(4, "", SNAPSHOT)
    infos = [one.outs[3][each] for each in ROLES if each != role]
    one.again_as(named, role, EXCHANGE, {"multisig_info": infos, "password": ""})
    assert one.failed
    group.blame(one, FaultType.ALREADY_FINALIZED, role, 4, note=f"one exchange too many of {role}, as round {named}")


@scenario(48, simulated=4, real=4)
def used_too_early(group: Group) -> None:
    """A wallet is asked for its multisig export, or to sign, in round 2 or 3 before its last exchange."""
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, role, EXCHANGE)
    if group.bench.kind == "simulated":  # it does not know the method, and is told what to answer
        one.refuse(role, "export_multisig_info", -31, "This wallet is multisig, but not yet finalized")
    one.again(role, "export_multisig_info", {})
    assert one.failed
    group.blame(one, FaultType.NOT_FINALIZED, role, number,
                note=f"{role}'s multisig info was exported in round {number}, before its last exchange")  # fmt: skip


def _other(role: str) -> str:
    return ROLES[(ROLES.index(role) + 1) % len(ROLES)]


def _only(infos: dict[str, str], role: str) -> dict[str, str]:
    other = _other(role)
    return {other: infos[other]}


def _earlier(group: Group, number: int) -> dict[str, str]:
    """What the wallets of an attempt that nobody recorded gave out before a round."""
    old = group.client(habits(group, late=False), SECOND)
    group.clients.remove(old)
    return old.unrecorded(number)


def _cross(one: EscrowClient, two: EscrowClient, role: str, *, until_the_end: bool = False) -> None:
    """Run two escrows whose infos of one role go to the other one, and the other way."""

    def crossed(mine: EscrowClient, theirs: EscrowClient, number: int, each: str) -> list[str]:
        before, others = mine.outs[number - 1], theirs.outs[number - 1]
        if each == role:
            return [others[other] for other in ROLES if other != role]
        return [others[other] if other == role else before[other] for other in ROLES if other != each]

    for number in (1, 2, 3):
        method = method_of(number)
        for mine, theirs in ((one, two), (two, one)):
            for each in ROLES:
                mine.feeds[Step(number, each, method)] = partial(crossed, mine, theirs, number, each)
    for number in (1, 2, 3):
        one.run_until(number, ROLES[0], method_of(number))
        two.run_until(number, ROLES[0], method_of(number))
    for client in (one, two):
        client.run_until(4, "", "end")
        if not until_the_end:
            client.finish()
