"""What is taken over from the core to write set-ups with."""

cimport cython

from otel_multisig_native._structs cimport lay_out_parts, lay_out_trace


@cython.final
cdef class Names:
    def __cinit__(self, attributes, events, upstream, types):
        self.residue = attributes.MONERO_LEGACY_RESIDUE
        self.outcome = attributes.MONERO_ESCROW_OUTCOME
        self.failure_sequence = attributes.MONERO_SETUP_FAILURE_SEQUENCE
        self.call_duration = attributes.MONERO_CALL_DURATION
        self.round = attributes.MONERO_MULTISIG_ROUND
        self.wallet_id = attributes.MONERO_WALLET_ID
        self.point = attributes.MONERO_SNAPSHOT_POINT
        self.duration = attributes.MONERO_SNAPSHOT_DURATION
        self.is_multisig = attributes.MONERO_WALLET_IS_MULTISIG
        self.total = attributes.MONERO_WALLET_BALANCE_TOTAL
        self.unlocked = attributes.MONERO_WALLET_BALANCE_UNLOCKED
        self.address_hash = attributes.MONERO_WALLET_ADDRESS_HASH
        self.address = attributes.MONERO_WALLET_ADDRESS_VALUE
        self.file_exists = attributes.MONERO_WALLET_FILE_EXISTS
        self.permissions = attributes.MONERO_WALLET_FILE_PERMISSIONS
        self.lock = attributes.MONERO_LOCK_NAME
        self.wait = attributes.MONERO_LOCK_WAIT_DURATION
        self.hold = attributes.MONERO_LOCK_HOLD_DURATION
        self.state_from = attributes.MONERO_STATE_FROM
        self.state_to = attributes.MONERO_STATE_TO
        self.escrow = attributes.MONERO_ESCROW_ID
        self.source = attributes.MONERO_FILE_SOURCE
        self.destination = attributes.MONERO_FILE_DESTINATION
        self.size = attributes.MONERO_FILE_SIZE
        self.file_duration = attributes.MONERO_FILE_DURATION
        self.method = upstream.RPC_METHOD
        self.original_method = upstream.RPC_METHOD_ORIGINAL
        self.code = upstream.RPC_RESPONSE_STATUS_CODE
        self.message = upstream.EXCEPTION_MESSAGE
        self.exception_type = upstream.EXCEPTION_TYPE
        self.error_class = upstream.ERROR_TYPE
        self.exception = upstream.EVENT_EXCEPTION
        self.other_method = upstream.METHOD_OTHER
        self.call_start = str(types.RPC_CALL_START)
        self.call_end = str(types.RPC_CALL_END)
        self.call_error = str(types.RPC_CALL_ERROR)
        self.custom = str(types.CUSTOM)
        self.state_change = str(types.STATE_CHANGE)
        self.file_operation = str(types.FILE_OPERATION)
        self.error_final = str(types.ERROR_FINAL)
        self.kinds = {
            events.WALLET_SNAPSHOT: SNAPSHOT,
            events.STATE_CHANGE: STATE_CHANGE,
            events.FILE_OPERATION: FILE_OPERATION,
            events.LOCK_ACQUIRED: LOCK_ACQUIRED,
            events.LOCK_RELEASED: LOCK_RELEASED,
        }


@cython.final
cdef class Core:
    def __cinit__(
        self, *, trace, spans, attributes, events, upstream, types, points, outcomes, failure,
        status_error, no_role, no_error, event_text, error_text, error_of, final_time,
    ):
        self.names = Names(attributes, events, upstream, types)
        self.points = {str(point): str(event_type) for point, event_type in points.items()}
        self.outcomes = {str(outcome): outcome is failure for outcome in outcomes}
        self.failure, self.status_error = failure, status_error
        self.no_role, self.no_error = no_role, no_error
        self.event_text, self.error_text = event_text, error_text
        self.error_of, self.final_time = error_of, final_time
        self.setup, self.call = spans.SpanKind.SETUP, spans.SpanKind.CALL
        self.continuation = spans.SpanKind.CONTINUATION
        lay_out_trace(&self.trace, trace)
        lay_out_parts(&self.span, &self.event, &self.moment, spans)
        self.classes = (trace, spans.Span, spans.Event, spans.Moment)
