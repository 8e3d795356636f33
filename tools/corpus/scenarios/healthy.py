"""Set-ups that come to no harm, however much they look as if they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.semconv.attributes import SnapshotPoint
from otel_multisig.testing.wallet_client import WalletRpcError
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.bench import ELSEWHERE, FIRST, SECOND
from tools.corpus.habits import EXCHANGE, MAKE, OPEN, PREPARE, SNAPSHOT, Step
from tools.corpus.scenarios._locks import begin, one_by_one
from tools.corpus.scenarios._registry import NOTHING, chance, habits, method_of, role_of, scenario
from tools.corpus.wire import Break

if TYPE_CHECKING:
    from tools.corpus.client import EscrowClient
    from tools.corpus.driver import Group

_POINTS: Final = tuple(SnapshotPoint)
_STEPS: Final = (
    *(Step(1, role, method) for role in ROLES for method in (PREPARE, MAKE)),
    *(Step(number, role, EXCHANGE) for role in ROLES for number in (2, 3)),
)


@scenario(1, simulated=2, real=14)
def plain(group: Group) -> None:
    """One escrow alone, with whatever habits. Nothing is provoked."""
    one = group.client(habits(group))
    one.finish()
    group.healthy(one, "one escrow alone")


@scenario(2, simulated=3, real=2)
def late_collector(group: Group) -> None:
    """The collector is made after prepare: 39 legacy events, or 36 where a point is missing too."""
    skips = NOTHING if group.variant % 2 else frozenset({_POINTS[(group.variant // 2) % len(_POINTS)]})
    one = group.client(habits(group, late=True, skips=skips))
    one.finish()
    group.healthy(one, "the collector was made after prepare")


@scenario(3, simulated=2, real=2)
def missing_snapshots(group: Group) -> None:
    """One point of snapshots is missing (42 events), or all of them are."""
    skips = frozenset(_POINTS) if group.every(4, 3) else frozenset({_POINTS[group.variant % len(_POINTS)]})
    one = group.client(habits(group, skips=skips))
    one.finish()
    group.healthy(one, "snapshots are missing")


@scenario(4, simulated=2, real=2)
def long_waits(group: Group) -> None:
    """The client waits between its steps, for up to ten seconds, as the old one did everywhere."""
    pauses = {step: group.choose.uniform(0.2, 10) for step in _STEPS if chance(group, 0.6)}
    one = group.client(habits(group, pauses=pauses))
    one.finish()
    group.healthy(one, "long waits of the client between its calls")


@scenario(5, simulated=2, real=2)
def slow_call(group: Group) -> None:
    """One call takes long, up to 25 seconds, and succeeds."""
    number, role = 1 + group.variant % 3, role_of(group)
    one = group.client(habits(group))
    one.run_until(number, role, method_of(number))
    one.wires[role].slow[method_of(number)] = group.choose.uniform(4, 25)
    one.finish()
    group.healthy(one, f"a slow {method_of(number)} of {role}")


@scenario(6, simulated=2, real=2)
def retried_prepare(group: Group) -> None:
    """A prepare gets no answer and is called again: it may be called as often as one likes."""
    role, how = role_of(group), (Break.CUT, Break.TIMEOUT, Break.REFUSED)[group.variant % 3]
    one = group.client(habits(group, retries=3))
    one.run_until(1, role, PREPARE)
    (one.wires[role].swallows if how is Break.REFUSED else one.wires[role].loses)[PREPARE] = how
    one.finish()
    group.healthy(one, f"a prepare of {role} without answer ({how}), called again")


@scenario(7, simulated=2, real=2)
def retried_unreached(group: Group) -> None:
    """A make does not reach the server (refused, or cut before it was read) and is called again with success."""
    role, how = role_of(group), (Break.REFUSED, Break.CUT)[group.variant % 2]
    one = group.client(habits(group, retries=3))
    one.run_until(1, role, MAKE)
    one.wires[role].swallows[MAKE] = how
    one.finish()
    group.healthy(one, f"a make of {role} that did not reach the server ({how}), called again")


@scenario(8, simulated=3, real=2)
def failed_open_of_another(group: Group) -> None:
    """Another client's open of a wallet that is open elsewhere fails: the wallet that was open stays open."""
    number, role = group.variant % 4, role_of(group)
    held = group.stranger(ELSEWHERE)
    one = group.client(habits(group, skips=NOTHING))
    _at(one, number, role)
    _refused_open(group, FIRST[role], held)
    one.finish()
    group.healthy(one, f"another client's failed open on {role}'s port in round {number}")


@scenario(9, simulated=2, real=2)
def own_failed_open(group: Group) -> None:
    """The client's own open of a missing file fails before a round; its wallet is the one that stays open."""
    number, role = 2 + group.variant % 2, role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, role, EXCHANGE)
    right, one.files[role] = one.files[role], one.files[role] + ".bak"
    _try(one, role, "open_wallet", {"filename": one.files[role], "password": ""})
    one.files[role] = right
    one.finish()
    group.healthy(one, f"its own failed open on {role}'s port in round {number}, the right wallet being open")


@scenario(10, simulated=2, real=2)
def reopened_after_make(group: Group) -> None:
    """The client opens its wallets again before rounds 2 and 3. A reopen after make does no harm."""
    one = group.client(habits(group, reopens=True))
    one.finish()
    group.healthy(one, "wallets opened again before rounds 2 and 3")


