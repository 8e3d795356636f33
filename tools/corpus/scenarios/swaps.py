"""Wallets swapped, stale and reopened: what a port has open is not what the client thinks it is.

What the legacy form shows of a swap. Opens and closes are lost; left are addresses in snapshots, and texts of errors.

- Between prepare and make: the role's placeholder address after make differs from the others'. Where that role's own
  exchange then fails with -48, it is another wallet (a reopened one would keep its placeholder): a swap. Where another
  role's exchange fails first, over what it was fed, the form cannot tell a swapped wallet from wrong inputs, whose
  hashes it lost: mixed inputs, at the role that differs.
- Before an exchange, to a plain wallet or none: the text says so, and no snapshot is needed.
- After the last exchange: the last snapshot has another address.
- Before prepare to a plain wallet: nothing shows. All calls work on the wallet that is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.semconv.attributes import FaultType
from otel_multisig.testing.wallet_client import WalletRpcError
from otel_multisig.testing.wallet_servers import ROLES
from tools.corpus.bench import ELSEWHERE, FIRST, SECOND
from tools.corpus.habits import EXCHANGE, MAKE, OPEN, SNAPSHOT
from tools.corpus.labels import NONE, Truth
from tools.corpus.scenarios._registry import NOTHING, any_round, habits, later_round, method_of, role_of, scenario

if TYPE_CHECKING:
    from tools.corpus.client import EscrowClient
    from tools.corpus.driver import Group


def _after_make(role: str) -> Truth:
    """What the legacy form shows of a plain wallet that was made multisig in place of the right one."""
    first = role == ROLES[0]
    return Truth(FaultType.WALLET_SWAPPED if first else FaultType.MIXED_SESSION_INPUTS, role, 1)


@scenario(20, simulated=4, real=15)
def swapped_to_plain(group: Group) -> None:
    """A monitor opens a plain wallet on the port before a call of round 1 (make), 2 or 3."""
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING, carries_on=group.every(4, 3)))
    name = group.stranger(ELSEWHERE, close=True)
    one.run_until(number, role, method_of(number))
    group.bench.outsider(FIRST[role], "open_wallet", filename=name, password="")
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.WALLET_SWAPPED, role, number, legacy=_after_make(role) if number == 1 else "same",
        note=f"a monitor opened its plain wallet on {role}'s port in round {number}",
    )  # fmt: skip


@scenario(21, simulated=5, real=4)
def closed_by_another(group: Group) -> None:
    """Another client closes the wallet before a call: there is none open."""
    number, role = any_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING, carries_on=group.every(4, 3)))
    one.run_until(number, role, method_of(number))
    group.bench.outsider(FIRST[role], "close_wallet", autosave_current=True)
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.WALLET_SWAPPED, role, number, note=f"another client closed {role}'s wallet in round {number}"
    )


@scenario(22, simulated=1, real=3)
def swapped_between_rounds(group: Group) -> None:
    """A monitor opens a plain wallet between two rounds: the snapshot before the round shows it, and then the call."""
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    name = group.stranger(ELSEWHERE, close=True)
    one.run_until(number, "", SNAPSHOT)
    group.bench.outsider(FIRST[role], "open_wallet", filename=name, password="")
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.WALLET_SWAPPED, role, number,
        note=f"a monitor opened its plain wallet on {role}'s port between rounds {number - 1} and {number}",
    )  # fmt: skip


@scenario(23, simulated=1, real=2)
def swapped_at_the_end(group: Group) -> None:
    """A monitor opens its wallet after the last exchange: the last snapshot shows it, or another escrow's record."""
    role = role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    if group.every(3, 2):
        group.apart = group.every(2, 1)
        one.run_until(4, "", SNAPSHOT)
        two = group.client(habits(group))
        two.run_until(1, "", SNAPSHOT)
        one.finish()
        two.finish()
        group.healthy(two, "created its wallets where another one was at its end")
        group.blame(one, FaultType.WALLET_SWAPPED, ROLES[0], 4, (two,),
                    note="another escrow created its wallets after the last exchange")  # fmt: skip
        return
    name = group.stranger(ELSEWHERE, close=True)
    one.run_until(4, "", SNAPSHOT)
    group.bench.outsider(FIRST[role], "open_wallet", filename=name, password="")
    one.finish()
    group.blame(one, FaultType.WALLET_SWAPPED, role, 4,
                note=f"a monitor opened its wallet on {role}'s port after the last exchange")  # fmt: skip


