"""Names of the attributes, and the values of those that are enumerations.

Generated from `otel_multisig/semconv/registry` by `tools/semconv.py`: change it there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MONERO_CUSTOM_NAME: Final = "monero.custom.name"
"""Name of the event, as the application gave it (string)."""

MONERO_CUSTOM_DETAILS: Final = "monero.custom.details"
"""Details of the event, as the JSON text of an object (string).

Numbers, booleans and the texts of declared keys as they are; any other text as its hash and length. A text over
2,000 bytes continues in `monero.custom.details_piece`.
"""

MONERO_CUSTOM_DETAILS_PIECE: Final = "monero.custom.details_piece"
"""The rest of a long `monero.custom.details`, in pieces numbered from 1 (template[string]).

Backends cut long strings. Each piece has at most 2,000 bytes of UTF-8, and none ends inside a character.
"""

MONERO_ESCROW_ID: Final = "monero.escrow.id"
"""Identifier of the escrow, as the application knows it (string).

Stands on every span, so that a trace can be read with its root missing. One escrow may have several set-ups. Never
on a metric: its values are unbounded.
"""

MONERO_ESCROW_OUTCOME: Final = "monero.escrow.outcome"
"""How a set-up ended (string).

A set-up that has not ended has no outcome. Values: `Outcome`.
"""

MONERO_EXCEPTION_MESSAGE_PIECE: Final = "monero.exception.message_piece"
"""The rest of a long `exception.message`, in pieces numbered from 1 (template[string]).

Backends cut long strings. Each piece has at most 2,000 bytes of UTF-8, and none ends inside a character.
"""

MONERO_FAULT_TYPE: Final = "monero.fault.type"
"""Kind of the fault (string).

Values: `FaultType`.
"""

MONERO_FAULT_ROLE: Final = "monero.fault.role"
"""Role of the wallet that the fault is at, which need not be the one whose call failed (string)."""

MONERO_FAULT_ROUND: Final = "monero.fault.round"
"""Round in which the fault arose (int).

0: before the first round; one more than the last round: after it.
"""

MONERO_FAULT_REASON: Final = "monero.fault.reason"
"""The evidence in words (string)."""

MONERO_FAULT_SURE: Final = "monero.fault.sure"
"""Whether the record proves the fault; else it is the likeliest of several (boolean).

Only where a rule found the fault. What the application reports itself has none.
"""

MONERO_FAULT_INTERFERING: Final = "monero.fault.interfering"
"""Ids of the other escrows that took part in the fault, with one space between two (string)."""

MONERO_FILE_SOURCE: Final = "monero.file.source"
"""Name of the file that was read (string).

Recorded like `monero.wallet.file.name`; with its folder only where the user asked for paths.
"""

MONERO_FILE_DESTINATION: Final = "monero.file.destination"
"""Name of the file that was written (string).

Recorded like `monero.wallet.file.name`; with its folder only where the user asked for paths.
"""

MONERO_FILE_SIZE: Final = "monero.file.size"
"""Number of bytes copied or moved (int)."""

MONERO_FILE_DURATION: Final = "monero.file.duration"
"""How long it took, in seconds (double)."""

MONERO_LEGACY_RESIDUE: Final = "monero.legacy.residue"
"""How the legacy event differs from the one that would be written without this attribute, as JSON text (string).

`{"set": [[path, value], ...], "remove": [path, ...]}`, where a path is an array of keys. On a span the object has
one such object each for its `start` and its `end`. A text over 2,000 bytes continues in
`monero.legacy.residue_piece`.
"""

MONERO_LEGACY_RESIDUE_PIECE: Final = "monero.legacy.residue_piece"
"""The rest of a long `monero.legacy.residue`, in pieces numbered from 1 (template[string]).

Backends cut long strings. Each piece has at most 2,000 bytes of UTF-8, and none ends inside a character.
"""

MONERO_CALL_DURATION: Final = "monero.call.duration"
"""How long the call took, in seconds, where a clock of its own measured it (double).

Only where the span is not as long, in whole milliseconds: legacy recordings bear a duration beside their times.
Readers prefer it.
"""

MONERO_LOCK_NAME: Final = "monero.lock.name"
"""Name of the lock (string).

Also an attribute of metrics; it must not hold an escrow id or another unbounded value.
"""

MONERO_LOCK_WAIT_DURATION: Final = "monero.lock.wait.duration"
"""How long the set-up waited for the lock, in seconds (double)."""

MONERO_LOCK_HOLD_DURATION: Final = "monero.lock.hold.duration"
"""How long the set-up held the lock, in seconds (double)."""

MONERO_MULTISIG_ROUND: Final = "monero.multisig.round"
"""Number of the round of the set-up, from 1 (int)."""

MONERO_MULTISIG_THRESHOLD: Final = "monero.multisig.threshold"
"""Number of signatures that the wallet asks for (int)."""

MONERO_MULTISIG_PARTICIPANTS: Final = "monero.multisig.participants"
"""Number of wallets that take part (int)."""

MONERO_MULTISIG_EXPERIMENTAL: Final = "monero.multisig.experimental"
"""Whether the call asked for experimental multisig, by its parameter `enable_multisig_experimental` (boolean)."""

MONERO_MULTISIG_INFO_HASH: Final = "monero.multisig.info.hash"
"""SHA-256 of the `multisig_info` that the call returned, as 64 hexadecimal digits (string).

