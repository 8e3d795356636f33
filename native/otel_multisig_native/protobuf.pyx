# Spans of OTLP's protobuf form: a document in one call, each span that is as usual without any Python code.

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport INT32_MAX, UINT32_MAX, int32_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from otel_multisig_native._protobuf_values cimport (
    Memory,
    ascii_or_text,
    bytes_of,
    memory_of_none,
    put_attribute,
    refuse_second,
    text_value,
)
from otel_multisig_native._structs cimport Layout, lay_out, lay_out_records
from otel_multisig_native._wire cimport Field, Part, fixed32_at, fixed64_at, nothing, take_field, take_varint

cdef extern from "Python.h":
    void* PyUnicode_1BYTE_DATA(object text)
    str PyUnicode_New(Py_ssize_t size, Py_UCS4 highest)

cdef extern from *:
    """
    /* It spares a dict its growth. The function is not public: only versions that are known to have it use it. */
    #if !defined(PYPY_VERSION) && PY_VERSION_HEX < 0x030E0000
      #define dict_for(count) _PyDict_NewPresized(count)
    #else
      #define dict_for(count) PyDict_New()
    #endif
    """
    dict dict_for(Py_ssize_t count)

cdef enum:
    TRACE_ID_BYTES = 16
    SPAN_ID_BYTES = 8
    MAX_EXPECTED = 20
    MAX_SHARED_BYTES = 4096

cdef enum:
    # Tags of TracesData (and of what Tempo wraps it in), ResourceSpans and ScopeSpans.
    RESOURCE_SPANS = 0x0A
    RESOURCE = 0x0A
    SCOPE_SPANS = 0x12
    SCOPE = 0x0A
    SPANS = 0x12
    SCHEMA_URL = 0x1A
    # Span.
    TRACE_ID = 0x0A
    SPAN_ID = 0x12
    TRACE_STATE = 0x1A
    PARENT = 0x22
    NAME = 0x2A
    KIND = 0x30
    START_TIME = 0x39
    END_TIME = 0x41
    ATTRIBUTE = 0x4A
    DROPPED_ATTRIBUTES = 0x50
    EVENT = 0x5A
    DROPPED_EVENTS = 0x60
    LINK = 0x6A
    DROPPED_LINKS = 0x70
    STATUS = 0x7A
    FLAGS = 0x85
    # Event.
    EVENT_TIME = 0x09
    EVENT_NAME = 0x12
    EVENT_ATTRIBUTE = 0x1A
    EVENT_DROPPED = 0x20
    # Link.
    LINK_TRACE_ID = 0x0A
    LINK_SPAN_ID = 0x12
    LINK_TRACE_STATE = 0x1A
    LINK_ATTRIBUTE = 0x22
    LINK_DROPPED = 0x28
    LINK_FLAGS = 0x35
    # Status.
    STATUS_MESSAGE = 0x12
    STATUS_CODE = 0x18

# The names that were last seen.
cdef Memory _span_names
cdef Memory _event_names


# The id that was last seen, and its text.
cdef struct IdMemory:
    unsigned char data[TRACE_ID_BYTES]
    PyObject* text


cdef IdMemory _trace_ids
cdef IdMemory _parents


# The record of the last resource or scope: documents one after the other mostly have the same. Records are not changed.
cdef class _Shared:
    cdef object read, record
    cdef bytes data, schema_url

    def __cinit__(self, read):
        self.read = read

    cdef object record_of(self, bytes data, bytes schema_url):
        if len(data) + len(schema_url) > MAX_SHARED_BYTES:
            return self.read(data, schema_url)
        if data == self.data and schema_url == self.schema_url:
            return self.record
        record = self.read(data, schema_url)
        self.record = record
        self.data = data
        self.schema_url = schema_url
        return record


