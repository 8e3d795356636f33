"""Records of set-ups for the rules: a legacy recording told step by step, and traces of wallets that are not there."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig import TracedWallet, trace_escrow
from otel_multisig.diagnosis import Diagnosis, SetupFacts, diagnose
from otel_multisig.legacy import read
from otel_multisig.testing.recording import recorded_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLES = ("buyer", "vendor", "arbiter")
PORTS = {"buyer": 18082, "vendor": 18083, "arbiter": 18084}
PREPARE, MAKE, EXCHANGE = "prepare_multisig", "make_multisig", "exchange_multisig_keys"
START_MS = 1_795_294_830_484
TIMES = {PREPARE: 0, MAKE: 700, EXCHANGE: 150}
AFTER = {1: "POST_MAKE_MULTISIG", 2: "POST_EXPORT_MULTISIG", 3: "POST_IMPORT_MULTISIG"}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Script:
    """A legacy recording: the steps of an ordinary set-up, played in order, with other things done in between."""

    def __init__(self, escrow: str = "e946fef3-8734-4874-8528-71319317e131", at: int = 0, **ports: int) -> None:
        self.escrow = escrow
        self.ports = PORTS | ports
        self.setup_id = f"{escrow}-{START_MS + at:013d}"
        self.now = START_MS + at + 1
        self.events: list[dict[str, Any]] = []
        self.hashes: dict[tuple[str, str], str] = {}
        self.multisig: dict[tuple[str, str], bool] = {}
        self.skips: set[str] = set()
        self._steps = [
            (f"PRE_ROUND{n}", role, n) if method == "" else (method, role, n) for n, method, role in _order()
        ]
        self._steps += [("FINAL", role, 4) for role in ROLES]

    @property
    def elapsed(self) -> int:
        """Milliseconds since a set-up began that was told to begin `at` 0."""
        return self.now - START_MS

    def until(self, what: str, role: str, number: int) -> Script:
        """Play all steps before this one."""
        while self._steps[0] != (what, role, number):
            self._play(*self._steps.pop(0))
        return self

    def finish(self) -> Script:
        """Play the rest."""
        while self._steps:
            self._play(*self._steps.pop(0))
        return self

    def _play(self, what: str, role: str, number: int) -> None:
        if what in TIMES:
            self.call(role, what)
            if what != PREPARE:
                self.snapshot(AFTER[number], role)
        else:
            self.snapshot(what, role)

    def add(self, kind: str, role: str, details: dict[str, Any], *, port: bool = False) -> None:
        event = {"trace_id": self.setup_id, "timestamp": self.now, "event_type": kind, "role": role}
        self.events.append(event | ({"rpc_port": self.ports[role]} if port else {}) | {"details": details})

    def snapshot(self, point: str, role: str) -> None:
        if point in self.skips:
            return
        self.now += 1
        kind = (
            "plain" if point == "PRE_ROUND1" else "early" if point in {"POST_MAKE_MULTISIG", "PRE_ROUND2"} else "final"
        )
        name = f"{self.escrow} plain {role}" if kind == "plain" else f"{self.escrow} {kind}"
        details = {
            "address": "", "address_hash": self.hashes.get((point, role), digest(name)), "balance": [0, 0],
            "collection_time_ms": 1, "file_exists": True, "file_perms": "rw-",
            "is_multisig": self.multisig.get((point, role), kind != "plain"), "open_wallets_count": None, "role": role,
            "rpc_port": self.ports[role], "timestamp": self.now, "wallet_id": f"wallet of {role}",
        }  # fmt: skip
        self.add(f"SNAPSHOT_{point}", role, details)

    def start(self, role: str, method: str) -> None:
        self.now += 1
        self.add("RPC_CALL_START", role, {"method": method, "timestamp": self.now}, port=True)

    def call(self, role: str, method: str, took: int | None = None, *, failed: bool = False) -> None:
        self.start(role, method)
        took = TIMES[method] if took is None else took
        self.now += took
        details = {"duration_ms": took, "method": method, "success": not failed}
        self.add("RPC_CALL_ERROR" if failed else "RPC_CALL_END", role, details, port=True)

    def fail(self, role: str, method: str, number: int, error: str, took: int = 710) -> Script:
        """The call that ends the set-up."""
        self.call(role, method, took, failed=True)
        return self.end(role, method, number, error)

    def end(self, role: str, method: str, number: int, error: str) -> Script:
        context = {"escrow_id": self.escrow, "operation": method, "round": number, "wallet_id": f"wallet of {role}"}
        self.add("ERROR_FINAL", role, {"error": error, "context": context})
        return self

    def custom(self, role: str, **details: Any) -> Script:
        self.now += 1
        self.add("CUSTOM", role, details)
        return self

    def facts(self) -> SetupFacts:
        (trace,) = read(json.dumps(self.events).encode()).traces
        return SetupFacts.of(trace)


def _order() -> Iterator[tuple[int, str, str]]:
    for number in (1, 2, 3):
        for method in ("", PREPARE, MAKE) if number == 1 else ("", EXCHANGE):
            for role in ROLES:
                yield number, method, role


def judge(*scripts: Script, **options: Any) -> Diagnosis:
    """What the rules say of the first of these, all read together."""
    return diagnose([script.facts() for script in scripts], **options)[0]


class Wallet:
    """The wallet that a traced set-up believes to be open: what its snapshots will say."""

    host = "127.0.0.1"
    port: int | None = None

    def __init__(self, address: str, *, multisig: bool = False) -> None:
        self.address, self.multisig = address, multisig

    def __call__(self, method: str, _params: Any = None) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "is_multisig": {"multisig": self.multisig, "threshold": 2, "total": 3, "ready": self.multisig},
            "get_address": {"address": self.address},
            "get_balance": {"balance": 0, "unlocked_balance": 0},
        }
        return answers[method]


class RefusedError(Exception):
    """What a client raises for an error of the server."""


class Traced:
    """A set-up recorded by the tracer, whose servers answer what the test says."""

    def __init__(self, escrow_id: str, **ports: int) -> None:
        self.escrow_id = escrow_id
        self.ports = PORTS | ports
        self._block = trace_escrow(escrow_id)
        self.scope: Any = self._block.__enter__()
        self._round: Any = None
        self.outs: dict[str, str] = {}

    def round(self, number: int) -> None:
        self.leave()
        self._round = self._block.round(number)
        self._round.__enter__()

    def leave(self) -> None:
        if self._round is not None:
            self._round.__exit__(None, None, None)
        self._round = None

    def call(self, role: str, method: str, *, out: str = "", infos: list[str] | None = None, **params: Any) -> None:
        given = params | ({} if infos is None else {"multisig_info": infos})
        with (self._round or self._block).call(
            role, method, port=self.ports[role], address="127.0.0.1", params=given
        ) as call:
            call.answer({"multisig_info": out} if out else {})
        if out:
            self.outs[role] = out

    def open(self, role: str, method: str = "open_wallet") -> None:
        self.call(role, method, filename=f"{role}_temp_escrow_{self.escrow_id}")

    def prepare(self, name: str) -> None:
        """Round 1 up to make, whose infos bear this name."""
        self.round(1)
        for role in ROLES:
            self.call(role, PREPARE, out=f"{name} prepare {role}", enable_multisig_experimental=True)

    def make(self, name: str, **wrong: list[str]) -> None:
        """Make for all wallets, some of which are given wrong infos."""
        for role in ROLES:
            infos = wrong.get(role, self.given(role, name, "prepare"))
            self.call(role, MAKE, out=f"{name} make {role}", infos=infos, threshold=2)

    def given(self, role: str, name: str, step: str) -> list[str]:
        """The infos that the other wallets gave out in a step."""
        return [f"{name} {step} {other}" for other in ROLES if other != role]

    def refuse(self, role: str, method: str, code: int, text: str, **params: Any) -> None:
        """A call that the server refuses, and that does not end the set-up."""
        self.lose(role, method, RefusedError(text), code, **params)

    def lose(self, role: str, method: str, error: Exception, code: int | None = None, **params: Any) -> None:
        """A call that ends with an exception: without a code, nobody knows what the server did."""
        with (
            suppress(type(error)),
            (self._round or self._block).call(
                role, method, port=self.ports[role], address="127.0.0.1", params=params
            ) as call,
        ):
            if code is not None:
                call.error_answer(code, str(error))
            raise error
        self.last_error = error

    def snapshot(self, point: str, **wallets: Wallet) -> None:
        for role, wallet in wallets.items():
            wallet.port = self.ports[role]
        (self._round or self._block).snapshot(
            point, {role: TracedWallet(backend=wallet, id=role) for role, wallet in wallets.items()}
        )

    def end(self, error: Exception | None = None) -> None:
        if self._round is not None and error is not None:
            self._round.__exit__(type(error), error, None)
            self._round = None
        self.leave()
        self._block.__exit__(type(error) if error else None, error, None)


@pytest.fixture(scope="session")
def score(load_module: Callable[[Path], Any]) -> Any:
    """The tool that says how often the rules name the right cause."""
    return load_module(Path(__file__).parents[2] / "tools" / "diagnosis_score.py")


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def verdict() -> Callable[..., Any]:
    def find(*scripts: Script, **options: Any) -> Any:
        return judge(*scripts, **options).verdict

    return find


@pytest.fixture
def traced() -> Iterator[Callable[..., Traced]]:
    with recorded_spans() as recorded:
        made: list[Traced] = []

        def make(escrow_id: str, **ports: int) -> Traced:
            made.append(Traced(escrow_id, **ports))
            return made[-1]

        def facts() -> list[SetupFacts]:
            return [SetupFacts.of(trace) for trace in recorded.traces()]

        def verdict(gaps: int = 0, others_gaps: int = 0, **options: Any) -> Any:
            """What is said of the set-up that was begun first; so much of its and of the others' records is missing."""
            mine, *others = sorted(facts(), key=lambda one: one.start_nano)
            mine.gaps = gaps
            for other in others:
                other.gaps = others_gaps
            return diagnose([mine, *others], **options)[0].verdict

        make.facts, make.verdict = facts, verdict  # type: ignore[attr-defined]
        yield make


@pytest.fixture
def wallet() -> type[Wallet]:
    return Wallet
