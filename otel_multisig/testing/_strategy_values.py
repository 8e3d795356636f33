"""Hypothesis strategies for the parts of spans: texts, numbers, times, ids, attributes, events, links, resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from otel_multisig.model import Event, LinkRecord, ResourceRecord, ScopeRecord
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events as event_names
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[Any]], Any]

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
UINT64_MAX: Final = 2**64 - 1

TYPED_INTS: Final = (
    attr.MONERO_SETUP_SEQUENCE,
    attr.MONERO_SETUP_END_SEQUENCE,
    attr.MONERO_MULTISIG_ROUND,
    upstream.SERVER_PORT,
    upstream.RPC_RESPONSE_STATUS_CODE,
)
TYPED_TEXTS: Final = (
    attr.MONERO_WALLET_ROLE,
    upstream.RPC_METHOD,
    upstream.SERVER_ADDRESS,
    upstream.ERROR_TYPE,
)
_FLAGS: Final = (attr.MONERO_SETUP_INTERRUPTED, attr.MONERO_SPAN_CONTINUATION)
_TIMES: Final = (attr.MONERO_SETUP_TIME, attr.MONERO_SETUP_END_TIME)
_IDS: Final = (attr.MONERO_ESCROW_ID, attr.MONERO_SETUP_ID)
LIFTED: Final = frozenset((*TYPED_INTS, *TYPED_TEXTS, *_FLAGS, *_TIMES, *_IDS))
MARKS: Final = (attr.MONERO_SPAN_PENDING, attr.MONERO_SPAN_OPEN_ID, attr.MONERO_SPAN_MARKERS)
KNOWN: Final = (
    *MARKS,
    attr.MONERO_ESCROW_OUTCOME,
    attr.MONERO_SETUP_FAILURE_SEQUENCE,
    attr.MONERO_MULTISIG_THRESHOLD,
    attr.MONERO_SNAPSHOT_POINT,
    attr.MONERO_WALLET_IS_MULTISIG,
    attr.MONERO_WALLET_BALANCE_TOTAL,
    attr.MONERO_CUSTOM_DETAILS,
    upstream.RPC_SYSTEM_NAME,
    upstream.EXCEPTION_MESSAGE,
)
EVENT_NAMES: Final = (
    event_names.WALLET_SNAPSHOT,
    event_names.STATE_CHANGE,
    event_names.CUSTOM,
    upstream.EVENT_EXCEPTION,
    "",
)

texts: Final = st.text(st.characters(codec="utf-8"), max_size=8)
"""Short texts of any Unicode that UTF-8 can hold."""

int64s: Final = st.one_of(
    st.integers(-3, 20), st.sampled_from((INT64_MIN, INT64_MAX)), st.integers(INT64_MIN, INT64_MAX)
)
"""Signed 64-bit integers, small ones and the edges more often."""

scalars: Final = st.one_of(texts, st.booleans(), int64s, st.floats(allow_nan=False))
"""What an attribute of ours holds."""

attribute_values: Final = st.recursive(
    st.one_of(scalars, st.none(), st.binary(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(texts, inner, max_size=2),
    ),
    max_leaves=4,
)
"""What any attribute may hold on the wire."""

times: Final = st.one_of(st.integers(1, 5), st.integers(1_700_000_000 * 10**9, 1_700_000_009 * 10**9))
"""Times in nanoseconds, often equal; see `edge_times`."""

edge_times: Final = st.one_of(times, st.sampled_from((0, UINT64_MAX)))
"""Times and the edges of their type."""

sequences: Final = st.one_of(st.none(), st.integers(0, 12), int64s)
"""Places in a set-up: missing, few (so that some collide), or any."""

roles: Final = st.one_of(st.none(), st.sampled_from(("buyer", "vendor", "arbiter", "coordinator")), texts)
"""Roles: none, the usual, any."""

trace_ids: Final = st.sampled_from(("0af7651916cd43dd8448eb211c80319c", "f" * 32))
"""Two trace ids."""

span_ids: Final = st.one_of(
    st.sampled_from(("00f067aa0ba902b7", "1" * 16, "2" * 16, "3" * 16)),
    st.binary(min_size=8, max_size=8).map(bytes.hex),
)
marks: Final = st.builds(
    lambda *values: dict(zip(MARKS, values, strict=True)),
    st.sampled_from((True, True, "true", False)),
    st.one_of(span_ids, st.sampled_from(("", "1", 5))),
    int64s,
)
"""Attributes that make a marker of a span, or nearly."""
uint32s: Final = st.sampled_from((0, 0, 0, 1, 0x101, 2**32 - 1))
other_keys: Final = st.one_of(st.sampled_from(KNOWN), texts.filter(lambda key: key not in LIFTED))
not_ints: Final = st.sampled_from(("", "x", "07", "-0", "+1", " 1", "1_0", "²", "9" * 30, 1.0, True, None, b"1", ()))
not_texts: Final = st.sampled_from((1, True, 1.5, None, b"buyer", ("buyer",)))

resources: Final = st.builds(
    ResourceRecord,
    st.dictionaries(texts, attribute_values, max_size=2),
    st.sampled_from(("", "https://example.org/schema")),
    uint32s,
)
"""Resources."""

scopes: Final = st.builds(
    ScopeRecord,
    st.sampled_from(("", "otel_multisig", "x")),
    st.sampled_from(("", "1.0")),
    st.just({}),
    st.just(""),
    uint32s,
)
"""Instrumentation scopes."""

links: Final = st.builds(
    LinkRecord, trace_ids, span_ids, st.dictionaries(texts, attribute_values, max_size=1), texts, uint32s, uint32s
)
"""Links to other spans."""


@st.composite
def other_attributes(draw: Draw, ints: dict[str, Any], texts_: dict[str, Any]) -> dict[str, Any]:
    """Attributes that no field holds: any of other keys; of a field's key, where that is None, what it cannot hold."""
    attributes: dict[str, Any] = draw(st.dictionaries(other_keys, attribute_values, max_size=2))
    for fields, odd in ((ints, not_ints), (texts_, not_texts)):
        for key, value in fields.items():
            if value is None and draw(st.integers(0, 9)) == 0:
                attributes[key] = draw(odd)
    for key in _TIMES:
        if draw(st.integers(0, 19)) == 0:
            attributes[key] = draw(st.one_of(not_ints, st.just(-1)))
    return attributes


@st.composite
def events(draw: Draw) -> Event:
    """A valid event, of our names or any other."""
    sequence, role, port = draw(sequences), draw(roles), draw(st.one_of(st.none(), int64s))
    ints = {attr.MONERO_SETUP_SEQUENCE: sequence, upstream.SERVER_PORT: port}
    return Event(
        draw(st.one_of(st.sampled_from(EVENT_NAMES), texts)),
        sequence,
        draw(edge_times),
        role,
        port,
        draw(other_attributes(ints, {attr.MONERO_WALLET_ROLE: role})),
        draw(uint32s),
    )
