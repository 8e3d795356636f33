"""Span records to typed spans."""

from cpython.dict cimport PyDict_CheckExact, PyDict_Copy, PyDict_DelItem, PyDict_GetItemWithError
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM
from cpython.unicode cimport PyUnicode_Compare, PyUnicode_Tailmatch
from libc.stdint cimport int64_t
from otel_multisig_native._plain_values cimport is_number, number_of
from otel_multisig_native._sequences cimport arrange
from otel_multisig_native._structs cimport *

# By the address of an interned text a dict finds it at once, where it has it as a key itself.
from sys import intern

cdef extern from "Python.h":
    PyObject* Py_True
    PyObject* Py_False
    Py_ssize_t PY_SSIZE_T_MAX
    bint PyLong_CheckExact(PyObject* value)
    bint PyTuple_CheckExact(PyObject* value)
    bint PyUnicode_CheckExact(PyObject* value)
    bint PyUnicode_IS_COMPACT_ASCII(PyObject* text)
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject* text)
    const unsigned char* PyUnicode_1BYTE_DATA(PyObject* text)
    long long PyLong_AsLongLongAndOverflow(PyObject* value, int* overflow)
    object PyLong_FromUnicodeObject(PyObject* text, int base)

# The fields of the records, in their order.
cdef enum:
    RECORD_TRACE_ID, RECORD_SPAN_ID, RECORD_NAME, RECORD_START, RECORD_PARENT, RECORD_KIND, RECORD_END
    RECORD_ATTRIBUTES, RECORD_EVENTS, RECORD_LINKS, RECORD_STATUS_CODE, RECORD_STATUS_MESSAGE, RECORD_TRACE_STATE
    RECORD_FLAGS, RECORD_RESOURCE, RECORD_SCOPE, RECORD_LOST_ATTRIBUTES, RECORD_LOST_EVENTS, RECORD_LOST_LINKS
    RECORD_FIELDS

cdef enum:
    HAPPENED_NAME, HAPPENED_TIME, HAPPENED_ATTRIBUTES, HAPPENED_LOST_ATTRIBUTES, HAPPENED_FIELDS

# The attributes that are lifted out, those that events have too first.
cdef enum:
    SEQUENCE, TIME, ROLE, PORT, EVENT_KEYS

cdef enum:
    END_SEQUENCE = 4
    SETUP_ID, ESCROW_ID, END_TIME, INTERRUPTED, CONTINUATION, ROUND, METHOD, ADDRESS, ERROR_TYPE, ERROR_CODE, SPAN_KEYS

cdef enum:
    # No longer text is a number of 64 bits.
    LONGEST_NUMBER = 20
    FROM_START = -1
    FROM_END = 1


