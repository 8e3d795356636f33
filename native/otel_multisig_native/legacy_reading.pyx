"""Legacy recordings of one usual set-up, read at once: scanned, drawn as numbers, and only then made objects of."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeASCII, PyUnicode_DecodeUTF8
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from otel_multisig_native._legacy_draw cimport (
    EXCHANGE_METHOD,
    FIRST_METHOD,
    MAKE_METHOD,
    MOST_ROUNDS,
    NO_NUMBER,
    ODD_METHOD,
    PLAIN_METHOD,
    Draft,
    Drawing,
    draw,
    most_drafts,
    start_of,
)
from otel_multisig_native._legacy_scan cimport (
    CALL_END,
    CALL_ERROR,
    CALL_START,
    FAILURE,
    LONGEST_ERROR,
    NO_PORT,
    SNAPSHOT,
    EventType,
    Failure,
    Recorded,
    Recording,
    Text,
    same_text,
    scan,
    unescape,
)
from otel_multisig_native._sha256 cimport DIGEST_LENGTH, LONGEST_MESSAGE, digest_of
from otel_multisig_native._structs cimport Layout, lay_out_parts, lay_out_trace
from otel_multisig_native._texts cimport name_of

cdef enum:
    MOST_TYPES = 32
    TRACE_ID_LENGTH = 32
    SPAN_ID_LENGTH = 16


cdef class RecordingReader:
    """Reads recordings of one usual set-up; what it is made of is told in `legacy_reading.pyi`."""

    cdef object _span, _event, _moment, _trace
    cdef object _setup_kind, _round_kind, _call_kind
    cdef object _make_trace_id, _is_odd
    cdef object _resource, _scope, _unset, _error
    cdef str _no_role, _setup_name, _snapshot_name, _exception_name, _success, _failure, _jsonrpc, _unknown_error
    cdef str _point, _snapshot_duration, _wallet_id, _is_multisig, _total, _unlocked, _address_hash, _address
    cdef str _file_exists, _permissions, _round, _call_duration, _failure_sequence, _outcome
    cdef str _message, _status_code, _error_type, _system
    cdef tuple _points, _round_names
    cdef dict _methods
    cdef int _exchanges, _most_events
    # The types point into the bytes.
    cdef list _type_names
    cdef EventType _types[MOST_TYPES]
    cdef int _type_count

    def __cinit__(self, *, spans, trace_type, make_trace_id, attributes, upstream, names, snapshot_name, outcomes,
                  statuses, resource, scope, no_role, snapshots, others, methods, is_odd, exchanges, most_events):
        cdef Layout span, event, moment, trace
        # By position they are given their fields.
        lay_out_parts(&span, &event, &moment, spans)
        lay_out_trace(&trace, trace_type)
        self._span, self._event, self._moment, self._trace = spans.Span, spans.Event, spans.Moment, trace_type
        self._setup_kind, self._round_kind = spans.SpanKind.SETUP, spans.SpanKind.ROUND
        self._call_kind = spans.SpanKind.CALL
        self._make_trace_id, self._is_odd = make_trace_id, is_odd
        self._resource, self._scope = resource, scope
        self._unset, self._error = statuses
        self._success, self._failure = outcomes
        self._no_role, self._snapshot_name, self._setup_name = no_role, snapshot_name, names.SETUP
        self._round_names = tuple([f"{names.ROUND} {number}" for number in range(MOST_ROUNDS + 1)])
        self._exchanges, self._most_events = exchanges, most_events
        self._keep_attributes(attributes, upstream)
        self._keep_types(snapshots, others)
        first, make, exchange = methods
        self._methods = {**dict.fromkeys(first, FIRST_METHOD), make: MAKE_METHOD, exchange: EXCHANGE_METHOD}

    cdef _keep_attributes(self, attributes, upstream):
        self._point, self._snapshot_duration = attributes.MONERO_SNAPSHOT_POINT, attributes.MONERO_SNAPSHOT_DURATION
        self._wallet_id, self._is_multisig = attributes.MONERO_WALLET_ID, attributes.MONERO_WALLET_IS_MULTISIG
        self._total = attributes.MONERO_WALLET_BALANCE_TOTAL
        self._unlocked = attributes.MONERO_WALLET_BALANCE_UNLOCKED
        self._address_hash = attributes.MONERO_WALLET_ADDRESS_HASH
        self._address = attributes.MONERO_WALLET_ADDRESS_VALUE
        self._file_exists = attributes.MONERO_WALLET_FILE_EXISTS
        self._permissions = attributes.MONERO_WALLET_FILE_PERMISSIONS
        self._round, self._call_duration = attributes.MONERO_MULTISIG_ROUND, attributes.MONERO_CALL_DURATION
        self._failure_sequence = attributes.MONERO_SETUP_FAILURE_SEQUENCE
        self._outcome = attributes.MONERO_ESCROW_OUTCOME
        self._exception_name, self._message = upstream.EVENT_EXCEPTION, upstream.EXCEPTION_MESSAGE
        self._status_code, self._error_type = upstream.RPC_RESPONSE_STATUS_CODE, upstream.ERROR_TYPE
        self._unknown_error = upstream.ERROR_TYPE_OTHER
        self._system, self._jsonrpc = upstream.RPC_SYSTEM_NAME, upstream.RPC_SYSTEM_JSONRPC

    cdef _keep_types(self, snapshots, others):
        kinds = (CALL_START, CALL_END, CALL_ERROR, FAILURE)
        self._type_names = []
        for name, kind in zip(others, kinds, strict=True):
            self._keep_type(name, kind, 0, 0, False)
        self._points = tuple([point for _, point, _, _ in snapshots])
        for place, (name, _, round, is_final) in enumerate(snapshots):
            self._keep_type(name, SNAPSHOT, place, round or 0, is_final)

    cdef _keep_type(self, str name, int kind, int point, int round, bint is_final):
        cdef EventType* type = &self._types[self._type_count]
        cdef bytes encoded = name.encode()
        if self._type_count == MOST_TYPES or not 0 <= round <= MOST_ROUNDS:
            raise ValueError("more event types or rounds than there is room for")
        self._type_names.append(encoded)
        type.name, type.length = PyBytes_AS_STRING(encoded), PyBytes_GET_SIZE(encoded)
        type.kind, type.point, type.round, type.is_final = kind, point, round, is_final
        self._type_count += 1

    def read(self, data, bint partial):
        """The set-up of a recording; None for anything unusual."""
        cdef Recording recording
        cdef Drawing drawing
        if type(data) is not bytes:
            return None
        memset(&recording, 0, sizeof(recording))
        memset(&drawing, 0, sizeof(drawing))
        recording.data = PyBytes_AS_STRING(data)
        recording.length = PyBytes_GET_SIZE(data)
        recording.types = self._types
        recording.type_count = self._type_count
        drawing.recording = &recording
        try:
            return self._read(&recording, &drawing, partial) if scan(&recording) else None
        except UnicodeDecodeError:
            return None
        finally:
            free(recording.events)
            free(drawing.drafts)

    cdef object _read(self, Recording* recording, Drawing* drawing, bint partial):
        cdef list methods = [_text_of(&recording.methods[place]) for place in range(recording.method_count)]
        cdef int place
        cdef Text escrow_id = recording.setup_id
        cdef long long start = start_of(recording, &escrow_id.length)
        if recording.has_failure and not same_text(&recording.failure.escrow_id, &escrow_id):
            return None
        for place in range(recording.method_count):
            drawing.methods[place] = self._kind_of(methods[place])
        drawing.exchanges, drawing.most_events = self._exchanges, self._most_events
        drawing.drafts = <Draft*>malloc(<size_t>most_drafts(recording) * sizeof(Draft))
        if drawing.drafts == NULL:
            raise MemoryError
        if not draw(drawing, start, partial):
            return None
        return self._trace(
            _text_of(&escrow_id), _text_of(&recording.setup_id), self._spans(drawing, methods, self._roles(recording))
        )

    cdef int _kind_of(self, str method) except -1:
        kind = self._methods.get(method)
        if kind is None:
            return ODD_METHOD if self._is_odd(method) else PLAIN_METHOD
        return kind

    cdef list _roles(self, const Recording* recording):
        cdef list roles = []
        cdef int place
        for place in range(recording.role_count):
            role = _name_of(&recording.roles[place])
            roles.append(None if role == self._no_role else role)
        return roles

    # Objects.

    cdef tuple _spans(self, Drawing* drawing, list methods, list roles):
        cdef str trace_id = self._make_trace_id(_text_of(&drawing.recording.setup_id))
        cdef bytes digits = trace_id.encode("ascii")
        cdef list ids = []
        cdef list spans = []
        cdef Py_ssize_t place
        cdef Draft* draft
        if PyBytes_GET_SIZE(digits) != TRACE_ID_LENGTH:
            raise ValueError("no trace id")
        for place in range(drawing.count):
            draft = &drawing.drafts[place]
            ids.append(_span_id(PyBytes_AS_STRING(digits), draft.number))
            if draft.is_call:
                spans.append(self._call(drawing, place, trace_id, ids, methods[draft.method], roles))
            else:
                spans.append(self._draw_scope(drawing, place, trace_id, ids, roles))
        return tuple(spans)

    cdef object _draw_scope(self, Drawing* drawing, Py_ssize_t place, str trace_id, list ids, list roles):
        cdef Draft* draft = &drawing.drafts[place]
        return self._span(
            self._setup_kind if place == 0 else self._round_kind,
            trace_id,
            ids[place],
            self._setup_name if place == 0 else <str>self._round_names[draft.round],
            self._moment(draft.number, draft.time),
            "" if place == 0 else <str>ids[draft.parent],
            self._end(draft),
            False,
            None if place == 0 else draft.round,
            None,
            None,
            None,
            None,
            self._unknown_error if draft.is_failed else None,
            None,
            self._error if draft.is_failed else self._unset,
            "",
            self._outcome_of(drawing) if place == 0 else {},
            self._events(drawing, draft, roles),
            (),
            self._resource,
            self._scope,
        )

    cdef object _call(self, Drawing* drawing, Py_ssize_t place, str trace_id, list ids, str method, list roles):
        cdef Draft* draft = &drawing.drafts[place]
        cdef dict known = {self._system: self._jsonrpc}
        error_type = code = None
        if draft.is_failed:
            code = draft.code if draft.has_code else None
            error_type = str(draft.code) if draft.has_code else self._unknown_error
        if draft.has_duration:
            known[self._call_duration] = <double>draft.duration / 1000.0
        return self._span(
            self._call_kind,
            trace_id,
            ids[place],
            method,
            self._moment(draft.number, draft.time),
            ids[draft.parent],
            self._end(draft),
            False,
            None if draft.round == 0 else draft.round,
            roles[draft.role],
            method,
            None if draft.port == NO_PORT else draft.port,
            None,
            error_type,
            code,
            self._error if draft.is_failed else self._unset,
            "",
            known,
            self._events_of_call(drawing, place),
            (),
            self._resource,
            self._scope,
        )

    cdef inline object _end(self, const Draft* draft):
        if not draft.is_ended:
            return None
        return self._moment(None if draft.end_number == NO_NUMBER else draft.end_number, draft.end_time)

    cdef dict _outcome_of(self, const Drawing* drawing):
        if drawing.failed_call:
            return {self._failure_sequence: drawing.failure_number, self._outcome: self._failure}
        return {self._outcome: self._success} if drawing.is_complete else {}

    cdef tuple _events(self, const Drawing* drawing, const Draft* draft, list roles):
        cdef Py_ssize_t place = draft.first_event
        cdef const Recorded* event
        cdef list found = []
        while place >= 0:
            event = &drawing.recording.events[place]
            found.append(self._snapshot(event, roles[event.role]))
            place = event.next
        return tuple(found)

    cdef object _snapshot(self, const Recorded* event, role):
        cdef dict known = {
            self._point: <str>self._points[event.type.point],
            self._snapshot_duration: <double>event.duration / 1000.0,
            self._is_multisig: event.is_multisig,
            self._total: event.total,
            self._unlocked: event.unlocked,
            self._address_hash: _text_of(&event.address_hash),
        }
        if event.wallet_id.length > 0:
            known[self._wallet_id] = _text_of(&event.wallet_id)
        if event.address.length > 0:
            known[self._address] = _text_of(&event.address)
        if event.file_exists:
            known[self._file_exists] = True
        if event.has_permissions:
            known[self._permissions] = _name_of(&event.permissions)
        return self._event(
            self._snapshot_name,
            event.number,
            event.timestamp * 1000000,
            role,
            None if event.port == NO_PORT else event.port,
            known,
        )

    cdef tuple _events_of_call(self, const Drawing* drawing, Py_ssize_t place):
        cdef const Draft* draft = &drawing.drafts[place]
        cdef const Recorded* event
        cdef list found
        if draft.first_event < 0 and drawing.failed_call != place:
            return ()
        found = []
        if draft.first_event >= 0:
            event = &drawing.recording.events[draft.first_event]
            known = self._error_of(&event.error, event.has_code, event.code)
            found.append(
                self._event(self._exception_name, event.number, event.timestamp * 1000000, None, None, known)
            )
        if drawing.failed_call == place:
            found.append(self._failed(drawing, draft))
        return tuple(found)

    cdef object _failed(self, const Drawing* drawing, const Draft* call):
        cdef const Recording* recording = drawing.recording
        cdef const Failure* failure = &recording.failure
        cdef dict known = self._error_of(&failure.error, failure.has_code, failure.code)
        role = _name_of(&recording.roles[call.role])
        known[self._wallet_id] = _text_of(&failure.wallet_id)
        if call.round == 0 or failure.round != call.round:
            known[self._round] = failure.round
        return self._event(
            self._exception_name,
            drawing.failure_number,
            drawing.failure_time,
            None if role == self._no_role else role,
            None,
            known,
        )

    cdef dict _error_of(self, const Text* message, bint has_code, long long code):
        cdef dict known = {self._message: _text_of(message)}
        if has_code:
            known[self._status_code] = known[self._error_type] = str(code)
        return known


cdef str _text_of(const Text* text):
    cdef char plain[LONGEST_ERROR]
    if not text.is_escaped:
        return PyUnicode_DecodeUTF8(text.start, text.length, NULL)
    # The scan takes no longer ones.
    if text.length > LONGEST_ERROR:
        raise ValueError("too long")
    return PyUnicode_DecodeUTF8(plain, unescape(text, plain), NULL)


cdef inline str _name_of(const Text* text):
    return name_of(text.start, text.length)


# The id of an imported span: the first eight bytes of a digest of its trace and its number, never all zero.
cdef str _span_id(const char* trace_id, long long number):
    cdef unsigned char message[LONGEST_MESSAGE]
    cdef unsigned char digest[DIGEST_LENGTH]
    cdef char hexed[SPAN_ID_LENGTH]
    cdef const unsigned char* found = digest
    cdef int length = TRACE_ID_LENGTH
    cdef int place
    memcpy(message, trace_id, TRACE_ID_LENGTH)
    message[length] = c':'
    length += 1 + _write_number(number, message + length + 1)
    digest_of(message, <size_t>length, digest)
    for place in range(8):
        if digest[place]:
            break
    else:
        found += 8
    for place in range(8):
        hexed[2 * place] = _hex_digit(found[place] >> 4)
        hexed[2 * place + 1] = _hex_digit(found[place] & 15)
    return PyUnicode_DecodeASCII(hexed, SPAN_ID_LENGTH, NULL)


cdef inline char _hex_digit(int value) noexcept nogil:
    return <char>(c'0' + value if value < 10 else c'a' + value - 10)


# The decimal digits of a positive number, at most 19; gives how many.
cdef int _write_number(long long number, unsigned char* result) noexcept nogil:
    cdef int length = 0
    cdef int place
    cdef long long rest = number
    while rest > 0:
        rest //= 10
        length += 1
    for place in range(length - 1, -1, -1):
        result[place] = <unsigned char>(c'0' + number % 10)
        number //= 10
    return length