@scenario(11, simulated=3, real=2)
def closed_and_opened_after_make(group: Group) -> None:
    """Another client closes a wallet, saving it, and opens it again, between two rounds."""
    number, role = 2 + group.variant % 2, role_of(group)
    one = group.client(habits(group))
    one.run_until(number, "", SNAPSHOT)
    group.bench.outsider(FIRST[role], "close_wallet", autosave_current=True)
    group.bench.outsider(FIRST[role], "open_wallet", filename=one.files[role], password="")
    one.finish()
    group.healthy(one, f"{role}'s wallet closed and opened again before round {number}, saved")


@scenario(12, simulated=2, real=1)
def side_by_side(group: Group) -> None:
    """Two escrows at once, each with ports of its own."""
    group.apart = group.every(2, 1)
    one, two = group.client(habits(group)), group.client(habits(group), SECOND)
    _alternate(one, two)
    group.healthy(one, "at once with another on other ports")
    group.healthy(two, "at once with another on other ports")


@scenario(13, simulated=2, real=1)
def one_after_the_other(group: Group) -> None:
    """Two or three escrows on the same ports, each begun when the one before had ended."""
    group.apart = group.every(2, 1)
    for number in range(2 + group.variant % 2):
        one = group.client(habits(group))
        one.finish()
        group.healthy(one, f"number {number + 1} of some that ran one after the other on the same ports")
        group.clock.advance(group.choose.uniform(0.05, 4))


@scenario(14, simulated=1, real=2)
def under_a_lock(group: Group) -> None:
    """Two or three escrows at once on the same ports under one lock: each waits until the one before has ended."""
    group.apart, group.locks = group.every(2, 1), group.first_half(4)
    clients = [group.client(habits(group)) for _ in range(2 + group.variant % 2)]
    for client in clients:
        begin(client)
    one_by_one(clients, "wallet-ports")
    for client in clients:
        group.healthy(client, "at once with others on the same ports, one lock for all of them")


@scenario(15, simulated=2, real=1)
def handed_over(group: Group) -> None:
    """Two escrows take turns on the same ports, round by round; each opens its wallets again before it goes on."""
    group.apart = group.every(2, 1)
    skips = frozenset({SnapshotPoint.PRE_ROUND2, SnapshotPoint.PRE_ROUND3})
    one, two = (group.client(habits(group, reopens=True, skips=skips)) for _ in range(2))
    one.run_until(2, "", SNAPSHOT)
    two.run_until(2, "", SNAPSHOT)
    one.run_until(3, "", SNAPSHOT)
    two.run_until(3, "", SNAPSHOT)
    one.finish()
    two.finish()
    group.healthy(one, "took turns with another on the same ports, each opening its wallets again")
    group.healthy(two, "took turns with another on the same ports, each opening its wallets again")


@scenario(16, simulated=3, real=2)
def chatter(group: Group) -> None:
    """Calls that ask and change nothing, many of them, before any step."""
    noise = {step: group.choose.choice(("get_balance", "refresh", "get_address", "is_multisig")) for step in _STEPS}
    one = group.client(habits(group, chatter=noise))
    one.finish()
    group.healthy(one, "balance, address and refresh asked for before each step")


@scenario(17, simulated=3, real=2)
def failed_create(group: Group) -> None:
    """The wallet to be created is there already; the client opens it instead, which is what it wanted."""
    role = role_of(group)
    one = group.client(habits(group, opens=True))
    one.run_until(0, role, OPEN)
    _try(one, role, "create_wallet", {"filename": one.files[role], "password": "", "language": "English"})
    one.finish()
    group.healthy(one, f"{role}'s wallet could not be created, it was there already, and was opened instead")


@scenario(18, simulated=2, real=2)
def monitor_between(group: Group) -> None:
    """A monitor opens a wallet of its own on a port and then ours again, between two rounds: no harm is done."""
    number, role = 2 + group.variant % 2, role_of(group)
    one = group.client(habits(group))
    one.run_until(number, "", SNAPSHOT)
    group.stranger(FIRST[role])
    group.bench.outsider(FIRST[role], "open_wallet", filename=one.files[role], password="")
    one.finish()
    group.healthy(one, f"a monitor opened its wallet on {role}'s port and then ours again, before round {number}")


def _at(client: EscrowClient, number: int, role: str) -> None:
    if number == 0:
        client.run_until(1, "", SNAPSHOT)
    else:
        client.run_until(number, role, method_of(number))


def _alternate(one: EscrowClient, two: EscrowClient) -> None:
    for number in (1, 2, 3):
        for client in (one, two):
            client.run_until(number, "", SNAPSHOT)
        for role in ROLES:
            for client in (two, one):
                client.run_until(number, role, method_of(number))
    one.finish()
    two.finish()


def _refused_open(group: Group, port: int, name: str) -> None:
    try:
        group.bench.outsider(port, "open_wallet", filename=name, password="")
    except WalletRpcError:
        return
    raise AssertionError(f"{name} was to be held elsewhere")


def _try(client: EscrowClient, role: str, method: str, params: dict[str, str]) -> None:
    try:
        client.call(role, method, params)
    except WalletRpcError:
        return
    raise AssertionError(f"{method} was to fail")
