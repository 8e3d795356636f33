# What happens in a set-up, by its sequence.

from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from otel_multisig_native._legacy_core cimport Core

# A start, an event or an end; the set-up holds what is pointed to.
cdef struct Item:
    PyObject* span
    PyObject* event
    int64_t sequence
    int64_t time
    bint is_end


# Functions that give a truth give False for what is not usual.
cdef class Order:
    cdef Core core
    cdef tuple spans
    cdef PyObject* root
    # The items as they were found, and by their sequence from `low` to `high`, with NULL where one is missing.
    cdef Item* items
    cdef Item** order
    cdef Py_ssize_t number
    cdef int64_t low, high

    # Read all items of `spans`, and put each into its place.
    cdef bint arrange(self) except -1
    cdef bint collect(self) except -1
    cdef bint collect_span(self, PyObject* span) except -1
    cdef bint add_moment(self, PyObject* span, PyObject* moment, bint is_end) except -1
    cdef bint add(self, PyObject* span, PyObject* event, object sequence, object time, bint is_end) except -1
    cdef bint place(self) except -1
