# The events of a recording, as they are written.

from libc.stdint cimport uint64_t

from otel_multisig_native._legacy_core cimport Names
from otel_multisig_native._legacy_order cimport Item, Order
from otel_multisig_native._pretty_json cimport Printer


# A set-up while it is written. Functions that give a truth give False for what is not usual.
cdef class Events(Order):
    cdef Names names
    cdef str setup_id
    cdef Printer to
    # The length of what each event begins with, and where the file begins.
    cdef size_t header
    cdef Py_ssize_t written
    # The time of the event that was written last, where it was not written by Python.
    cdef uint64_t last
    cdef bint last_is_known

    cdef int begin(self) except -1
    cdef int open_event(self, uint64_t timestamp, str event_type, str role, int port) except -1
    cdef int close_event(self) except -1
    cdef str role_of(self, Item* item)
    cdef bint write_by_python(self, Item* item) except -1
    cdef bint write_usual(self, int kind, Item* item, dict known) except -1
    cdef bint write_snapshot(self, Item* item, str role, dict known) except -1
    cdef bint write_state_change(self, Item* item, str role, int port, dict known) except -1
    cdef bint write_file_operation(self, Item* item, str role, int port, dict known) except -1
    cdef bint write_lock(self, Item* item, str role, int port, dict known, bint acquired) except -1
