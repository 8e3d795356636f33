"""Races: two workers of one escrow, two roles on one port, three escrows at once with no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.semconv.attributes import FaultType
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.bench import FIRST
from tools.corpus.habits import MAKE, PREPARE, SNAPSHOT
from tools.corpus.labels import Truth
from tools.corpus.scenarios._registry import NOTHING, habits, role_of, scenario

if TYPE_CHECKING:
    from tools.corpus.driver import Group


@scenario(120, simulated=2, real=4)
def second_worker(group: Group) -> None:
    """A second worker of the same escrow, not recorded, calls make on a wallet just before."""
    role = role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(1, role, MAKE)
    infos = [one.outs[0][each] for each in ROLES if each != role]
    group.bench.outsider(FIRST[role], MAKE, multisig_info=infos, threshold=2, password="")
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.RACE, role, 1, note=f"a second worker of the escrow called make on {role}'s wallet before"
    )


@scenario(121, simulated=1, real=2)
def two_workers(group: Group) -> None:
    """Two workers of one escrow, both recorded: one makes, the other is refused.

    The second begins after the wallets were opened. The one that makes first goes on unharmed.
    """
    one = group.client(habits(group, opens=False, skips=NOTHING))
    one.run_until(1, "", SNAPSHOT)
    two = group.client(
        habits(group, late=True, opens=True, ignores_opens=True, skips=NOTHING),
        escrow_id=one.escrow_id,
        files=one.files,
    )
    two.run_until(0, "", "begin")
    one.run_until(1, ROLES[0], MAKE)
    two.run_until(1, ROLES[0], MAKE)
    one.run_until(2, "", SNAPSHOT)
    two.finish()
    one.finish()
    assert two.failed
    assert one.failed is None
    group.healthy(one, "the faster of two workers of one escrow")
    group.blame(two, FaultType.RACE, ROLES[0], 1, note="the slower of two workers of one escrow")


@scenario(122, simulated=1, real=4)
def two_roles_on_one_port(group: Group) -> None:
    """A role is given the port of another one: its wallet takes the other's place, and both talk to the same wallet."""
    role = ROLES[1:][group.variant % 2] if group.first_half(4) else ROLES[2]
    taken = ROLES[group.variant // 2 % ROLES.index(role)]
    ports = dict(FIRST) | {role: FIRST[taken]}
    one = group.client(habits(group, opens=False, skips=NOTHING), ports)
    one.run_until(1, "", SNAPSHOT)
    if group.every(4, 3):
        one.custom("race_detected", {f"duplicate_{role}_port": FIRST[taken]})
    one.finish()
    assert one.failed
    group.blame(one, FaultType.RACE, role, 0, note=f"{role} was given {taken}'s port")


@scenario(123, simulated=1, real=2)
def three_at_once(group: Group) -> None:
    """Three escrows at once on the same ports with no lock, and nobody's open is on record.

    Their collectors were made when the wallets had been created and prepared. All three work on the wallets that were
    created last. Their owner makes them multisig and comes through; the other two are refused. They see the same
    addresses before round 1, in both forms, so that is since when.
    """
    group.apart = group.every(2, 1)
    clients = [group.client(habits(group, late=True, opens=False, skips=NOTHING)) for _ in range(3)]
    for client in clients:
        client.run_until(1, ROLES[0], PREPARE)
    for client in clients:
        client.run_until(0, "", "begin")
    for client in clients:
        client.run_until(1, ROLES[0], MAKE)
    owner = clients[-1]
    owner.run_until(1, ROLES[1], MAKE) if group.every(3) else owner.run_until(2, "", SNAPSHOT)
    for client in clients[:-1]:
        client.finish()
        assert client.failed
        others = tuple(other for other in clients if other is not client)
        group.blame(
            client, FaultType.RACE, ROLES[0], 0, others,
            legacy=Truth(FaultType.RACE, ROLES[0], 0, tuple(sorted(other.escrow_id for other in others))),
            note="three escrows at once on the same ports, with no lock; another one was faster to make",
        )  # fmt: skip
    owner.finish()
    assert owner.failed is None
    group.healthy(owner, "the one of three at once on the same ports that came through with its own wallets")