cdef class SpanReader:
    """Reads span records; see the stub."""

    cdef Layout _record, _happened, _span, _event, _moment
    cdef tuple _classes, _span_keys, _event_keys
    cdef str _escrow_id, _setup_name, _round_name, _round_prefix, _continued_suffix
    cdef object _setup, _round, _call, _continuation, _other
    cdef int64_t _internal_kind, _client_kind

    def __cinit__(self, *, spans, records, attributes, upstream, names):
        lay_out_records(&self._record, &self._happened, records)
        lay_out_parts(&self._span, &self._event, &self._moment, spans)
        self._classes = (records.SpanRecord, records.EventRecord, spans.Span, spans.Event, spans.Moment)
        self._event_keys = (
            attributes.MONERO_SETUP_SEQUENCE, attributes.MONERO_SETUP_TIME, attributes.MONERO_WALLET_ROLE,
            upstream.SERVER_PORT,
        )
        self._span_keys = (
            *self._event_keys,
            attributes.MONERO_SETUP_END_SEQUENCE, attributes.MONERO_SETUP_ID, attributes.MONERO_ESCROW_ID,
            attributes.MONERO_SETUP_END_TIME, attributes.MONERO_SETUP_INTERRUPTED, attributes.MONERO_SPAN_CONTINUATION,
            attributes.MONERO_MULTISIG_ROUND, upstream.RPC_METHOD, upstream.SERVER_ADDRESS, upstream.ERROR_TYPE,
            upstream.RPC_RESPONSE_STATUS_CODE,
        )
        self._event_keys = tuple(map(intern, self._event_keys))
        self._span_keys = tuple(map(intern, self._span_keys))
        self._escrow_id = intern(attributes.MONERO_ESCROW_ID)
        self._setup_name, self._round_name, self._continued_suffix = names.SETUP, names.ROUND, names.CONTINUED_SUFFIX
        self._round_prefix = names.ROUND + " "
        kinds = spans.SpanKind
        self._setup, self._round, self._call = kinds.SETUP, kinds.ROUND, kinds.CALL
        self._continuation, self._other = kinds.CONTINUATION, kinds.OTHER
        self._internal_kind, self._client_kind = spans.wire_kind_of(kinds.OTHER), spans.wire_kind_of(kinds.CALL)

    def read(self, record, escrow_id):
        """See the stub."""
        return self._read(<PyObject*>record, <PyObject*>escrow_id, NULL)

    def read_setup(self, records):
        """See the stub."""
        cdef tuple given
        cdef list made = []
        cdef set ids = set()
        cdef PyObject* trace_id
        cdef PyObject* escrow_id
        cdef PyObject* span_id
        cdef int64_t* sequences
        if type(records) is not list or not records:
            return None
        given = tuple(<list>records)  # which nobody else has
        if not is_one(&self._record, <PyObject*>given[0]):
            return None
        trace_id = field_of(&self._record, <PyObject*>given[0], RECORD_TRACE_ID)
        escrow_id = self._escrow_of(<PyObject*>given[0])
        if trace_id == NULL or escrow_id == NULL:
            return None
        named = <object>escrow_id
        sequences = <int64_t*>PyMem_Malloc(len(given) * sizeof(int64_t))
        if sequences == NULL:
            raise MemoryError
        try:
            for record in given:
                span = self._read(<PyObject*>record, escrow_id, &sequences[len(made)])
                if span is None or not _same(field_of(&self._record, <PyObject*>record, RECORD_TRACE_ID), trace_id):
                    return None
                span_id = field_of(&self._record, <PyObject*>record, RECORD_SPAN_ID)
                ids.add(<object>span_id)
                made.append(span)
            in_order = arrange(made, sequences) if len(ids) == len(made) else None
            return None if in_order is None else (named, in_order)
        finally:
            PyMem_Free(sequences)

    cdef PyObject* _escrow_of(self, PyObject* record) except? NULL:
        """The id of the escrow that a record names, borrowed; NULL where it names none, or no text."""
        cdef PyObject* attributes = field_of(&self._record, record, RECORD_ATTRIBUTES)
        cdef PyObject* named
        if attributes == NULL or not PyDict_CheckExact(<object>attributes):
            return NULL
        named = PyDict_GetItemWithError(<object>attributes, self._escrow_id)
        return named if named != NULL and PyUnicode_CheckExact(named) else NULL

    cdef object _read(self, PyObject* record, PyObject* escrow_id, int64_t* sequence):
        """The span that a record holds; None where it is unusual, or has no sequence where that is asked for."""
        cdef PyObject* given[RECORD_FIELDS]
        cdef PyObject* found[SPAN_KEYS]
        cdef PyObject* fields[SPAN_FIELDS]
        cdef PyObject* end_time
        cdef PyObject* kind
        cdef bint is_call, ends
        cdef dict rest
        if not load(&self._record, record, given) or not _is_plain(given):
            return None
        events = self._read_events(given[RECORD_EVENTS])
        if events is None:
            return None
        rest = PyDict_Copy(<dict>given[RECORD_ATTRIBUTES])
        _find(self._span_keys, rest, found)
        if not _are_usual(found, escrow_id):
            return None
        if sequence != NULL:
            if found[SEQUENCE] == NULL:
                return None
            sequence[0] = number_of(found[SEQUENCE])
        kind = self._classify(given[RECORD_NAME], found)
        is_call = kind == <PyObject*>self._call
        code = None if found[ERROR_CODE] == NULL else _number_of_text(found[ERROR_CODE])
        if code is False:
            return None
        start = self._make_moment(found[SEQUENCE], _or(found[TIME], given[RECORD_START]))
        end_time = _or(found[END_TIME], given[RECORD_END])
        ends = found[END_SEQUENCE] != NULL or not _is_zero(end_time)
        if not ends and found[END_TIME] != NULL:
            return None
        end = self._make_moment(found[END_SEQUENCE], end_time) if ends else None
        fields[SPAN_KIND] = kind
        fields[SPAN_TRACE_ID] = given[RECORD_TRACE_ID]
        fields[SPAN_SPAN_ID] = given[RECORD_SPAN_ID]
        fields[SPAN_NAME] = given[RECORD_NAME]
        fields[SPAN_START] = <PyObject*>start
        fields[SPAN_PARENT] = given[RECORD_PARENT]
        fields[SPAN_END] = <PyObject*>end
        fields[SPAN_INTERRUPTED] = Py_False if found[INTERRUPTED] == NULL else Py_True
        fields[SPAN_ROUND] = _or_none(found[ROUND])
        fields[SPAN_ROLE] = _or_none(found[ROLE])
        fields[SPAN_METHOD] = _or_none(found[METHOD])
        fields[SPAN_PORT] = _or_none(found[PORT])
        fields[SPAN_ADDRESS] = _or_none(found[ADDRESS])
        fields[SPAN_ERROR_TYPE] = _or_none(found[ERROR_TYPE])
        fields[SPAN_ERROR_CODE] = <PyObject*>code
        fields[SPAN_STATUS_CODE] = given[RECORD_STATUS_CODE]
        fields[SPAN_STATUS_MESSAGE] = given[RECORD_STATUS_MESSAGE]
        fields[SPAN_ATTRIBUTES] = <PyObject*>rest
        fields[SPAN_EVENTS] = <PyObject*>events
        fields[SPAN_LINKS] = given[RECORD_LINKS]
        fields[SPAN_RESOURCE] = given[RECORD_RESOURCE]
        fields[SPAN_SCOPE] = given[RECORD_SCOPE]
        fields[SPAN_WIRE_KIND] = given[RECORD_KIND]
        if number_of(given[RECORD_KIND]) == (self._client_kind if is_call else self._internal_kind):
            fields[SPAN_WIRE_KIND] = <PyObject*>None
        fields[SPAN_TRACE_STATE] = given[RECORD_TRACE_STATE]
        fields[SPAN_FLAGS] = given[RECORD_FLAGS]
        fields[SPAN_LOST_ATTRIBUTES] = given[RECORD_LOST_ATTRIBUTES]
        fields[SPAN_LOST_EVENTS] = given[RECORD_LOST_EVENTS]
        fields[SPAN_LOST_LINKS] = given[RECORD_LOST_LINKS]
        made = make(&self._span, fields)
        # Until it was made the rest alone held what was found.
        _drop(self._span_keys, rest, found)
        return made

    cdef inline object _make_moment(self, PyObject* sequence, PyObject* time):
        cdef PyObject* fields[MOMENT_FIELDS]
        fields[MOMENT_SEQUENCE] = _or_none(sequence)
        fields[MOMENT_TIME] = time
        return make(&self._moment, fields)

    cdef inline PyObject* _classify(self, PyObject* name, PyObject** found) except NULL:
        """The kind of a span whose mark of a continuation is missing or true, borrowed."""
        cdef object text = <object>name
        if found[CONTINUATION] != NULL or PyUnicode_Tailmatch(
            text, self._continued_suffix, 0, PY_SSIZE_T_MAX, FROM_END
        ):
            return <PyObject*>self._continuation
        if _same(name, <PyObject*>self._setup_name):
            return <PyObject*>self._setup
        if _same(name, <PyObject*>self._round_name) or PyUnicode_Tailmatch(
            text, self._round_prefix, 0, PY_SSIZE_T_MAX, FROM_START
        ):
            return <PyObject*>self._round
        return <PyObject*>self._other if found[METHOD] == NULL else <PyObject*>self._call

    cdef tuple _read_events(self, PyObject* records):
        cdef Py_ssize_t number = len(<tuple>records)
        cdef int64_t* sequences
        cdef list made
        if number == 0:
            return ()
        made = []
        sequences = <int64_t*>PyMem_Malloc(number * sizeof(int64_t))
        if sequences == NULL:
            raise MemoryError
        try:
            for record in <tuple>records:
                event = self._read_event(<PyObject*>record, &sequences[len(made)])
                if event is None:
                    return None
                made.append(event)
            return arrange(made, sequences)
        finally:
            PyMem_Free(sequences)

    cdef object _read_event(self, PyObject* record, int64_t* sequence):
        """The event that a record holds; None where it is unusual."""
        cdef PyObject* given[HAPPENED_FIELDS]
        cdef PyObject* found[EVENT_KEYS]
        cdef PyObject* fields[EVENT_FIELDS]
        cdef dict rest
        if not load(&self._happened, record, given) or not PyDict_CheckExact(<object>given[HAPPENED_ATTRIBUTES]):
            return None
        rest = PyDict_Copy(<dict>given[HAPPENED_ATTRIBUTES])
        _find(self._event_keys, rest, found)
        if found[SEQUENCE] == NULL or not _are_usual_of_both(found):
            return None
        sequence[0] = number_of(found[SEQUENCE])
        fields[EVENT_NAME] = given[HAPPENED_NAME]
        fields[EVENT_SEQUENCE] = found[SEQUENCE]
        fields[EVENT_TIME] = _or(found[TIME], given[HAPPENED_TIME])
        fields[EVENT_ROLE] = _or_none(found[ROLE])
        fields[EVENT_PORT] = _or_none(found[PORT])
        fields[EVENT_ATTRIBUTES] = <PyObject*>rest
        fields[EVENT_LOST_ATTRIBUTES] = given[HAPPENED_LOST_ATTRIBUTES]
        made = make(&self._event, fields)
        _drop(self._event_keys, rest, found)
        return made


