"""Spans to the items of a timeline."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from otel_multisig_native._plain_values cimport is_number, number_of
from otel_multisig_native._sequences cimport arrange
from otel_multisig_native._structs cimport (
    EVENT_SEQUENCE,
    MOMENT_SEQUENCE,
    SPAN_END,
    SPAN_EVENTS,
    SPAN_KIND,
    SPAN_START,
    Layout,
    field_of,
    is_one,
    lay_out,
    lay_out_parts,
    make,
)

cdef extern from "Python.h":
    bint PyTuple_CheckExact(PyObject* value)

cdef enum:
    ITEM_KIND, ITEM_SEQUENCE, ITEM_TIME, ITEM_SPAN, ITEM_EVENT, ITEM_FIELDS


cdef class ItemMerger:
    """Makes the items of spans; see the stub."""

    cdef Layout _span, _event, _moment, _item
    cdef tuple _classes
    cdef object _continuation, _starts, _happens, _ends

    def __cinit__(self, *, spans, item, kinds):
        lay_out_parts(&self._span, &self._event, &self._moment, spans)
        lay_out(&self._item, item, ("kind", "sequence", "time_unix_nano", "span", "event"))
        self._classes = (spans.Span, spans.Event, spans.Moment, item)
        self._continuation = spans.SpanKind.CONTINUATION
        self._starts, self._happens, self._ends = kinds.START, kinds.EVENT, kinds.END

    def merge(self, spans):
        """See the stub."""
        cdef Py_ssize_t room = 0
        cdef PyObject* events
        cdef int64_t* sequences
        if type(spans) is not tuple:
            return None
        for span in <tuple>spans:
            if not is_one(&self._span, <PyObject*>span):
                return None
            events = field_of(&self._span, <PyObject*>span, SPAN_EVENTS)
            if events == NULL or not PyTuple_CheckExact(events):
                return None
            room += 2 + len(<tuple>events)
        sequences = <int64_t*>PyMem_Malloc(room * sizeof(int64_t))
        if sequences == NULL:
            raise MemoryError
        try:
            return self._merge(<tuple>spans, sequences)
        finally:
            PyMem_Free(sequences)

    # Of spans whose events are tuples; there is room for the sequences of all of it.
    cdef tuple _merge(self, tuple spans, int64_t* sequences):
        cdef PyObject* start
        cdef PyObject* end
        cdef PyObject* kind
        cdef list items = []
        for span in spans:
            kind = field_of(&self._span, <PyObject*>span, SPAN_KIND)
            start = field_of(&self._span, <PyObject*>span, SPAN_START)
            end = field_of(&self._span, <PyObject*>span, SPAN_END)
            if kind == NULL or start == NULL or end == NULL or kind == <PyObject*>self._continuation:
                return None
            if not self._add_moment(items, sequences, self._starts, start, span):
                return None
            # An end that has no sequence is none, where the start has one.
            if end != <PyObject*>None and not (
                is_one(&self._moment, end)
                and (
                    field_of(&self._moment, end, MOMENT_SEQUENCE) == <PyObject*>None
                    or self._add_moment(items, sequences, self._ends, end, span)
                )
            ):
                return None
            for event in <tuple>field_of(&self._span, <PyObject*>span, SPAN_EVENTS):
                if not (
                    is_one(&self._event, <PyObject*>event)
                    and self._add(
                        items, sequences, self._happens, &self._event, <PyObject*>event, EVENT_SEQUENCE, span, event
                    )
                ):
                    return None
        return arrange(items, sequences)

    cdef inline bint _add_moment(
        self, list items, int64_t* sequences, object kind, PyObject* moment, object span
    ) except -1:
        return is_one(&self._moment, moment) and self._add(
            items, sequences, kind, &self._moment, moment, MOMENT_SEQUENCE, span, None
        )

    # Make an item of a moment or an event, whose time stands behind its sequence; false where it has none.
    cdef inline bint _add(
        self,
        list items,
        int64_t* sequences,
        object kind,
        const Layout* layout,
        PyObject* struct,
        Py_ssize_t number,
        object span,
        object event,
    ) except -1:
        cdef PyObject* fields[ITEM_FIELDS]
        fields[ITEM_KIND] = <PyObject*>kind
        fields[ITEM_SEQUENCE] = field_of(layout, struct, number)
        fields[ITEM_TIME] = field_of(layout, struct, number + 1)
        fields[ITEM_SPAN] = <PyObject*>span
        fields[ITEM_EVENT] = <PyObject*>event
        if fields[ITEM_SEQUENCE] == NULL or fields[ITEM_TIME] == NULL or not is_number(fields[ITEM_SEQUENCE]):
            return False
        sequences[len(items)] = number_of(fields[ITEM_SEQUENCE])
        items.append(make(&self._item, fields))
        return True
