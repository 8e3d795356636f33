"""What happens in a set-up, by its sequence: taken where all is counted, and nothing stands in a continuation."""

from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_CheckExact
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc

from otel_multisig_native._plain_values cimport read_integer
from otel_multisig_native._structs cimport (
    EVENT_SEQUENCE,
    EVENT_TIME,
    MOMENT_SEQUENCE,
    MOMENT_TIME,
    SPAN_END,
    SPAN_EVENTS,
    SPAN_KIND,
    SPAN_START,
    Layout,
    is_one,
    value_of,
)

cdef enum:
    MOST_ITEMS = 1_000_000


cdef class Order:
    def __dealloc__(self):
        free(self.items)
        free(self.order)

    cdef bint arrange(self) except -1:
        return self.collect() and self.place()

    cdef bint collect(self) except -1:
        cdef const Layout* at = &self.core.span
        cdef Py_ssize_t most = 0
        for span in self.spans:
            if not is_one(&self.core.span, <PyObject*>span):
                return False
            events = value_of(at, <PyObject*>span, SPAN_EVENTS)
            kind = value_of(at, <PyObject*>span, SPAN_KIND)
            if kind is self.core.continuation or not PyTuple_CheckExact(events):
                return False
            if kind is self.core.setup and self.root == NULL:
                self.root = <PyObject*>span
            most += 2 + len(<tuple>events)
            if most > MOST_ITEMS:
                return False
        self.items = <Item*>malloc((most + 1) * sizeof(Item))
        if self.items == NULL:
            raise MemoryError
        for span in self.spans:
            if not self.collect_span(<PyObject*>span):
                return False
        return True

    cdef bint collect_span(self, PyObject* span) except -1:
        cdef const Layout* at = &self.core.event
        start, end = value_of(&self.core.span, span, SPAN_START), value_of(&self.core.span, span, SPAN_END)
        if not is_one(&self.core.moment, <PyObject*>start) or not self.add_moment(span, <PyObject*>start, False):
            return False
        if end is not None:
            if not is_one(&self.core.moment, <PyObject*>end):
                return False
            # One that counts no end never ended.
            if value_of(&self.core.moment, <PyObject*>end, MOMENT_SEQUENCE) is not None:
                if not self.add_moment(span, <PyObject*>end, True):
                    return False
        for event in <tuple>value_of(&self.core.span, span, SPAN_EVENTS):
            if not is_one(&self.core.event, <PyObject*>event):
                return False
            sequence, time = value_of(at, <PyObject*>event, EVENT_SEQUENCE), value_of(at, <PyObject*>event, EVENT_TIME)
            if not self.add(span, <PyObject*>event, sequence, time, False):
                return False
        return True

    cdef bint add_moment(self, PyObject* span, PyObject* moment, bint is_end) except -1:
        cdef const Layout* at = &self.core.moment
        sequence, time = value_of(at, moment, MOMENT_SEQUENCE), value_of(at, moment, MOMENT_TIME)
        return self.add(span, NULL, sequence, time, is_end)

    cdef bint add(self, PyObject* span, PyObject* event, object sequence, object time, bint is_end) except -1:
        cdef Item* item = &self.items[self.number]
        if not (read_integer(sequence, &item.sequence) and read_integer(time, &item.time)):
            return False
        item.span, item.event, item.is_end = span, event, is_end
        if self.number == 0:
            self.low = self.high = item.sequence
        elif item.sequence > self.high:
            self.high = item.sequence
        elif item.sequence < self.low:
            self.low = item.sequence
        self.number += 1
        return True

    cdef bint place(self) except -1:
        cdef uint64_t places = <uint64_t>self.high - <uint64_t>self.low
        cdef Py_ssize_t number
        cdef Item** place
        # Usually hardly a place is empty.
        if places > 16 * <uint64_t>self.number + 1024:
            return False
        self.order = <Item**>calloc(places + 1, sizeof(Item*))
        if self.order == NULL:
            raise MemoryError
        for number in range(self.number):
            place = &self.order[self.items[number].sequence - self.low]
            if place[0] != NULL:
                return False
            place[0] = &self.items[number]
        return True