# What attributes have under the keys, borrowed; NULL where they have nothing.
cdef inline int _find(tuple keys, dict attributes, PyObject** found) except -1:
    cdef Py_ssize_t place
    for place in range(len(keys)):
        found[place] = PyDict_GetItemWithError(attributes, <object>PyTuple_GET_ITEM(keys, place))
    return 0


# Take away what was found.
cdef inline int _drop(tuple keys, dict attributes, PyObject** found) except -1:
    cdef Py_ssize_t place
    for place in range(len(keys)):
        if found[place] != NULL:
            PyDict_DelItem(attributes, <object>PyTuple_GET_ITEM(keys, place))
    return 0


cdef inline bint _is_plain(PyObject** given) noexcept:
    """Whether the fields of a record that are looked at are of their own types."""
    return (
        PyUnicode_CheckExact(given[RECORD_TRACE_ID])
        and PyUnicode_CheckExact(given[RECORD_SPAN_ID])
        and PyUnicode_CheckExact(given[RECORD_NAME])
        and is_number(given[RECORD_KIND])
        and PyLong_CheckExact(given[RECORD_END])
        and PyTuple_CheckExact(given[RECORD_EVENTS])
        and PyDict_CheckExact(<object>given[RECORD_ATTRIBUTES])
    )


cdef inline bint _are_usual(PyObject** found, PyObject* escrow_id) except -1:
    """Whether the attributes of a span that are lifted out are of their own types, and the escrow is this one."""
    return (
        _are_usual_of_both(found)
        and (found[END_SEQUENCE] == NULL or is_number(found[END_SEQUENCE]))
        and (found[END_TIME] == NULL or (is_number(found[END_TIME]) and number_of(found[END_TIME]) >= 0))
        and (found[INTERRUPTED] == NULL or found[INTERRUPTED] == Py_True)
        and (found[CONTINUATION] == NULL or found[CONTINUATION] == Py_True)
        and (found[ROUND] == NULL or is_number(found[ROUND]))
        and (found[METHOD] == NULL or PyUnicode_CheckExact(found[METHOD]))
        and (found[ADDRESS] == NULL or PyUnicode_CheckExact(found[ADDRESS]))
        and (found[ERROR_TYPE] == NULL or PyUnicode_CheckExact(found[ERROR_TYPE]))
        and (
            found[ESCROW_ID] == NULL
            or (
                PyUnicode_CheckExact(found[ESCROW_ID])
                and PyUnicode_CheckExact(escrow_id)
                and _same(found[ESCROW_ID], escrow_id)
            )
        )
    )