The info itself holds secret key material and is never recorded, nor any part of it. The hash of an output found
again among the inputs of another wallet proves who fed whom.
"""

MONERO_MULTISIG_INFO_LENGTH: Final = "monero.multisig.info.length"
"""Length of the `multisig_info` that the call returned, in bytes (int)."""

MONERO_MULTISIG_INFO_INPUT_HASH: Final = "monero.multisig.info.input.hash"
"""SHA-256 of each `multisig_info` given to the call, in that order, with one space between two (string)."""

MONERO_MULTISIG_INFO_INPUT_LENGTH: Final = "monero.multisig.info.input.length"
"""Length in bytes of each `multisig_info` given to the call, in that order, with one space between two (string)."""

MONERO_SETUP_ID: Final = "monero.setup.id"
"""Identifier of one set-up of an escrow (string).

The escrow id, a hyphen, and the time of the start in milliseconds since the Unix epoch. Stands on every span.
Traces are put together by it and not by the trace id. It is the `trace_id` of the legacy JSON format.
"""

MONERO_SETUP_SEQUENCE: Final = "monero.setup.sequence"
"""Position in the set-up: on a span that of its start, on an event that of the event (int).

One counter for each set-up, raised by every start, end and event. It alone decides about order, whatever the clocks
say, and a gap in it shows that something was lost.
"""

MONERO_SETUP_END_SEQUENCE: Final = "monero.setup.end_sequence"
"""Position of the end of a span in its set-up (int).

A span without it never ended.
"""

MONERO_SETUP_INTERRUPTED: Final = "monero.setup.interrupted"
"""Whether the end of the process ended the span, and not the application (boolean)."""

MONERO_SETUP_FAILURE_SEQUENCE: Final = "monero.setup.failure_sequence"
"""The `monero.setup.sequence` of the exception event that ended the set-up (int)."""

MONERO_SETUP_TIME: Final = "monero.setup.time"
"""The exact time, in nanoseconds since the Unix epoch: on a span that of its start, on an event that of the event
(int).

Only where the time on the wire is another one, because backends would alter the exact one (a zero). Readers prefer
it.
"""

MONERO_SETUP_END_TIME: Final = "monero.setup.end_time"
"""The exact time of the end of a span, in nanoseconds since the Unix epoch (int).

Only where the time on the wire is another one, because backends would alter the exact one (an end at the start or
before it). Readers prefer it.
"""

MONERO_SPAN_CONTINUATION: Final = "monero.span.continuation"
"""Whether the span continues its parent, and only holds more events of it (boolean).

A span holds at most 100 events, because SDKs throw away the oldest beyond their limit (128 by default).
"""

MONERO_SPAN_PENDING: Final = "monero.span.pending"
"""Whether the span stands for another one that has not ended (boolean).

SDKs export a span when it ends, so that one that never ends cannot be seen. In its place goes a marker: a span of
its own with the parent, the name, the start and the attributes of the open one, and with the events that no marker
before it has told of. It ends when it is made: until then the other was open. Readers put the open span in the
place of its markers, and drop them once the span itself has come.
"""

MONERO_SPAN_OPEN_ID: Final = "monero.span.open_id"
"""Span id of the span that a marker stands for, in lower-case hex (string).

The children of the open span name it as their parent.
"""

MONERO_SPAN_MARKERS: Final = "monero.span.markers"
"""How many markers of the span were exported before it ended; 0 on a marker itself (int).

Only on spans that were open long enough to have markers. Where the highest value among a span and its markers is 0,
the span has not ended: backends that cannot exclude traces from a search can tell it so.
"""

MONERO_SNAPSHOT_POINT: Final = "monero.snapshot.point"
"""Point of the set-up at which the snapshot was taken (string).

The values listed are the points of the legacy format; any further name may be used. Values: `SnapshotPoint`.
"""

MONERO_SNAPSHOT_DURATION: Final = "monero.snapshot.duration"
"""How long the capture took, in seconds (double)."""

MONERO_STATE_FROM: Final = "monero.state.from"
"""State before the change (string)."""

MONERO_STATE_TO: Final = "monero.state.to"
"""State after the change (string)."""

MONERO_WALLET_ROLE: Final = "monero.wallet.role"
"""Role in the escrow of the wallet that the record is about (string).

Any name may be used; legacy recordings have `buyer`, `vendor`, `arbiter` and `coordinator`.
"""

MONERO_WALLET_ID: Final = "monero.wallet.id"
"""Identifier of the wallet, as the application knows it (string)."""

MONERO_WALLET_IS_MULTISIG: Final = "monero.wallet.is_multisig"
"""Whether the open wallet is a multisig wallet (boolean)."""

MONERO_WALLET_BALANCE_TOTAL: Final = "monero.wallet.balance.total"
"""Balance in piconero (int).

