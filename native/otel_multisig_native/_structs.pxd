# Structs of `msgspec`, made by position and read by where their fields lie. All is inline.

from cpython.object cimport Py_TYPE, PyObject, PyTypeObject

cdef extern from "structmember.h":
    int T_OBJECT_EX
    ctypedef struct PyMemberDef:
        int type
        Py_ssize_t offset

cdef extern from "Python.h":
    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member
    PyTypeObject PyMemberDescr_Type
    bint Py_IS_TYPE(object value, PyTypeObject* type)
    object PyObject_Vectorcall(PyObject* callable, PyObject** arguments, size_t number, PyObject* names)

cdef enum:
    MOST_FIELDS = 28

# A class of structs; whoever has a layout keeps the class alive.
cdef struct Layout:
    PyObject* type
    Py_ssize_t number
    Py_ssize_t places[MOST_FIELDS]

# The fields of the model's spans, in their order.
cdef enum:
    SPAN_KIND, SPAN_TRACE_ID, SPAN_SPAN_ID, SPAN_NAME, SPAN_START, SPAN_PARENT, SPAN_END, SPAN_INTERRUPTED, SPAN_ROUND
    SPAN_ROLE, SPAN_METHOD, SPAN_PORT, SPAN_ADDRESS, SPAN_ERROR_TYPE, SPAN_ERROR_CODE, SPAN_STATUS_CODE
    SPAN_STATUS_MESSAGE, SPAN_ATTRIBUTES, SPAN_EVENTS, SPAN_LINKS, SPAN_RESOURCE, SPAN_SCOPE, SPAN_WIRE_KIND
    SPAN_TRACE_STATE, SPAN_FLAGS, SPAN_LOST_ATTRIBUTES, SPAN_LOST_EVENTS, SPAN_LOST_LINKS, SPAN_FIELDS

cdef enum:
    EVENT_NAME, EVENT_SEQUENCE, EVENT_TIME, EVENT_ROLE, EVENT_PORT, EVENT_ATTRIBUTES, EVENT_LOST_ATTRIBUTES
    EVENT_FIELDS

cdef enum:
    MOMENT_SEQUENCE, MOMENT_TIME, MOMENT_FIELDS

cdef enum:
    TRACE_ESCROW_ID, TRACE_SETUP_ID, TRACE_SPANS


# Raises TypeError where the class has other fields.
cdef inline int lay_out(Layout* layout, object cls, tuple fields) except -1:
    if getattr(cls, "__struct_fields__", None) != fields or len(fields) > MOST_FIELDS:
        raise TypeError(f"{cls.__name__} has other fields")
    layout.type = <PyObject*>cls
    layout.number = len(fields)
    for number, name in enumerate(fields):
        layout.places[<Py_ssize_t>number] = place_of(cls, name)
    return 0


# Where a struct of this class has a field. A struct of `msgspec` is one object with a pointer for each of its fields.
cdef inline Py_ssize_t place_of(object cls, str name) except -1:
    cdef PyMemberDef* member
    descriptor = vars(cls).get(name)
    if Py_IS_TYPE(descriptor, &PyMemberDescr_Type):
        member = (<PyMemberDescrObject*>descriptor).d_member
        if member.type == T_OBJECT_EX and 0 < member.offset < cls.__basicsize__:
            return member.offset
    raise TypeError(f"{cls.__name__}.{name} is no field of a struct")


cdef inline bint is_one(const Layout* layout, PyObject* value) noexcept:
    return <PyObject*>Py_TYPE(<object>value) == layout.type


# The value of a field of what `is_one` is true for, borrowed; NULL where it was never set.
cdef inline PyObject* field_of(const Layout* layout, PyObject* struct, Py_ssize_t number) noexcept:
    return (<PyObject**>(<char*>struct + layout.places[number]))[0]


# The same; AttributeError where it was never set.
cdef inline object value_of(const Layout* layout, PyObject* struct, Py_ssize_t number):
    cdef PyObject* value = field_of(layout, struct, number)
    if value == NULL:
        raise AttributeError
    return <object>value


# All fields, borrowed; false where it is no such struct, or a field was never set.
cdef inline bint load(const Layout* layout, PyObject* value, PyObject** fields) noexcept:
    cdef Py_ssize_t number
    if not is_one(layout, value):
        return False
    for number in range(layout.number):
        fields[number] = field_of(layout, value, number)
        if fields[number] == NULL:
            return False
    return True


cdef inline object make(const Layout* layout, PyObject** fields):
    return PyObject_Vectorcall(layout.type, fields, layout.number, NULL)


cdef inline int lay_out_parts(Layout* span, Layout* event, Layout* moment, object module) except -1:
    lay_out(span, module.Span, (
        "kind", "trace_id", "span_id", "name", "start", "parent_span_id", "end", "interrupted", "round",
        "role", "method", "port", "address", "error_type", "error_code", "status_code",
        "status_message", "attributes", "events", "links", "resource", "scope", "wire_kind",
        "trace_state", "flags", "dropped_attributes_count", "dropped_events_count", "dropped_links_count",
    ))
    lay_out(event, module.Event, (
        "name", "sequence", "time_unix_nano", "role", "port", "attributes", "dropped_attributes_count",
    ))
    return lay_out(moment, module.Moment, ("sequence", "time_unix_nano"))


cdef inline int lay_out_records(Layout* record, Layout* happened, object module) except -1:
    lay_out(record, module.SpanRecord, (
        "trace_id", "span_id", "name", "start_time_unix_nano", "parent_span_id", "kind", "end_time_unix_nano",
        "attributes", "events", "links", "status_code", "status_message", "trace_state",
        "flags", "resource", "scope", "dropped_attributes_count", "dropped_events_count", "dropped_links_count",
    ))
    return lay_out(happened, module.EventRecord, ("name", "time_unix_nano", "attributes", "dropped_attributes_count"))


cdef inline int lay_out_trace(Layout* trace, object cls) except -1:
    return lay_out(trace, cls, ("escrow_id", "setup_id", "spans"))
