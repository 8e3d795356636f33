"""What the registry defines, for checks at run time.

Generated from `otel_multisig/semconv/registry` by `tools/semconv.py`: change it there.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Signal(NamedTuple):
    """What may be, and what must be, on a span, an event or a metric."""

    kind: str
    """Kind of the span, or of the instrument; empty for an event."""
    unit: str
    """Unit of a metric; empty for the others."""
    required: frozenset[str]
    """Attributes that must be there."""
    optional: frozenset[str]
    """Further attributes that may be there."""


class SpanType(StrEnum):
    """Types of spans; the names of some spans vary."""

    SETUP = "monero.multisig.setup"
    """One set-up of one escrow, from its first call to its last."""
    ROUND = "monero.multisig.round"
    """One round of a set-up, in which every wallet makes its calls."""
    CONTINUATION = "monero.multisig.continuation"
    """More events of its parent, which is full."""
    CALL = "monero.wallet.call.client"
    """One JSON-RPC call to a wallet server."""


TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "error.type": "string",
        "exception.message": "string",
        "exception.type": "string",
        "monero.call.duration": "double",
        "monero.custom.details": "string",
        "monero.custom.details_piece": "template[string]",
        "monero.custom.name": "string",
        "monero.escrow.id": "string",
        "monero.escrow.outcome": "string",
        "monero.exception.message_piece": "template[string]",
        "monero.fault.interfering": "string",
        "monero.fault.reason": "string",
        "monero.fault.role": "string",
        "monero.fault.round": "int",
        "monero.fault.sure": "boolean",
        "monero.fault.type": "string",
        "monero.file.destination": "string",
        "monero.file.duration": "double",
        "monero.file.size": "int",
        "monero.file.source": "string",
        "monero.legacy.residue": "string",
        "monero.legacy.residue_piece": "template[string]",
        "monero.lock.hold.duration": "double",
        "monero.lock.name": "string",
        "monero.lock.wait.duration": "double",
        "monero.multisig.experimental": "boolean",
        "monero.multisig.info.hash": "string",
        "monero.multisig.info.input.hash": "string",
        "monero.multisig.info.input.length": "string",
        "monero.multisig.info.length": "int",
        "monero.multisig.participants": "int",
        "monero.multisig.round": "int",
        "monero.multisig.threshold": "int",
        "monero.setup.end_sequence": "int",
        "monero.setup.end_time": "int",
        "monero.setup.failure_sequence": "int",
        "monero.setup.id": "string",
        "monero.setup.interrupted": "boolean",
        "monero.setup.sequence": "int",
        "monero.setup.time": "int",
        "monero.snapshot.duration": "double",
        "monero.snapshot.point": "string",
        "monero.span.continuation": "boolean",
        "monero.span.markers": "int",
        "monero.span.open_id": "string",
        "monero.span.pending": "boolean",
        "monero.state.from": "string",
        "monero.state.to": "string",
        "monero.wallet.address.hash": "string",
        "monero.wallet.address.value": "string",
        "monero.wallet.balance.total": "int",
        "monero.wallet.balance.unlocked": "int",
        "monero.wallet.file.exists": "boolean",
        "monero.wallet.file.name": "string",
        "monero.wallet.file.permissions": "string",
        "monero.wallet.id": "string",
        "monero.wallet.is_multisig": "boolean",
        "monero.wallet.role": "string",
        "rpc.method": "string",
        "rpc.method_original": "string",
        "rpc.response.status_code": "string",
        "rpc.system.name": "string",
        "server.address": "string",
        "server.port": "int",
        "service.name": "string",
    },
)
"""Type of each attribute: string, int, double, boolean, or template[string] for a prefix of names."""

CLOSED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "monero.escrow.outcome": frozenset(
            {
                "failure",
                "interrupted",
                "success",
            },
        ),
        "monero.fault.type": frozenset(
            {
                "already_finalized",
                "cache_pollution",
                "experimental_flag_lost",
                "lock_contention",
                "lost_answer_retry",
                "mixed_session_inputs",
                "not_finalized",
                "pool_exhausted",
                "race",
                "server_unreachable",
                "stale_wallet_after_failed_open",
                "stalled",
                "state_divergence",
                "timeout",
                "unknown",
                "unsaved_close",
                "wallet_swapped",
                "wrong_round",
            },
        ),
    },
)
"""The values of each attribute that takes no others."""

SPANS: Final[Mapping[SpanType, Signal]] = MappingProxyType(
    {
        SpanType.SETUP: Signal(
            kind="internal",
            unit="",
            required=frozenset(
                {
                    "monero.escrow.id",
                    "monero.setup.id",
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "monero.escrow.outcome",
                    "monero.fault.type",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.multisig.participants",
                    "monero.multisig.threshold",
                    "monero.setup.end_sequence",
                    "monero.setup.end_time",
                    "monero.setup.failure_sequence",
                    "monero.setup.interrupted",
                    "monero.setup.time",
                    "monero.span.markers",
                    "monero.span.open_id",
                    "monero.span.pending",
                },
            ),
        ),
        SpanType.ROUND: Signal(
            kind="internal",
            unit="",
            required=frozenset(
                {
                    "monero.escrow.id",
                    "monero.multisig.round",
                    "monero.setup.id",
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.setup.end_sequence",
                    "monero.setup.end_time",
                    "monero.setup.interrupted",
                    "monero.setup.time",
                    "monero.span.markers",
                    "monero.span.open_id",
                    "monero.span.pending",
                    "monero.wallet.role",
                },
            ),
        ),
        SpanType.CONTINUATION: Signal(
            kind="internal",
            unit="",
            required=frozenset(
                {
                    "monero.escrow.id",
                    "monero.setup.id",
                    "monero.setup.sequence",
                    "monero.span.continuation",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.multisig.round",
                    "monero.setup.end_sequence",
                    "monero.setup.end_time",
                    "monero.setup.interrupted",
                    "monero.setup.time",
                    "monero.span.markers",
                    "monero.span.open_id",
                    "monero.span.pending",
                    "monero.wallet.role",
                },
            ),
        ),
        SpanType.CALL: Signal(
            kind="client",
            unit="",
            required=frozenset(
                {
                    "monero.escrow.id",
                    "monero.setup.id",
                    "monero.setup.sequence",
                    "rpc.method",
                    "rpc.system.name",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "monero.call.duration",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.multisig.experimental",
                    "monero.multisig.info.hash",
                    "monero.multisig.info.input.hash",
                    "monero.multisig.info.input.length",
                    "monero.multisig.info.length",
                    "monero.multisig.participants",
                    "monero.multisig.round",
                    "monero.multisig.threshold",
                    "monero.setup.end_sequence",
                    "monero.setup.end_time",
                    "monero.setup.interrupted",
                    "monero.setup.time",
                    "monero.span.markers",
                    "monero.span.open_id",
                    "monero.span.pending",
                    "monero.wallet.address.hash",
                    "monero.wallet.address.value",
                    "monero.wallet.balance.total",
                    "monero.wallet.balance.unlocked",
                    "monero.wallet.file.name",
                    "monero.wallet.id",
                    "monero.wallet.is_multisig",
                    "monero.wallet.role",
                    "rpc.method_original",
                    "rpc.response.status_code",
                    "server.address",
                    "server.port",
                },
            ),
        ),
    },
)
"""Spans by type."""

EVENTS: Final[Mapping[str, Signal]] = MappingProxyType(
    {
        "monero.wallet.snapshot": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.setup.sequence",
                    "monero.snapshot.point",
                },
            ),
            optional=frozenset(
                {
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.multisig.participants",
                    "monero.multisig.threshold",
                    "monero.setup.time",
                    "monero.snapshot.duration",
                    "monero.wallet.address.hash",
                    "monero.wallet.address.value",
                    "monero.wallet.balance.total",
                    "monero.wallet.balance.unlocked",
                    "monero.wallet.file.exists",
                    "monero.wallet.file.name",
                    "monero.wallet.file.permissions",
                    "monero.wallet.id",
                    "monero.wallet.is_multisig",
                    "monero.wallet.role",
                    "server.address",
                    "server.port",
                },
            ),
        ),
        "monero.wallet.snapshot_failed": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "error.type",
                    "monero.setup.sequence",
                    "monero.snapshot.point",
                },
            ),
            optional=frozenset(
                {
                    "exception.message",
                    "monero.exception.message_piece",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.setup.time",
                    "monero.snapshot.duration",
                    "monero.wallet.role",
                    "rpc.method",
                    "rpc.response.status_code",
                    "server.port",
                },
            ),
        ),
        "monero.state.change": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.setup.sequence",
                    "monero.state.from",
                    "monero.state.to",
                },
            ),
            optional=frozenset(
                {
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.setup.time",
                    "monero.wallet.role",
                    "server.port",
                },
            ),
        ),
        "monero.file.operation": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.file.source",
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "monero.file.destination",
                    "monero.file.duration",
                    "monero.file.size",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.setup.time",
                    "monero.wallet.role",
                    "server.port",
                },
            ),
        ),
        "monero.lock.acquired": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.lock.wait.duration",
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.lock.name",
                    "monero.setup.time",
                    "monero.wallet.role",
                    "server.port",
                },
            ),
        ),
        "monero.lock.released": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.lock.hold.duration",
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.lock.name",
                    "monero.setup.time",
                    "monero.wallet.role",
                    "server.port",
                },
            ),
        ),
        "monero.custom": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "monero.custom.details",
                    "monero.custom.details_piece",
                    "monero.custom.name",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.setup.time",
                    "monero.wallet.role",
                    "server.port",
                },
            ),
        ),
        "monero.fault": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.fault.type",
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "monero.fault.interfering",
                    "monero.fault.reason",
                    "monero.fault.role",
                    "monero.fault.round",
                    "monero.fault.sure",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.setup.time",
                    "monero.wallet.role",
                    "server.port",
                },
            ),
        ),
        "exception": Signal(
            kind="",
            unit="",
            required=frozenset(
                {
                    "monero.setup.sequence",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "exception.message",
                    "exception.type",
                    "monero.exception.message_piece",
                    "monero.legacy.residue",
                    "monero.legacy.residue_piece",
                    "monero.multisig.round",
                    "monero.setup.time",
                    "monero.wallet.id",
                    "monero.wallet.role",
                    "rpc.method",
                    "rpc.response.status_code",
                    "server.port",
                },
            ),
        ),
    },
)
"""Events by name."""

METRICS: Final[Mapping[str, Signal]] = MappingProxyType(
    {
        "monero.escrow.setup.duration": Signal(
            kind="histogram",
            unit="s",
            required=frozenset(
                {
                    "monero.escrow.outcome",
                },
            ),
            optional=frozenset(),
        ),
        "monero.escrow.active": Signal(
            kind="updowncounter",
            unit="{escrow}",
            required=frozenset(),
            optional=frozenset(),
        ),
        "monero.escrow.stalled.time": Signal(
            kind="gauge",
            unit="s",
            required=frozenset(),
            optional=frozenset(),
        ),
        "monero.multisig.round.duration": Signal(
            kind="histogram",
            unit="s",
            required=frozenset(
                {
                    "monero.multisig.round",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                },
            ),
        ),
        "rpc.client.call.duration": Signal(
            kind="histogram",
            unit="s",
            required=frozenset(
                {
                    "rpc.method",
                    "rpc.system.name",
                },
            ),
            optional=frozenset(
                {
                    "error.type",
                    "monero.wallet.role",
                    "rpc.response.status_code",
                    "server.address",
                    "server.port",
                },
            ),
        ),
        "monero.wallet.lock.wait.duration": Signal(
            kind="histogram",
            unit="s",
            required=frozenset(),
            optional=frozenset(
                {
                    "monero.lock.name",
                    "monero.wallet.role",
                },
            ),
        ),
        "monero.wallet.lock.hold.duration": Signal(
            kind="histogram",
            unit="s",
            required=frozenset(),
            optional=frozenset(
                {
                    "monero.lock.name",
                    "monero.wallet.role",
                },
            ),
        ),
        "monero.wallet.file.operation.duration": Signal(
            kind="histogram",
            unit="s",
            required=frozenset(),
            optional=frozenset(
                {
                    "error.type",
                },
            ),
        ),
        "monero.escrow.faults": Signal(
            kind="counter",
            unit="{fault}",
            required=frozenset(
                {
                    "monero.fault.type",
                },
            ),
            optional=frozenset(),
        ),
    },
)
"""Metrics by name."""
