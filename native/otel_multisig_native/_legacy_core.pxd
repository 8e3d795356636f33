# What is taken over from the core to write set-ups with: its names, types and functions, and the places of the fields
# of its structs.

from libc.stdint cimport int64_t

from otel_multisig_native._structs cimport Layout

# The events that are written here; the others are written by Python, one by one.
cdef enum:
    SNAPSHOT
    STATE_CHANGE
    FILE_OPERATION
    LOCK_ACQUIRED
    LOCK_RELEASED


# The keys of attributes, and what else has a name.
cdef class Names:
    cdef str residue, outcome, failure_sequence, call_duration, original_method, method, round, code, wallet_id
    cdef str point, is_multisig, total, unlocked, address_hash, file_exists, permissions, duration, address
    cdef str lock, wait, hold, state_from, state_to, escrow, source, destination, size, file_duration
    cdef str message, exception_type, error_class, exception, other_method
    cdef str call_start, call_end, call_error, custom, state_change, file_operation, error_final
    cdef dict kinds


cdef class Core:
    cdef Layout trace, span, event, moment
    cdef tuple classes
    cdef object setup, call, continuation
    cdef Names names
    cdef dict points, outcomes
    cdef object failure, event_text, error_text, error_of, final_time
    cdef str no_role, no_error
    cdef int64_t status_error