Zero is always recorded, any other balance only by opt-in; where it may not be recorded it is left out.
"""

MONERO_WALLET_BALANCE_UNLOCKED: Final = "monero.wallet.balance.unlocked"
"""Unlocked balance in piconero (int).

Recorded together with `monero.wallet.balance.total`.
"""

MONERO_WALLET_ADDRESS_HASH: Final = "monero.wallet.address.hash"
"""SHA-256 of the address of the open wallet, as 64 hexadecimal digits (string).

Between `make_multisig` and the first `exchange_multisig_keys` all wallets of one escrow report the same placeholder
address: until then the hash names the escrow, not the wallet.
"""

MONERO_WALLET_ADDRESS_VALUE: Final = "monero.wallet.address.value"
"""Address of the open wallet (string).

Sensitive. Recorded only where the user asked for addresses.
"""

MONERO_WALLET_FILE_EXISTS: Final = "monero.wallet.file.exists"
"""Whether the file of the wallet exists (boolean).

Only where its path is known to the application.
"""

MONERO_WALLET_FILE_PERMISSIONS: Final = "monero.wallet.file.permissions"
"""What the owner may do with the file of the wallet, as `r`, `w` and `x` or a hyphen for each (string)."""

MONERO_WALLET_FILE_NAME: Final = "monero.wallet.file.name"
"""Name of the wallet file (string).

As it is where it follows the pattern of role and escrow id (`{role}_temp_escrow_{escrow id}`) or where the user
asked for paths, else `sha256:` and the hash of the name.
"""


class Outcome(StrEnum):
    """Values of `monero.escrow.outcome`."""

    SUCCESS = "success"
    """The set-up came to its end without an error."""
    FAILURE = "failure"
    """An error ended the set-up."""
    INTERRUPTED = "interrupted"
    """The end of the process ended the set-up, not the application."""


class FaultType(StrEnum):
    """Values of `monero.fault.type`."""

    CACHE_POLLUTION = "cache_pollution"
    """A wallet was a multisig wallet before round 1 began."""
    WALLET_SWAPPED = "wallet_swapped"
    """Somebody opened or closed a wallet on the port between this set-up's open and its use."""
    STALE_WALLET_AFTER_FAILED_OPEN = "stale_wallet_after_failed_open"
    """An open failed, and the calls after it were answered by the wallet that was open before."""
    EXPERIMENTAL_FLAG_LOST = "experimental_flag_lost"
    """The wallet was closed and opened again, and multisig is disabled in it since."""
    ALREADY_FINALIZED = "already_finalized"
    """One exchange more than the wallet takes."""
    NOT_FINALIZED = "not_finalized"
    """The wallet was used before its last exchange."""
    MIXED_SESSION_INPUTS = "mixed_session_inputs"
    """The inputs of a round do not descend from the same round of the same wallets."""
    WRONG_ROUND = "wrong_round"
    """Inputs of another round than the wallet is in."""
    STATE_DIVERGENCE = "state_divergence"
    """After the last round a wallet has another address than the others."""
    SERVER_UNREACHABLE = "server_unreachable"
    """The wallet server did not take the connection."""
    TIMEOUT = "timeout"
    """The wallet server did not answer in time."""
    LOST_ANSWER_RETRY = "lost_answer_retry"
    """A call succeeded on the server, its answer was lost, and the retry failed."""
    UNSAVED_CLOSE = "unsaved_close"
    """The wallet was closed without saving after an exchange, and no longer opens."""
    POOL_EXHAUSTED = "pool_exhausted"
    """No wallet server was free in time."""
    LOCK_CONTENTION = "lock_contention"
    """The set-up waited for a lock that another one held."""
    RACE = "race"
    """Set-ups shared ports without a lock, and the record shows no single swap."""
    STALLED = "stalled"
    """The set-up made no progress any more, without an error."""
    UNKNOWN = "unknown"
    """An error that no rule explains."""


class SnapshotPoint(StrEnum):
    """Values of `monero.snapshot.point`, which takes others too."""

    PRE_ROUND1 = "pre_round1"
    """Before round 1."""
    POST_MAKE_MULTISIG = "post_make_multisig"
    """After `make_multisig` in round 1."""
    PRE_ROUND2 = "pre_round2"
    """Before round 2."""
    POST_EXPORT_MULTISIG = "post_export_multisig"
    """After `exchange_multisig_keys` in round 2. The legacy name misleads, nothing is exported."""
    PRE_ROUND3 = "pre_round3"
    """Before round 3."""
    POST_IMPORT_MULTISIG = "post_import_multisig"
    """After `exchange_multisig_keys` in round 3. The legacy name misleads, nothing is imported."""
    FINAL = "final"
    """At the end of the set-up."""
