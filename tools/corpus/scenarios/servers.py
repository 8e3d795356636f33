"""Servers that do not answer, answer late, or whose answer is lost.

What the legacy form shows: a time-out of one call reads the same whether the server is stopped or busy, unless another
recording shows that it answered others meanwhile: a server that is not known to live counts as unreachable. Prepare and
make are tried again within one recorded call, so an answer that was lost shows as a refusal after half a minute; where
the connection was cut it comes at once, and reads as if somebody else had been there first. An exchange is never tried
again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.semconv.attributes import FaultType
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.bench import FIRST, SECOND
from tools.corpus.habits import EXCHANGE, MAKE, OPEN, PREPARE, SNAPSHOT
from tools.corpus.labels import Truth
from tools.corpus.scenarios._registry import NOTHING, any_round, habits, later_round, method_of, role_of, scenario
from tools.corpus.wire import Break

if TYPE_CHECKING:
    from tools.corpus.driver import Group


def _call_of(group: Group, number: int) -> str:
    """A call of a round: of round 1 one or the other of its two."""
    return (PREPARE, MAKE)[group.variant % 2] if number == 1 else EXCHANGE


@scenario(60, simulated=2, real=4)
def server_killed(group: Group) -> None:
    """A server's process ends before a call: the connection is refused. In round 0 it is an open or a create."""
    number, role = (1, 2, 3, 0)[(group.variant // 2) % 4], role_of(group)
    one = group.client(habits(group, skips=NOTHING, opens=False, retries=group.variant % 3 if number else 0))
    one.run_until(number, role, _call_of(group, number) if number else OPEN)
    group.bench.kill(FIRST[role])
    one.finish()
    assert one.failed
    group.blame(one, FaultType.SERVER_UNREACHABLE, role, number, note=f"{role}'s server was killed in round {number}")


@scenario(61, simulated=1, real=4)
def server_killed_between_rounds(group: Group) -> None:
    """A server's process ends between two rounds: the snapshot of its wallet is missing, the call is refused."""
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, "", SNAPSHOT)
    group.bench.kill(FIRST[role])
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.SERVER_UNREACHABLE, role, number, note=f"{role}'s server was killed before round {number}"
    )


@scenario(62, simulated=1, real=4)
def server_stopped(group: Group) -> None:
    """A server is stopped (SIGSTOP): it takes the call and answers nothing, until the client gives up after 30 s."""
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, role, _call_of(group, number))
    group.bench.freeze(FIRST[role])
    one.finish()
    assert one.failed
    group.blame(one, FaultType.SERVER_UNREACHABLE, role, number, note=f"{role}'s server was stopped in round {number}")


@scenario(63, simulated=3, real=2)
def answer_too_late(group: Group) -> None:
    """One exchange's answer comes too late; the client asks the server what became of it, and is answered at once."""
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, role, EXCHANGE)
    one.wires[role].loses[EXCHANGE] = Break.TIMEOUT
    one.then_asks = ("is_multisig", "get_version")[group.variant % 2]
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.TIMEOUT, role, number, legacy=Truth(FaultType.SERVER_UNREACHABLE, role, number),
        note=f"the answer to {role}'s exchange in round {number} came too late; the server answered the next call",
    )  # fmt: skip


@scenario(64, simulated=2, real=2)
def late_while_others_are_served(group: Group) -> None:
    """One call's answer comes too late, while another escrow is served on the same port: its record shows it too."""
    role = role_of(group)
    group.apart = group.every(2, 1)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(3, role, EXCHANGE)
    two = group.client(habits(group, opens=False, skips=NOTHING),
                       {each: FIRST[each] if each == role else SECOND[each] for each in ROLES})  # fmt: skip
    one.wires[role].loses[EXCHANGE] = Break.TIMEOUT
    one.finish()
    assert one.failed
    two.finish()
    group.blame(
        one, FaultType.TIMEOUT, role, 3, legacy=Truth(FaultType.TIMEOUT, role, 3),
        note=f"the answer to {role}'s last exchange came too late; the server served another escrow",
    )  # fmt: skip
    group.healthy(two, "began on a port where another one's call had timed out")


@scenario(65, simulated=2, real=4)
def make_lost(group: Group) -> None:
    """A make is done, its answer is lost, and the client makes it again: already multisig."""
    role, how = role_of(group), (Break.TIMEOUT, Break.TIMEOUT, Break.CUT)[group.variant % 3]
    one = group.client(habits(group, skips=NOTHING, retries=3))
    one.run_until(1, role, MAKE)
    one.wires[role].loses[MAKE] = how
    one.finish()
    assert one.failed
    shown = FaultType.LOST_ANSWER_RETRY if how is Break.TIMEOUT else FaultType.RACE
    group.blame(one, FaultType.LOST_ANSWER_RETRY, role, 1, legacy=Truth(shown, role, 1),
                note=f"the answer to {role}'s make was lost ({how}), and the make called again")  # fmt: skip


@scenario(66, simulated=2, real=2)
def exchange_lost(group: Group) -> None:
    """An exchange is done, its answer is lost after 30 s, and the client makes it again: wrong round, or finalized."""
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING, retries=2))
    one.run_until(number, role, EXCHANGE)
    one.wires[role].loses[EXCHANGE] = Break.TIMEOUT
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.LOST_ANSWER_RETRY, role, number, legacy=Truth(FaultType.SERVER_UNREACHABLE, role, number),
        note=f"the answer to {role}'s exchange in round {number} was lost, and the exchange called again",
    )  # fmt: skip


@scenario(67, simulated=9, real=0)
def foreign_error(group: Group) -> None:
    """The server refuses with a code and a text that nobody knows (simulated: a real one says no such thing)."""
    number, role = any_round(group), role_of(group)
    code, text = _FOREIGN[group.variant % len(_FOREIGN)]
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, role, method_of(number))
    one.refuse(role, method_of(number), code, text)
    one.finish()
    assert one.failed
    group.blame(one, FaultType.UNKNOWN, role, number, note=f"{role}'s server refused with a text that nobody knows")


_FOREIGN = (
    (-77, "disk quota exceeded on volume 3"),
    (-99, "the moon is in the wrong quarter"),
    (-55, "licence of this build has expired"),
    (-60, "ring database was upgraded by a newer program"),
)