cdef class SpanDecoder:
    cdef object _span, _event, _link, _read_span
    cdef _Shared _resources, _scopes
    # As many attributes as the last one had are expected of the next.
    cdef Py_ssize_t _span_size, _event_size

    # Not __init__: there is none without its parts.
    def __cinit__(self, records, read_resource, read_scope, read_span):
        cdef Layout span, event, link
        # By position they are given their fields: by name it takes three times as long.
        lay_out_records(&span, &event, records)
        lay_out(&link, records.LinkRecord, (
            "trace_id", "span_id", "attributes", "trace_state", "flags", "dropped_attributes_count",
        ))
        self._span, self._event, self._link = records.SpanRecord, records.EventRecord, records.LinkRecord
        self._resources = _Shared(read_resource)
        self._scopes = _Shared(read_scope)
        self._read_span = read_span

    def decode(self, document):
        cdef Part whole
        cdef list records = []
        if type(document) is not bytes:
            return None
        whole.at = <const unsigned char*>PyBytes_AS_STRING(document)
        whole.end = whole.at + PyBytes_GET_SIZE(document)
        try:
            self._add_document(<bytes>document, whole, records)
        except (ValueError, IndexError):
            return None
        return records

    cdef int _add_document(self, bytes document, Part whole, list records) except -1:
        cdef Part rest = whole
        cdef Part only = whole
        cdef Field field
        cdef int count = 0
        while rest.at < rest.end and count < 2:
            take_field(&rest, &field)
            if field.tag == RESOURCE_SPANS:
                only = field.content
                count += 1
        if count == 1 and is_wrapped(only):
            whole = only
        while whole.at < whole.end:
            take_field(&whole, &field)
            if field.tag == RESOURCE_SPANS:
                self._add_resource_spans(document, field.content, records)
        return 0

    cdef int _add_resource_spans(self, bytes document, Part part, list records) except -1:
        resource = shared_of(self._resources, part)
        cdef Field field
        while part.at < part.end:
            take_field(&part, &field)
            if field.tag == SCOPE_SPANS:
                self._add_scope_spans(document, field.content, resource, records)
        return 0

    cdef int _add_scope_spans(self, bytes document, Part part, object resource, list records) except -1:
        scope = shared_of(self._scopes, part)
        cdef Field field
        while part.at < part.end:
            take_field(&part, &field)
            if field.tag == SPANS:
                records.append(self._span_of(document, field.content, resource, scope))
        return 0

    cdef object _span_of(self, bytes document, Part part, object resource, object scope):
        cdef const unsigned char* first
        try:
            return self._usual_span(part, resource, scope)
        except ValueError:
            first = <const unsigned char*>PyBytes_AS_STRING(document)
            return self._read_span(document, part.at - first, part.end - first, resource, scope)

    cdef object _usual_span(self, Part part, object resource, object scope):
        cdef Field field
        cdef Part trace_id = nothing()
        cdef Part span_id = nothing()
        cdef Part parent = nothing()
        cdef Part name = nothing()
        cdef Part trace_state = nothing()
        cdef Part status = nothing()
        cdef Part message = nothing()
        cdef uint64_t kind = 0, start_time = 0, end_time = 0, code = 0
        cdef uint32_t flags = 0, dropped = 0, dropped_events = 0, dropped_links = 0
        cdef dict attributes = dict_for(self._span_size)
        cdef Memory* memory = memory_of_none()
        cdef list events = None
        cdef list links = None
        while part.at < part.end:
            take_field(&part, &field)
            if field.tag == ATTRIBUTE:
                memory = put_attribute(attributes, field.content, memory, 0)
            elif field.tag == EVENT:
                if events is None:
                    events = []
                events.append(self._event_of(field.content))
            elif field.tag == TRACE_ID:
                trace_id = field.content
            elif field.tag == SPAN_ID:
                span_id = field.content
            elif field.tag == PARENT:
                parent = field.content
            elif field.tag == NAME:
                name = field.content
            elif field.tag == KIND:
                kind = take_varint(&field.content) & UINT32_MAX
            elif field.tag == START_TIME:
                start_time = fixed64_at(field.content.at)
            elif field.tag == END_TIME:
                end_time = fixed64_at(field.content.at)
            elif field.tag == FLAGS:
                flags = fixed32_at(field.content.at)
            elif field.tag == STATUS:
                refuse_second(status)
                status = field.content
            elif field.tag == LINK:
                if links is None:
                    links = []
                links.append(self._link_of(field.content))
            elif field.tag == TRACE_STATE:
                trace_state = field.content
            elif field.tag == DROPPED_ATTRIBUTES:
                dropped = <uint32_t>take_varint(&field.content)
            elif field.tag == DROPPED_EVENTS:
                dropped_events = <uint32_t>take_varint(&field.content)
            elif field.tag == DROPPED_LINKS:
                dropped_links = <uint32_t>take_varint(&field.content)
        while status.at < status.end:
            take_field(&status, &field)
            if field.tag == STATUS_MESSAGE:
                message = field.content
            elif field.tag == STATUS_CODE:
                code = take_varint(&field.content) & UINT32_MAX
        if kind > INT32_MAX or code > INT32_MAX:
            raise ValueError
        self._span_size = min(len(attributes), MAX_EXPECTED)
        return self._span(
            remembered_id_of(trace_id, TRACE_ID_BYTES, &_trace_ids),
            id_of(span_id, SPAN_ID_BYTES),
            text_value(name, &_span_names),
            start_time,
            remembered_id_of(parent, SPAN_ID_BYTES, &_parents) if parent.at < parent.end else "",
            <int32_t>kind,
            end_time,
            attributes,
            () if events is None else tuple(events),
            () if links is None else tuple(links),
            <int32_t>code,
            ascii_or_text(message),
            ascii_or_text(trace_state),
            flags,
            resource,
            scope,
            dropped,
            dropped_events,
            dropped_links,
        )

    cdef object _event_of(self, Part part):
        cdef Field field
        cdef Part name = nothing()
        cdef uint64_t time = 0
        cdef uint32_t dropped = 0
        cdef dict attributes = dict_for(self._event_size)
        cdef Memory* memory = memory_of_none()
        while part.at < part.end:
            take_field(&part, &field)
            if field.tag == EVENT_ATTRIBUTE:
                memory = put_attribute(attributes, field.content, memory, 0)
            elif field.tag == EVENT_TIME:
                time = fixed64_at(field.content.at)
            elif field.tag == EVENT_NAME:
                name = field.content
            elif field.tag == EVENT_DROPPED:
                dropped = <uint32_t>take_varint(&field.content)
        self._event_size = min(len(attributes), MAX_EXPECTED)
        return self._event(text_value(name, &_event_names), time, attributes, dropped)

    cdef object _link_of(self, Part part):
        cdef Field field
        cdef Part trace_id = nothing()
        cdef Part span_id = nothing()
        cdef Part trace_state = nothing()
        cdef uint32_t flags = 0, dropped = 0
        cdef dict attributes = {}
        cdef Memory* memory = memory_of_none()
        while part.at < part.end:
            take_field(&part, &field)
            if field.tag == LINK_ATTRIBUTE:
                memory = put_attribute(attributes, field.content, memory, 0)
            elif field.tag == LINK_TRACE_ID:
                trace_id = field.content
            elif field.tag == LINK_SPAN_ID:
                span_id = field.content
            elif field.tag == LINK_TRACE_STATE:
                trace_state = field.content
            elif field.tag == LINK_DROPPED:
                dropped = <uint32_t>take_varint(&field.content)
            elif field.tag == LINK_FLAGS:
                flags = fixed32_at(field.content.at)
        return self._link(
            id_of(trace_id, TRACE_ID_BYTES),
            id_of(span_id, SPAN_ID_BYTES),
            attributes,
            ascii_or_text(trace_state),
            flags,
            dropped,
        )


