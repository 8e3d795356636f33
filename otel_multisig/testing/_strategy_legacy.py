"""Hypothesis strategies for legacy recordings: what the legacy system wrote, and all that is valid beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hypothesis import strategies as st

from otel_multisig.legacy import EventType
from otel_multisig.semconv import spans as names
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from otel_multisig.testing._strategy_values import Draw

_UINT64_MAX: Final = 2**64 - 1
_START_MS: Final = 1_795_294_827_769

_short_texts: Final = st.text(st.characters(codec="utf-8"), max_size=6)
_long_texts: Final = st.builds(
    lambda text, times: text * times, st.sampled_from(("a", "ü€", "𝄞b", '"\\')), st.sampled_from((499, 1000, 3000))
)
texts: Final = st.one_of(_short_texts, _short_texts, _short_texts, _short_texts, _long_texts)
_integers: Final = st.one_of(
    st.integers(-3, 40),
    st.sampled_from((2**63 - 1, 2**63, _UINT64_MAX, -(2**63), 2**64, 10**30, 2**53 + 1)),
    st.integers(0, _UINT64_MAX),
)
_floats: Final = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.sampled_from((1.0, -0.0, 1e-7, 1e16, 5e-324, 0.1))
)
_scalars: Final = st.one_of(st.none(), st.booleans(), _integers, _floats, texts)
json_values: Final = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
"""Any JSON value; no number that a double or an integer would change."""

_methods: Final = st.one_of(
    st.sampled_from(("prepare_multisig", "make_multisig", "exchange_multisig_keys", "exchange_multisig_keys")),
    st.sampled_from(
        ("open_wallet", upstream.METHOD_OTHER, "", names.SETUP, f"{names.ROUND} 1", f"x{names.CONTINUED_SUFFIX}")
    ),
    texts,
)
_roles: Final = st.one_of(st.sampled_from(("buyer", "vendor", "arbiter", "coordinator")), texts)
_setup_ids: Final = st.sampled_from(
    (f"e946fef3-8734-4874-8528-71319317e131-{_START_MS}", f"escrow_abc123-{_START_MS + 5}", "trace_789", "ü")
)
_counts: Final = st.one_of(st.integers(0, 5), st.integers(0, 40_000), _integers)


_Shape: TypeAlias = dict[str, st.SearchStrategy[Any]]

_contexts: Final = st.fixed_dictionaries(
    {},
    optional={
        "round": _counts,
        "operation": _methods,
        "wallet_id": texts,
        "escrow_id": st.sampled_from(("e946fef3-8734-4874-8528-71319317e131", "escrow_abc123", "trace_789")),
        "code": _integers,
        "timestamp": st.sampled_from(
            ("2026-11-21T20:51:03.208910644+00:00", "2026-11-21T20:51:03.208910+00:00", "2026-11-21T20:51:03Z", "")
        ),
    },
)
_reasons: Final = st.fixed_dictionaries({}, optional={"error": texts, "code": st.one_of(st.just(-28), _integers)})
"""Why a call failed: written by us, and not by the legacy system."""

_custom_names: Final = st.sampled_from(
    ("lock_acquired", "lock_released", "snapshot", "snapshot_failed", "fault", "error", "race_detected", "")
)
_CUSTOM_KEYS: Final = (
    "custom_event", "operation", "wait_ms", "hold_ms", "lock", "point", "type", "code", "round", "reason",
)  # fmt: skip
_SHAPES: Final[dict[str, _Shape]] = {
    EventType.RPC_CALL_START: {"method": _methods},
    EventType.RPC_CALL_END: {"method": _methods, "duration_ms": _counts, "success": st.just(value=True)},
    EventType.RPC_CALL_ERROR: {"method": _methods, "duration_ms": _counts, "success": st.just(value=False)},
    EventType.ERROR_FINAL: {"error": texts, "context": _contexts},
    EventType.CUSTOM: {"event": _custom_names}
    | {key: st.one_of(texts, _counts, st.just("wallet_swapped")) for key in _CUSTOM_KEYS},
    EventType.STATE_CHANGE: {"from": texts, "to": texts, "escrow_id": texts},
    EventType.FILE_OPERATION: {"src": texts, "dst": texts, "bytes": _counts, "duration_ms": _counts, "error": texts},
    EventType.CACHE_POLLUTION_DETECTED: {"reason": texts},
}
_SNAPSHOT: Final[_Shape] = {
    "address": texts,
    "address_hash": st.sampled_from(("0" * 64, "f" * 64)),
    "balance": st.lists(_counts, min_size=2, max_size=2),
    "collection_time_ms": _counts,
    "file_exists": st.booleans(),
    "file_perms": st.sampled_from((None, "rw-", "r--")),
    "is_multisig": st.booleans(),
    "open_wallets_count": st.none(),
    "rpc_port": st.sampled_from((None, 18082, 18083)),
    "wallet_id": texts,
}


_types: Final = st.one_of(
    st.sampled_from((EventType.RPC_CALL_START, EventType.RPC_CALL_END, EventType.RPC_CALL_ERROR)),
    st.sampled_from(list(EventType)),
)


def _shape(event_type: EventType, role: str, now: int) -> _Shape:
    if event_type == EventType.RPC_CALL_START:
        return _SHAPES[event_type] | {"timestamp": st.just(now)}
    return _SHAPES.get(event_type) or _SNAPSHOT | {"role": st.just(role), "timestamp": st.just(now)}


@st.composite
def _details(draw: Draw, event_type: EventType, role: str, now: int) -> Any:
    """What the legacy system wrote, with keys left out, added or of another type; now and then any JSON value."""
    shape = _shape(event_type, role, now)
    way = draw(st.integers(0, 9))
    if way == 0:
        return draw(json_values)
    details = {key: draw(value) for key, value in shape.items() if event_type != "CUSTOM" or draw(st.booleans())}
    if event_type == EventType.RPC_CALL_ERROR:
        details |= draw(_reasons)
    if way <= 3:  # noqa: PLR2004 - three in ten
        for key in draw(st.lists(st.sampled_from(sorted(shape)), max_size=2)):
            if draw(st.booleans()):
                details[key] = draw(json_values)
            else:
                details.pop(key, None)
        details |= draw(st.dictionaries(texts, json_values, max_size=1))
    return details


@st.composite
def legacy_events(draw: Draw, *, now: int) -> dict[str, Any]:
    """One event of a recording, as the JSON object that it is there."""
    event_type = draw(_types)
    role = draw(_roles)
    event: dict[str, Any] = {"trace_id": draw(_setup_ids), "timestamp": now, "event_type": event_type.value}
    event["role"] = role
    if draw(st.booleans()):
        event["rpc_port"] = draw(st.one_of(st.sampled_from((18082, 18083)), st.integers(0, 65_535)))
    event["details"] = draw(_details(event_type, role, now))
    if draw(st.integers(0, 14)) == 0:
        event |= draw(st.dictionaries(texts.filter(lambda key: key not in event and key != "rpc_port"), json_values))
    return event


@st.composite
def legacy_recordings(draw: Draw) -> list[dict[str, Any]]:
    """A recording: any events in any order, of few set-ups, roles and methods, so that calls find their ends.

    Times stand still, go forward, or back; now and then one is at the edge of its type.
    """
    recording = []
    now = _START_MS
    for _ in range(draw(st.integers(1, 12))):
        now = max(0, now + draw(st.sampled_from((0, 0, 1, 2, 700, 30_000, -1, -5000))))
        edge = draw(st.integers(0, 19)) == 0
        at = draw(st.sampled_from((0, 1, 2**63 // 10**6, 2**63 // 10**6 + 1, _UINT64_MAX))) if edge else now
        recording.append(draw(legacy_events(now=at)))
    return recording
