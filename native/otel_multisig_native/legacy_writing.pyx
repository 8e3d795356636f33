"""A set-up straight to the bytes of its recording."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_CheckExact
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_CheckExact
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport int64_t, uint64_t

from otel_multisig_native._legacy_core cimport Core, Names
from otel_multisig_native._legacy_events cimport Events
from otel_multisig_native._legacy_order cimport Item
from otel_multisig_native._plain_values cimport (
    MILLISECOND,
    NO_PORT,
    as_milliseconds,
    find,
    is_text,
    read_duration,
    read_integer,
    read_number,
    read_port,
)
from otel_multisig_native._pretty_json cimport (
    put_bool,
    put_close,
    put_key,
    put_known,
    put_open,
    put_signed,
    put_text,
    put_unsigned,
)
from otel_multisig_native._structs cimport (
    EVENT_ATTRIBUTES,
    EVENT_NAME,
    EVENT_ROLE,
    MOMENT_TIME,
    SPAN_ATTRIBUTES,
    SPAN_ERROR_CODE,
    SPAN_ERROR_TYPE,
    SPAN_INTERRUPTED,
    SPAN_KIND,
    SPAN_METHOD,
    SPAN_NAME,
    SPAN_PORT,
    SPAN_ROLE,
    SPAN_ROUND,
    SPAN_START,
    SPAN_STATUS_CODE,
    TRACE_ESCROW_ID,
    TRACE_SETUP_ID,
    TRACE_SPANS,
    Layout,
    is_one,
    value_of,
)


@cython.final
cdef class RecordingWriter:
    """Writes set-ups as their recordings; see the stub."""

    cdef Core core

    def __cinit__(self, **core):
        self.core = Core(**core)

    def write(self, trace):
        """See the stub."""
        if not is_one(&self.core.trace, <PyObject*>trace):
            return None
        try:
            return _Recording(self.core, trace).write()
        except MemoryError:
            raise
        except Exception:
            # Whatever it is, the Python code meets it again, and says it in its own way.
            return None


@cython.final
cdef class _Recording(Events):
    """One set-up while it is written. Functions that give a truth give False for what is not usual."""

    cdef object trace
    cdef str escrow_id
    cdef Item* failure
    cdef bint failed, final_written
    cdef str failure_role, failure_wallet

    def __cinit__(self, Core core not None, trace):
        self.core = core
        self.names = core.names
        self.trace = trace

    cdef object write(self):
        cdef int64_t place
        cdef Item* item
        setup_id = value_of(&self.core.trace, <PyObject*>self.trace, TRACE_SETUP_ID)
        escrow_id = value_of(&self.core.trace, <PyObject*>self.trace, TRACE_ESCROW_ID)
        spans = value_of(&self.core.trace, <PyObject*>self.trace, TRACE_SPANS)
        if not (PyUnicode_CheckExact(setup_id) and PyUnicode_CheckExact(escrow_id) and PyTuple_CheckExact(spans)):
            return None
        self.setup_id, self.escrow_id, self.spans = setup_id, escrow_id, spans
        if not (self.arrange() and self.read_outcome()):
            return None
        self.begin()
        if self.number:
            for place in range(self.high - self.low + 1):
                item = self.order[place]
                if item != NULL and not self.write_item(item):
                    return None
        if self.failed and not self.final_written:
            if not (self.last_is_known and self.write_final(self.last)):
                return None
        if self.written == 0:
            return b"", 0
        put_close(&self.to, c"]")
        return PyBytes_FromStringAndSize(self.to.data + self.header, self.to.used - self.header), self.written

    # How it ended.

    cdef bint read_outcome(self) except -1:
        cdef int64_t sequence = 0
        if self.root == NULL:
            return True
        known = value_of(&self.core.span, self.root, SPAN_ATTRIBUTES)
        if not PyDict_CheckExact(known):
            return False
        named = find(<dict>known, self.names.outcome)
        failed = find(self.core.outcomes, <str>named) if PyUnicode_CheckExact(named) else None
        self.failed = self.trace.outcome is self.core.failure if failed is None else failed
        if not self.failed:
            return True
        named = find(<dict>known, self.names.failure_sequence)
        if named is None:
            return True
        return read_integer(named, &sequence) and self.find_failure(sequence)

    cdef bint find_failure(self, int64_t sequence) except -1:
        cdef Item* item
        if not self.low <= sequence <= self.high:
            return True
        item = self.order[sequence - self.low]
        if item == NULL or item.event == NULL:
            return True
        name = value_of(&self.core.event, item.event, EVENT_NAME)
        if not PyUnicode_CheckExact(name):
            return False
        if <str>name == self.names.exception:
            self.failure = item
            self.failure_role = self.role_of(item)
            return self.failure_role is not None
        return True

    cdef bint write_item(self, Item* item) except -1:
        if item.event != NULL:
            return self.write_event(item)
        if value_of(&self.core.span, item.span, SPAN_KIND) is self.core.call:
            return self.write_call(item)
        if self.failed and item.is_end and item.span == self.root:
            return self.write_final(as_milliseconds(item.time))
        return True

    # Calls.

    cdef bint write_call(self, Item* item) except -1:
        cdef const Layout* at = &self.core.span
        cdef int port = NO_PORT
        role, known = value_of(at, item.span, SPAN_ROLE), value_of(at, item.span, SPAN_ATTRIBUTES)
        if not (is_text(role) and PyDict_CheckExact(known) and read_port(value_of(at, item.span, SPAN_PORT), &port)):
            return False
        if self.failed and not self.remember_wallet(role, <dict>known):
            return False
        if find(<dict>known, self.names.residue) is not None:
            return False
        method = self.method_of(item.span, <dict>known)
        if method is None:
            return False
        role = role if role else self.core.no_role
        if item.is_end:
            return self.write_call_end(item, role, port, method, <dict>known)
        self.open_event(as_milliseconds(item.time), self.names.call_start, role, port)
        put_key(&self.to, b'"method": ')
        put_text(&self.to, method)
        put_key(&self.to, b'"timestamp": ')
        put_unsigned(&self.to, as_milliseconds(item.time))
        self.close_event()
        return True

    cdef bint write_call_end(self, Item* item, str role, int port, str method, dict known) except -1:
        cdef const Layout* at = &self.core.span
        cdef int64_t status = 0, code = 0
        cdef uint64_t duration = 0
        cdef bint failed
        interrupted = value_of(at, item.span, SPAN_INTERRUPTED)
        if interrupted is True:
            return True
        error_code, error_type = value_of(at, item.span, SPAN_ERROR_CODE), value_of(at, item.span, SPAN_ERROR_TYPE)
        if interrupted is not False or not read_integer(value_of(at, item.span, SPAN_STATUS_CODE), &status):
            return False
        if error_code is not None and not read_integer(error_code, &code):
            return False
        if not self.read_call_duration(item, known, &duration):
            return False
        failed = status == self.core.status_error or error_type is not None or error_code is not None
        error = self.core.error_of(<object>item.span) if failed else None
        if not is_text(error):
            return False
        event_type = self.names.call_error if failed else self.names.call_end
        self.open_event(as_milliseconds(item.time), event_type, role, port)
        if error_code is not None:
            put_key(&self.to, b'"code": ')
            put_signed(&self.to, code)
        put_key(&self.to, b'"duration_ms": ')
        put_unsigned(&self.to, duration)
        put_known(&self.to, b'"error": ', error)
        put_key(&self.to, b'"method": ')
        put_text(&self.to, method)
        put_key(&self.to, b'"success": ')
        put_bool(&self.to, not failed)
        self.close_event()
        return True

    cdef bint read_call_duration(self, Item* item, dict known, uint64_t* duration) except -1:
        cdef int64_t started = 0
        value = find(known, self.names.call_duration)
        if value is not None:
            return read_duration(value, duration)
        start = value_of(&self.core.span, item.span, SPAN_START)
        if not read_integer(value_of(&self.core.moment, <PyObject*>start, MOMENT_TIME), &started):
            return False
        if item.time > started:
            duration[0] = (<uint64_t>item.time - <uint64_t>started) // MILLISECOND
        return True

    cdef str method_of(self, PyObject* span, dict known):
        method = value_of(&self.core.span, span, SPAN_METHOD)
        if not is_text(method):
            return None
        if method and <str>method != self.names.other_method:
            return method
        original = find(known, self.names.original_method)
        name = value_of(&self.core.span, span, SPAN_NAME)
        if not (is_text(original) and PyUnicode_CheckExact(name)):
            return None
        return original if original else name

    cdef bint write_event(self, Item* item) except -1:
        cdef const Layout* at = &self.core.event
        name, known = value_of(at, item.event, EVENT_NAME), value_of(at, item.event, EVENT_ATTRIBUTES)
        if not (PyUnicode_CheckExact(name) and PyDict_CheckExact(known)):
            return False
        if self.failed:
            role = value_of(at, item.event, EVENT_ROLE)
            if not is_text(role):
                return False
            role = role if role else value_of(&self.core.span, item.span, SPAN_ROLE)
            if not (is_text(role) and self.remember_wallet(role, <dict>known)):
                return False
        if <str>name == self.names.exception:
            if item == self.failure or value_of(&self.core.span, item.span, SPAN_KIND) is self.core.call:
                return True
        kind = find(self.names.kinds, <str>name)
        if kind is not None and self.write_usual(<int>kind, item, <dict>known):
            return True
        return self.write_by_python(item)

    # The end of a set-up that failed.

    cdef bint remember_wallet(self, object role, dict known) except -1:
        wallet_id = find(known, self.names.wallet_id)
        if not is_text(wallet_id):
            return False
        if role and wallet_id and <str>role == self.failure_role:
            self.failure_wallet = wallet_id
        return True

    cdef bint write_final(self, uint64_t timestamp) except -1:
        self.final_written = True
        return self.write_own_final(timestamp) if self.failure == NULL else self.write_failure(timestamp)

    cdef bint write_own_final(self, uint64_t timestamp) except -1:
        cdef const Layout* at = &self.core.span
        cdef int64_t code = 0
        role, code_ = value_of(at, self.root, SPAN_ROLE), value_of(at, self.root, SPAN_ERROR_CODE)
        error = self.core.error_of(<object>self.root)
        if not (is_text(role) and is_text(error) and (code_ is None or read_integer(code_, &code))):
            return False
        self.open_final(timestamp, role if role else self.core.no_role)
        if code_ is not None:
            put_key(&self.to, b'"code": ')
            put_signed(&self.to, code)
        put_key(&self.to, b'"escrow_id": ')
        put_text(&self.to, self.escrow_id)
        return self.close_final(error)

    cdef int open_final(self, uint64_t timestamp, str role) except -1:
        self.open_event(timestamp, self.names.error_final, role, NO_PORT)
        put_key(&self.to, b'"context": ')
        return put_open(&self.to, c"{")

    cdef bint close_final(self, object error) except -1:
        put_close(&self.to, c"}")
        put_key(&self.to, b'"error": ')
        put_text(&self.to, error if error else self.core.no_error)
        self.close_event()
        return True

    cdef bint write_failure(self, uint64_t timestamp) except -1:
        cdef PyObject* span = self.failure.span
        cdef Names names = self.names
        cdef int64_t code = 0, round_ = 0
        known = value_of(&self.core.event, self.failure.event, EVENT_ATTRIBUTES)
        span_known = value_of(&self.core.span, span, SPAN_ATTRIBUTES)
        if not (PyDict_CheckExact(known) and PyDict_CheckExact(span_known)):
            return False
        if find(<dict>known, names.residue) is not None:
            return False
        code_, number = find(<dict>known, names.code), find(<dict>known, names.round)
        if not (code_ is None or read_number(code_, &code)) or not (number is None or read_number(number, &round_)):
            return False
        if code_ is None:
            code_ = value_of(&self.core.span, span, SPAN_ERROR_CODE)
            if not (code_ is None or read_integer(code_, &code)):
                return False
        if number is None:
            number = value_of(&self.core.span, span, SPAN_ROUND)
            if not (number is None or read_integer(number, &round_)):
                return False
        if value_of(&self.core.span, span, SPAN_KIND) is self.core.call:
            operation = self.method_of(span, <dict>span_known)
            if operation is None:
                return False
        else:
            operation = find(<dict>known, names.method)
        wallet_id = find(<dict>known, names.wallet_id)
        wallet_id = wallet_id if wallet_id else self.failure_wallet
        error = self.core.error_text(known) or self.core.error_of(<object>span)
        time = self.core.final_time(self.trace, self.failure.time) if self.failure.time % MILLISECOND else None
        if not (is_text(operation) and is_text(wallet_id) and is_text(error) and is_text(time)):
            return False
        self.open_final(timestamp, self.failure_role)
        if code_ is not None:
            put_key(&self.to, b'"code": ')
            put_signed(&self.to, code)
        put_key(&self.to, b'"escrow_id": ')
        put_text(&self.to, self.escrow_id)
        put_known(&self.to, b'"operation": ', operation)
        if number is not None:
            put_key(&self.to, b'"round": ')
            put_signed(&self.to, round_)
        put_known(&self.to, b'"timestamp": ', time)
        put_known(&self.to, b'"wallet_id": ', wallet_id)
        return self.close_final(error)
