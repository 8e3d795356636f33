"""The spans of a recording, drawn as C structs: what happened in which, and all numbers."""

from otel_multisig_native._legacy_scan cimport MOST_METHODS, MOST_ROLES, Recording

cdef enum:
    # Kinds of methods; by the name of an odd one no call is known.
    ODD_METHOD
    PLAIN_METHOD
    FIRST_METHOD
    MAKE_METHOD
    EXCHANGE_METHOD
    # The highest round of a recording that is taken.
    MOST_ROUNDS = 15
    NO_NUMBER = -1

cdef struct Draft:
    Py_ssize_t parent  # its place among the drafts; that of the root is its own
    long long number
    long long time  # nanoseconds, like all times here
    long long last
    bint is_call
    int round  # 0 for none
    int role
    int method
    int port
    bint is_ended
    long long end_number  # NO_NUMBER for an end that is not counted
    long long end_time
    bint is_failed
    bint has_code
    long long code
    # Milliseconds, of a call where start and end tell another.
    bint has_duration
    long long duration
    # Its events, a list that is linked by `next`. Places among the events of the recording; -1 for none.
    Py_ssize_t first_event
    Py_ssize_t last_event
    int event_count

cdef struct Drawing:
    const Recording* recording
    # What the core says: of each method its kind, the exchanges of a whole set-up, the events that a span has room for.
    int methods[MOST_METHODS]
    int exchanges
    int most_events
    # The root comes first, the others in the order of their starts.
    Draft* drafts
    Py_ssize_t count
    bint is_complete
    # Where the set-up failed: the call (0 for none), and the sequence and the time of the exception.
    Py_ssize_t failed_call
    long long failure_number
    long long failure_time

# Draw the spans of `recording`, which began at `start`; False where something is unusual.
#
# There is room for as many drafts as `most_drafts` tells.
cdef bint draw(Drawing* drawing, long long start, bint partial) noexcept nogil

cdef Py_ssize_t most_drafts(const Recording* recording) noexcept nogil

# When a set-up of this id started whose first event is of this time, in nanoseconds.
#
# Gives the length of the escrow's id as well.
cdef long long start_of(const Recording* recording, Py_ssize_t* escrow_id_length) noexcept nogil
