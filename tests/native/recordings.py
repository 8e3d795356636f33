"""Legacy recordings made at random: usual ones, and ones that are spoiled in one or a few places."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random

ESCROW: Final = "e946fef3-8734-4874-8528-71319317e131"
START_MS: Final = 1_795_294_827_769
SETUP_IDS: Final = (
    f"{ESCROW}-{START_MS}",
    ESCROW,
    f"-{START_MS}",
    "x-9999999999999",
    "ü-0000000000005",
    f"{ESCROW}-{START_MS - 86_400_001}",
    f"{ESCROW}-{START_MS - 86_400_000}",
    f"{ESCROW}-{START_MS + 1}",
    f"{ESCROW}-{START_MS}x",
)
ROLES: Final = ("buyer", "vendor", "arbiter", "coordinator", "käufer")
METHODS: Final = (
    "prepare_multisig", "make_multisig", "exchange_multisig_keys", "exchange_multisig_keys", "open_wallet", "ö",
)  # fmt: skip
POINTS: Final = (
    "PRE_ROUND1", "POST_MAKE_MULTISIG", "PRE_ROUND2", "POST_EXPORT_MULTISIG", "PRE_ROUND3", "POST_IMPORT_MULTISIG",
    "FINAL",
)  # fmt: skip
TEXTS: Final = ("", "5" * 95, "x" * 499, "ü€𝄞", "a7\x7f", "12345678")
ERRORS: Final = ("No wallet file", 'a "b"\n\\c/\t\r\b\f', "€" * 600, "y" * 2000)
CODES: Final = (-28, 0, 2**63 - 1, -(2**63) + 1)
TIMES: Final = (
    "2026-11-21T20:51:03.208910644+00:00",
    "2026-11-21T20:51:03.208911+00:00",
    "2024-02-29T00:00:00.000001+00:00",
    "2000-12-31T23:59:59.999999999+00:00",
    "1970-01-01T00:00:00.000000001+00:00",
)


class Raw(str):
    """A JSON text that is no value of Python's."""

    __slots__ = ()


ODD: Final = (
    None, True, False, 0, 1, -1, -28, 2**40, 2**40 + 1, 65_535, 65_536, 2**63 - 1, 2**63, -(2**63) + 1, -(2**63),
    10**30, 2**63 // 10**6 - 1, 2**63 // 10**6, 1.0, 0.5, Raw("-0"), Raw("01"), Raw("1e3"), Raw("1e400"), Raw("-"),
    Raw("+1"), Raw("nul"), Raw("tru"), Raw("truefalse"), Raw("NaN"), Raw('"a\\u0041"'), Raw('"\\ud800"'), Raw('"a\nb"'),
    Raw('"a\\xb"'), Raw('"\\'), Raw('"a'), Raw(""), "", "x" * 500, "x" * 499, "ü" * 260, "y" * 2001, "a\\b", [], {},
    [0], [0, 0], [0, 0, 0], [1, None], [0, 2**63 - 1], {"a": 1}, "buyer", "coordinator", "make_multisig", "ö", "_OTHER",
    "multisig_round 1", "x (continued)", "multisig_setup", "CUSTOM", "STATE_CHANGE", "RPC_CALL_END", "RPC_CALL_ERROR",
    "SNAPSHOT_FINAL", "ERROR_FINAL", "SNAPSHOT_OTHER", ESCROW, "2026-11-21T20:51:03.208+00:00",
    "2026-11-21T20:51:03.208910000+00:00", "2026-11-21T20:51:03.208000+00:00", "2026-02-29T20:51:03.208910+00:00",
    "2026-11-31T20:51:03.208910+00:00", "2026-13-01T20:51:03.208910+00:00", "2026-11-00T20:51:03.208910+00:00",
    "2026-11-21T24:00:00.208910+00:00", "2026-11-21T20:60:00.208910+00:00", "2026-11-21T20:51:60.208910+00:00",
    "2026-11-21 20:51:03.208910+00:00", "2026-11-21T20:51:03.208910Z", "2026-11-21T20:51:03.208910+01:00",
    "2026-11-21T20:51:03.20891x+00:00", "1969-12-31T23:59:59.208911+00:00", "2262-04-11T23:47:16.854776+00:00",
    "9999-12-31T23:59:59.208911+00:00", "0970-01-01T00:00:00.208911+00:00",
)  # fmt: skip


def usual(choose: random.Random) -> list[dict[str, Any]]:
    """A recording of which nothing is unusual."""
    return _Maker(choose).make()