@scenario(24, simulated=1, real=2)
def swapped_before_prepare(group: Group) -> None:
    """Another escrow opens a wallet on one port before prepare; the first works on it to the end, and no call fails.

    Its own record shows the port opened for it, the other's that it was opened again since. The legacy form has no
    opens. The other one's wallet is a multisig one when its own turn comes.
    """
    group.apart = group.every(2, 1)
    role = role_of(group)
    one = group.client(habits(group, skips=NOTHING))
    two = group.client(habits(group, skips=NOTHING), _shared(role))
    one.run_until(1, "", SNAPSHOT)
    two.run_until(1, "", SNAPSHOT)
    one.finish()
    two.finish()
    assert one.failed is None
    assert two.failed
    group.blame(one, FaultType.WALLET_SWAPPED, role, 0, (two,), legacy=NONE,
                note=f"another escrow opened its wallet on {role}'s port; all calls worked on it")  # fmt: skip
    group.blame(two, FaultType.CACHE_POLLUTION, role, 0, (one,),
                note=f"another escrow made a multisig wallet of {role}'s before round 1")  # fmt: skip


@scenario(25, simulated=2, real=1)
def swapped_to_anothers(group: Group) -> None:
    """Another escrow opens its own wallet, at the same stage, before an exchange. The other one is not harmed.

    In the legacy form the snapshot before the round shows the other one's address.
    """
    group.apart = group.every(2, 1)
    number, role = later_round(group), role_of(group)
    ports = _shared(role)
    two = group.client(habits(group, named=not group.every(3), skips=NOTHING), ports)
    two.run_until(number, "", SNAPSHOT)
    group.bench.outsider(FIRST[role], "close_wallet", autosave_current=True)
    one = group.client(habits(group, skips=NOTHING))
    one.run_until(number, "", SNAPSHOT)
    two.call(role, "open_wallet", {"filename": two.files[role], "password": ""})
    one.finish()
    assert one.failed
    two.finish()
    assert two.failed is None
    group.blame(
        one, FaultType.WALLET_SWAPPED, role, number, (two,),
        legacy=Truth(FaultType.WALLET_SWAPPED, role, number, (two.escrow_id,)),
        note=f"another escrow opened its wallet, at the same stage, on {role}'s port before round {number}",
    )  # fmt: skip
    group.healthy(two, "opened its own wallet again on a port that another escrow was using")


@scenario(26, simulated=1, real=3)
def stale_multisig(group: Group) -> None:
    """The client's open fails before round 1 and it goes on; the port still has another, finished multisig wallet.

    In the legacy form the open is lost, and the wallet is a multisig one before round 1.
    """
    role = role_of(group)
    before = group.client(habits(group))
    before.finish()
    group.healthy(before, "left its finished wallets open")
    for other in ROLES:
        if other != role:
            group.bench.outsider(FIRST[other], "close_wallet", autosave_current=True)
    one = group.client(habits(group, opens=True, made=True, ignores_opens=True, skips=NOTHING))
    _make_elsewhere(group, one)
    _spoil(group, one, role, by_hold=group.every(2))
    one.finish()
    assert one.refused_opens
    assert one.failed
    group.blame(
        one, FaultType.STALE_WALLET_AFTER_FAILED_OPEN, role, 0, (before,),
        legacy=Truth(FaultType.CACHE_POLLUTION, role, 0, (before.escrow_id,)),
        note=f"its open of {role}'s wallet failed; the port had another escrow's finished wallet open",
    )  # fmt: skip


@scenario(27, simulated=2, real=1)
def stale_plain(group: Group) -> None:
    """The client's open fails before round 1 and it goes on; the port has a stranger's plain wallet, and all succeeds.

    In the legacy form nothing of it shows.
    """
    role = role_of(group)
    one = group.client(habits(group, opens=True, made=True, ignores_opens=True, skips=NOTHING))
    _make_elsewhere(group, one)
    group.stranger(FIRST[role])
    _spoil(group, one, role, by_hold=group.every(2))
    one.finish()
    assert one.refused_opens
    assert one.failed is None
    group.blame(
        one, FaultType.STALE_WALLET_AFTER_FAILED_OPEN, role, 0, legacy=NONE,
        note=f"its open of {role}'s wallet failed; the port had a stranger's plain wallet open, and took every call",
    )  # fmt: skip