# Whether this only first field of a document is a TracesData, and not the ResourceSpans that one would expect.
cdef bint is_wrapped(Part part) except -1:
    cdef Part rest = part
    cdef Field field
    cdef Field inner
    while rest.at < rest.end:
        take_field(&rest, &field)
        if field.tag != RESOURCE_SPANS:
            return False
    while part.at < part.end:
        take_field(&part, &field)
        while field.content.at < field.content.end:
            take_field(&field.content, &inner)
            if inner.tag == SCOPE_SPANS:
                return True
    return False


# The record of a ResourceSpans' resource, or of a ScopeSpans' scope: both have the same numbers.
cdef object shared_of(_Shared shared, Part part):
    cdef Field field
    cdef Part content = nothing()
    cdef Part schema_url = nothing()
    while part.at < part.end:
        take_field(&part, &field)
        if field.tag == RESOURCE:
            refuse_second(content)
            content = field.content
        elif field.tag == SCHEMA_URL:
            schema_url = field.content
    return shared.record_of(bytes_of(content), bytes_of(schema_url))


cdef str remembered_id_of(Part part, Py_ssize_t length, IdMemory* memory):
    cdef str text
    if memory.text != NULL and part.end - part.at == length and memcmp(memory.data, part.at, length) == 0:
        return <str>memory.text
    text = id_of(part, length)
    memcpy(memory.data, part.at, length)
    Py_INCREF(text)
    Py_XDECREF(memory.text)
    memory.text = <PyObject*>text
    return text


cdef str id_of(Part part, Py_ssize_t length):
    cdef const unsigned char* digits = b"0123456789abcdef"
    cdef unsigned char* at
    cdef Py_ssize_t place
    if part.end - part.at != length:
        raise ValueError
    text = PyUnicode_New(2 * length, 127)
    at = <unsigned char*>PyUnicode_1BYTE_DATA(text)
    for place in range(length):
        at[2 * place] = digits[part.at[place] >> 4]
        at[2 * place + 1] = digits[part.at[place] & 15]
    return text