class _Maker:
    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self._now = choose.choice((START_MS, START_MS, START_MS, 0))
        self._setup_id = choose.choice(SETUP_IDS if choose.random() < 0.5 else SETUP_IDS[:1])
        self._events: list[dict[str, Any]] = []
        self._running: dict[tuple[str, str], tuple[int | None, int]] = {}
        self._latest: dict[str, tuple[str, int]] = {}
        self._codes: dict[int, int] = {}

    def make(self) -> list[dict[str, Any]]:
        choose = self._choose
        for _ in range(choose.choice((1, 3, 10, 40))):
            self._now = max(0, self._now + choose.choice((0, 0, 1, 2, 700, 30_000, -1, -5000)))
            if self._running and choose.random() < 0.4:
                self._end()
            elif choose.random() < 0.5:
                self._start()
            else:
                self._snapshot()
        if self._latest and choose.random() < 0.4:
            self._fail()
        return self._events

    def _add(self, kind: str, role: str, port: int | None, details: dict[str, Any]) -> None:
        event: dict[str, Any] = {"trace_id": self._setup_id, "timestamp": self._now, "event_type": kind, "role": role}
        if port is not None:
            event["rpc_port"] = port
        self._events.append({**event, "details": dict(sorted(details.items()))})

    def _snapshot(self) -> None:
        choose = self._choose
        role = choose.choice(ROLES)
        details = {
            "address": choose.choice(TEXTS),
            "address_hash": choose.choice(TEXTS),
            "balance": choose.choice(([0, 0], [5, 3], [2**63 - 1, 2**63 - 1])),
            "collection_time_ms": choose.choice((0, 1, 77, 2**40)),
            "file_exists": choose.random() < 0.5,
            "file_perms": choose.choice((None, "rw-", "")),
            "is_multisig": choose.random() < 0.5,
            "open_wallets_count": None,
            "role": role,
            "rpc_port": choose.choice((None, 0, 18082, 65_535)),
            "timestamp": self._now,
            "wallet_id": choose.choice(TEXTS),
        }
        self._add(f"SNAPSHOT_{choose.choice(POINTS)}", role, None, details)

    def _start(self) -> None:
        choose = self._choose
        role, method = choose.choice(ROLES), choose.choice(METHODS)
        if (role, method) in self._running:
            return self._snapshot()
        port = choose.choice((None, 0, 18082, 65_535))
        self._running[role, method] = (port, self._now)
        self._latest[role] = (method, len(self._events))
        return self._add("RPC_CALL_START", role, port, {"method": method, "timestamp": self._now})

    def _end(self) -> None:
        choose = self._choose
        role, method = choose.choice(sorted(self._running))
        port, began = self._running.pop((role, method))
        duration = choose.choice((max(0, self._now - began), 0, 1, 2**40))
        details: dict[str, Any] = {"method": method, "duration_ms": duration, "success": choose.random() < 0.7}
        if details["success"]:
            return self._add("RPC_CALL_END", role, port, details)
        if choose.random() < 0.6:
            details["error"] = choose.choice(ERRORS)
            if choose.random() < 0.5:
                details["code"] = choose.choice(CODES)
                # Whichever call of the role was the latest, a failure may only come with a code then.
                self._codes[self._latest[role][1]] = details["code"]
        return self._add("RPC_CALL_ERROR", role, port, details)

    def _fail(self) -> None:
        choose = self._choose
        role = choose.choice(sorted(self._latest))
        method, place = self._latest[role]
        escrow_id, _, digits = self._setup_id.rpartition("-")
        is_dated = escrow_id and len(digits) == 13 and digits.isdigit()
        context: dict[str, Any] = {
            "escrow_id": escrow_id if is_dated else self._setup_id,
            "operation": method,
            "round": choose.choice((0, 1, 2, 3, -5, 2**63 - 1)),
            "wallet_id": choose.choice(TEXTS[1:]),
        }
        if place in self._codes or choose.random() < 0.3:
            context["code"] = choose.choice(CODES)
        if choose.random() < 0.5:
            context["timestamp"] = choose.choice(TIMES)
        details = {"context": dict(sorted(context.items())), "error": choose.choice(ERRORS)}
        self._add("ERROR_FINAL", role, None, details)


def spoil(recording: list[dict[str, Any]], choose: random.Random) -> None:
    """Change something in place: a value, a key, the order of keys or of events."""
    target: Any = choose.choice(recording)
    while True:
        inner = [value for value in target.values() if isinstance(value, dict) and value]
        if not inner or choose.random() < 0.3:
            break
        target = choose.choice(inner)
    key = choose.choice(sorted(target))
    way = choose.randrange(8)
    if way == 0:
        del target[key]
    elif way == 1:
        target[choose.choice(("zzz", "code", "error", "rpc_port", "", "timestamp"))] = choose.choice(ODD)
    elif way == 2:
        target[key] = target.pop(key)
    elif way == 3:
        place = choose.randrange(len(recording))
        recording.insert(choose.randrange(len(recording) + 1), deepcopy(recording[place]))
    elif way == 4:
        recording.append(recording.pop(choose.randrange(len(recording))))
    else:
        target[key] = choose.choice(ODD)


def printed(value: Any, choose: random.Random | None = None) -> bytes:
    """The JSON text of a value; with white space at random where it may stand, if there is something to choose with."""
    return "".join(_tokens(value, choose)).encode("utf-8", "surrogatepass")


def _tokens(value: Any, choose: random.Random | None) -> list[str]:
    found = [_space(choose)]
    if isinstance(value, dict):
        for place, (key, item) in enumerate(value.items()):
            found += ["," if place else "{", _space(choose), _text(key), _space(choose), ":", *_tokens(item, choose)]
        found += ["}"] if value else ["{", _space(choose), "}"]
    elif isinstance(value, list):
        for place, item in enumerate(value):
            found += ["," if place else "[", *_tokens(item, choose)]
        found += ["]"] if value else ["[", _space(choose), "]"]
    else:
        found.append(str(value) if isinstance(value, Raw) else _text(value))
    return [*found, _space(choose)]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _space(choose: random.Random | None) -> str:
    return "" if choose is None else choose.choice(("", "", " ", "\n", "\r\n\t", "  ", " " * 9))