@scenario(28, simulated=1, real=2)
def stale_later(group: Group) -> None:
    """The client opens its wallets again before a round, one open fails (held elsewhere), and a stranger's is open.

    In the legacy form: an exchange on a plain wallet.
    """
    number, role = later_round(group), role_of(group)
    one = group.client(habits(group, reopens=True, ignores_opens=True, skips=NOTHING))
    one.run_until(number, role, OPEN)
    group.bench.outsider(FIRST[role], "close_wallet", autosave_current=True)
    group.stranger(FIRST[role])
    group.bench.outsider(ELSEWHERE, "open_wallet", filename=one.files[role], password="")
    one.finish()
    assert one.refused_opens
    assert one.failed
    group.blame(
        one, FaultType.STALE_WALLET_AFTER_FAILED_OPEN, role, number,
        legacy=Truth(FaultType.WALLET_SWAPPED, role, number),
        note=f"its open of {role}'s wallet before round {number} failed, it is held elsewhere; a stranger's was open",
    )  # fmt: skip


@scenario(29, simulated=5, real=4)
def flag_lost(group: Group) -> None:
    """Wallets are closed and opened again between prepare and make: one role's or all, by the client or by another.

    The flag of experimental multisig is gone; the first exchange tells.
    """
    everyone, role = group.every(3, 2), role_of(group)
    one = group.client(habits(group, skips=NOTHING, carries_on=group.every(4, 3)))
    one.run_until(1, ROLES[0], MAKE)
    for each in ROLES if everyone else (role,):
        if group.first_half(4):
            one.call(each, "close_wallet", {"autosave_current": True})
            one.call(each, "open_wallet", {"filename": one.files[each], "password": ""})
        else:
            group.bench.outsider(FIRST[each], "close_wallet", autosave_current=True)
            group.bench.outsider(FIRST[each], "open_wallet", filename=one.files[each], password="")
    one.finish()
    assert one.failed
    group.blame(
        one, FaultType.EXPERIMENTAL_FLAG_LOST, ROLES[0] if everyone else role, 1,
        note=f"{'all wallets' if everyone else role + chr(39) + 's wallet'} closed and opened between prepare and make",
    )  # fmt: skip


@scenario(30, simulated=7, real=2)
def closed_unsaved(group: Group) -> None:
    """The client closes its wallet without saving after an exchange, and cannot open it again.

    In the legacy form the close is lost. Where the client gave up over the open, its error is the last word: an open
    that failed after the exchange of round 2, so that is the round; where it went on, there is no wallet file, as if
    somebody had closed it.
    """
    role, gives_up = role_of(group), group.first_half(4)
    one = group.client(habits(group, reopens=False, skips=NOTHING))
    one.run_until(2, ROLES[2], EXCHANGE) if role != ROLES[2] else one.run_until(3, "", SNAPSHOT)
    one.call(role, "close_wallet")
    one.run_until(3, "", SNAPSHOT)
    error: Exception | None = None
    try:
        one.call(role, "open_wallet", {"filename": one.files[role], "password": ""})
    except WalletRpcError as refusal:
        error = refusal
    assert error
    closed = 3 if role == ROLES[2] else 2
    if gives_up:
        one.give_up(error)
    else:
        one.finish()
    assert one.failed
    legacy = Truth(FaultType.UNSAVED_CLOSE, role, 2) if gives_up else Truth(FaultType.WALLET_SWAPPED, role, 3)
    group.blame(one, FaultType.UNSAVED_CLOSE, role, closed, legacy=legacy,
                note=f"{role}'s wallet closed without saving after the exchange of round 2")  # fmt: skip


def _shared(role: str) -> dict[str, int]:
    """Ports of which one role's is one of the first set."""
    return {each: FIRST[each] if each == role else SECOND[each] for each in ROLES}


def _make_elsewhere(group: Group, client: EscrowClient) -> None:
    """Make the wallets that a client will open, without touching its ports."""
    for role in ROLES:
        group.bench.outsider(ELSEWHERE, "create_wallet", filename=client.files[role], password="", language="English")
    group.bench.outsider(ELSEWHERE, "close_wallet", autosave_current=True)


def _spoil(group: Group, client: EscrowClient, role: str, *, by_hold: bool) -> None:
    """Let the open of one wallet fail: another process holds it, or it is not there."""
    if by_hold:
        group.bench.outsider(ELSEWHERE, "open_wallet", filename=client.files[role], password="")
        return
    for file in group.bench.servers.folder.glob(f"{client.files[role]}*"):
        file.rename(file.with_name(f"moved-{file.name}"))