cdef inline bint _are_usual_of_both(PyObject** found) noexcept:
    return (
        (found[SEQUENCE] == NULL or is_number(found[SEQUENCE]))
        and (found[TIME] == NULL or (is_number(found[TIME]) and number_of(found[TIME]) >= 0))
        and (found[ROLE] == NULL or PyUnicode_CheckExact(found[ROLE]))
        and (found[PORT] == NULL or is_number(found[PORT]))
    )


cdef inline bint _is_zero(PyObject* value) noexcept:
    cdef int overflow = 0
    return PyLong_AsLongLongAndOverflow(value, &overflow) == 0 and overflow == 0


cdef object _number_of_text(PyObject* value):
    """An integer of 64 bits that it is, or is the canonical text of; False where it is neither."""
    cdef const unsigned char* digits
    cdef Py_ssize_t length, place
    if is_number(value):
        return <object>value
    if not PyUnicode_CheckExact(value) or not PyUnicode_IS_COMPACT_ASCII(value):
        return False
    length = PyUnicode_GET_LENGTH(value)
    if length > LONGEST_NUMBER:
        return False
    digits = PyUnicode_1BYTE_DATA(value)
    if length > 0 and digits[0] == b"-":
        digits += 1
        length -= 1
        if length > 0 and digits[0] == b"0":
            return False
    if length == 0 or (digits[0] == b"0" and length > 1):
        return False
    for place in range(length):
        if not b"0" <= digits[place] <= b"9":
            return False
    number = PyLong_FromUnicodeObject(value, 10)
    return number if is_number(<PyObject*>number) else False


cdef inline bint _same(PyObject* one, PyObject* other) except -1:
    """Whether two texts are the same."""
    return one == other or PyUnicode_Compare(<object>one, <object>other) == 0


cdef inline PyObject* _or(PyObject* value, PyObject* instead) noexcept:
    return instead if value == NULL else value


cdef inline PyObject* _or_none(PyObject* value) noexcept:
    return <PyObject*>None if value == NULL else value
