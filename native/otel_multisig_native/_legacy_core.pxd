# What is taken over from the core to write set-ups with: its names, types and functions, and the places of the fields
# of its structs.

from libc.stdint cimport int64_t

# The events that are written here; the others are written by Python, one by one.
cdef enum:
    SNAPSHOT
    STATE_CHANGE
    FILE_OPERATION
    LOCK_ACQUIRED
    LOCK_RELEASED

cdef struct SpanPlaces:
    Py_ssize_t kind, name, start, end, interrupted, round, role, method, port, error_type, error_code, status_code
    Py_ssize_t attributes, events

cdef struct EventPlaces:
    Py_ssize_t name, sequence, time, role, port, attributes


# The keys of attributes, and what else has a name.
cdef class Names:
    cdef str residue, outcome, failure_sequence, call_duration, original_method, method, round, code, wallet_id
    cdef str point, is_multisig, total, unlocked, address_hash, file_exists, permissions, duration, address
    cdef str lock, wait, hold, state_from, state_to, escrow, source, destination, size, file_duration
    cdef str message, exception_type, error_class, exception, other_method
    cdef str call_start, call_end, call_error, custom, state_change, file_operation, error_final
    cdef dict kinds


cdef class Core:
    cdef object trace_type, span_type, event_type, moment_type
    cdef object setup, call, continuation
    cdef Py_ssize_t setup_id, escrow_id, spans, moment_sequence, moment_time
    cdef SpanPlaces span
    cdef EventPlaces event
    cdef Names names
    cdef dict points, outcomes
    cdef object failure, event_text, error_text, error_of, final_time
    cdef str no_role, no_error
    cdef int64_t status_error
    cdef int find_places(self) except -1
