"""What the rules cost that watch set-ups while they run: a call, a whole set-up, and the verdict at its end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from benchmarks._measure import compare, report
from benchmarks.call import measure_on
from otel_multisig import trace_escrow
from otel_multisig.live import rules
from otel_multisig.live._running import RunningSetup

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_multisig.diagnosis import SetupFacts
    from otel_multisig.tracing import Node

ROLES = {"buyer": 18082, "vendor": 18083, "arbiter": 18084}
ROUNDS = {
    1: ("prepare_multisig", "make_multisig"),
    2: ("exchange_multisig_keys",),
    3: ("exchange_multisig_keys",),
}
INFO = "MultisigxV2R1" + "C" * 240


class Wallets:
    """The wallets of one escrow, which answer at once, so that what is measured is tracing alone."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.round = 0

    def reader(self, role: str) -> Callable[[str, object], dict[str, Any]]:
        def ask(method: str, _params: object) -> dict[str, Any]:
            if method == "is_multisig":
                multisig = self.round > 0
                return {"multisig": multisig, "threshold": 2 * multisig, "total": 3 * multisig}
            if method == "get_address":
                return {"address": f"5{self.number}-{role if not self.round else min(self.round, 2)}"}
            return {"balance": 0, "unlocked_balance": 0}

        return ask


def set_up(number: int, *, snapshots: bool) -> None:
    """A healthy set-up: twelve calls, each fed what the others put out, and seven points of snapshots where wanted."""
    wallets = Wallets(number)
    seen = {role: wallets.reader(role) for role in ROLES}
    infos = dict.fromkeys(ROLES, "")
    with trace_escrow(f"escrow-{number}") as escrow:
        for number_of_round, methods in ROUNDS.items():
            if snapshots:
                escrow.snapshot(f"pre_round{number_of_round}", seen)
            with escrow.round(number_of_round) as current:
                for method in methods:
                    put_out = {role: f"{INFO}{role}{number}{method}{number_of_round}" for role in ROLES}
                    for role, port in ROLES.items():
                        others = [info for other, info in infos.items() if other != role]
                        params = {} if method == "prepare_multisig" else {"multisig_info": others, "threshold": 2}
                        with current.call(role, method, port=port, params=params) as call:
                            call.answer({"multisig_info": put_out[role]})
                    infos = put_out
                wallets.round = number_of_round
        if snapshots:
            escrow.snapshot("final", seen)


class EndlessSetup(RunningSetup):
    """A set-up in which calls are made by the ten thousand, each of them noted, and let go of after fifty more."""

    __slots__ = ()

    def __init__(self, root: Node) -> None:
        super().__init__(root)
        self.items = deque(maxlen=50)  # type: ignore[assignment]

    def facts(self) -> SetupFacts:
        self.items = []  # the beginning is gone: there is nothing to judge in the end
        return super().facts()


def measure_call() -> bool:
    """A traced call that the rules are told of, against the same span and metric written by hand."""
    rules.RunningSetup = EndlessSetup  # type: ignore[misc]
    rules.start()
    try:
        return measure_on()
    finally:
        rules.stop()
        rules.RunningSetup = RunningSetup  # type: ignore[misc]


def measure_setups() -> None:
    """Whole set-ups with their verdicts, with the rules and without them."""
    numbers = iter(range(10**9))
    for title, snapshots, number in (("no snapshots", False, 30), ("snapshots at 7 points", True, 4)):

        def watched(snapshots: bool = snapshots) -> None:
            rules.start()
            set_up(next(numbers), snapshots=snapshots)

        def alone(snapshots: bool = snapshots) -> None:
            rules.stop()
            set_up(next(numbers), snapshots=snapshots)

        found = compare(watched, alone, number=number, rounds=9)
        detail = f"{found.ours * 1e3:.2f} ms / {found.theirs * 1e3:.2f} ms"
        report(f"a set-up of 12 calls, {title}: watched / not", found.ratio, None, detail)


def measure() -> bool:
    """Print the ratios; true where the call keeps its limit."""
    kept = measure_call()
    measure_setups()
    return kept


if __name__ == "__main__":
    measure()
