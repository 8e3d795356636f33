"""Set-ups that end for want of something: a server of the pool, a lock, or an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.semconv.attributes import FaultType
from tools.corpus.bench import SECOND
from tools.corpus.habits import OPEN, SNAPSHOT
from tools.corpus.labels import Truth
from tools.corpus.scenarios._locks import begin, held
from tools.corpus.scenarios._registry import NOTHING, any_round, habits, method_of, role_of, scenario

if TYPE_CHECKING:
    from tools.corpus.driver import Group

_NO_SERVER = "No RPC instances available after 20 seconds"
_PORTS = "wallet-ports"


@scenario(80, simulated=2, real=4)
def no_server_free(group: Group) -> None:
    """The application's pool has no server: it says so, and gives up after 20 s, at the begin or for one role."""
    role = None if group.every(3) else role_of(group)
    one = group.client(habits(group, opens=False))
    if role is None:
        begin(one)
    else:
        one.run_until(0, role, OPEN)
    group.clock.advance(20)
    one.custom("wallet_pool_exhausted", {"waited_ms": 20000, "in_use": 9}, role)
    one.give_up(_NO_SERVER)
    group.blame(one, FaultType.POOL_EXHAUSTED, role, 0, note="the pool had no server free")


@scenario(81, simulated=1, real=2)
def no_server_free_beside_another(group: Group) -> None:
    """The same, while another escrow holds servers and comes through."""
    group.apart = group.every(2, 1)
    two = group.client(habits(group))
    two.run_until(2, "", SNAPSHOT)
    one = group.client(habits(group, opens=False), SECOND)
    begin(one)
    group.clock.advance(20)
    one.custom("wallet_pool_exhausted", {"waited_ms": 20000, "in_use": 3})
    one.give_up(_NO_SERVER)
    two.finish()
    group.healthy(two, "held its servers while another one waited for some")
    group.blame(one, FaultType.POOL_EXHAUSTED, None, 0, note="the pool had no server free; another escrow held them")


@scenario(82, simulated=1, real=2)
def waits_in_vain(group: Group) -> None:
    """A client waits for the lock on the ports that another one holds, for 30 to 60 s, and gives up.

    Where it does not get the lock there is no event of it, but its error says so. The legacy form has events of locks
    in some groups only; the text of the error it has always.
    """
    group.apart, group.locks = group.every(2, 1), group.first_half(4)
    one, two = group.client(habits(group)), group.client(habits(group))
    begin(one)
    begin(two)
    seconds = group.choose.uniform(30, 60)

    def in_vain() -> None:
        one.run_until(2, "", SNAPSHOT)
        group.clock.advance(seconds)
        raise TimeoutError(f"lock {_PORTS} not acquired in {int(seconds)} s")

    with held(one, _PORTS, lambda: None):
        try:
            with held(two, _PORTS, in_vain):
                pass
        except TimeoutError as error:
            two.give_up(error)
        one.run_until(4, "", "end")
    one.finish()
    group.healthy(one, "held the lock for which another one waited in vain")
    others = (one.escrow_id,) if group.locks else ()
    group.blame(
        two, FaultType.LOCK_CONTENTION, None, 0, (one,),
        legacy=Truth(FaultType.LOCK_CONTENTION, None, 0, others),
        note="waited for the lock on the ports that another one held, and gave up",
    )  # fmt: skip


@scenario(83, simulated=3, real=3)
def got_it_too_late(group: Group) -> None:
    """A client gets the lock of a role, after a long wait within a round, too late for its deadline, and gives up."""
    group.locks = True
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group))
    one.run_until(number, role, method_of(number))
    seconds = group.choose.uniform(30, 90)
    with held(one, "wallet-file", lambda: group.clock.advance(seconds), role=role):
        pass
    one.give_up(TimeoutError(f"deadline passed while waiting {int(seconds)} s for lock wallet-file"))
    legacy = Truth(FaultType.LOCK_CONTENTION, None, number)
    group.blame(one, FaultType.LOCK_CONTENTION, role, number, legacy=legacy,
                note=f"waited for {role}'s lock for long in round {number}, and gave up")  # fmt: skip


@scenario(84, simulated=2, real=3)
def killed(group: Group) -> None:
    """The client's process is killed before a call: nothing tells of an end. What was open is not in the record.

    The role is the one whose turn it was: the roles before it have had theirs.
    """
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING, chatter={}))
    one.run_until(number, role, method_of(number))
    one.kill()
    group.blame(
        one, FaultType.STALLED, role, number, note=f"the client was killed before {role}'s turn in round {number}"
    )


@scenario(85, simulated=2, real=3)
def hung(group: Group) -> None:
    """A call is under way for minutes, and then the client's process is ended: the call has no end of its own."""
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, role, method_of(number))
    one.hang(role, method_of(number), group.choose.uniform(180, 900))
    group.blame(one, FaultType.STALLED, role, number, note=f"{role}'s {method_of(number)} was never answered")
