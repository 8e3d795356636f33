"""The bytes of a legacy recording as C structs, their texts where they stand."""

cdef enum:
    # Kinds of events. All snapshots are of one kind.
    SNAPSHOT
    CALL_START
    CALL_END
    CALL_ERROR
    FAILURE
    # How many different ones a recording may have that is taken.
    MOST_ROLES = 16
    MOST_METHODS = 32
    # What is longer may have to be cut in pieces. In bytes, like all lengths here.
    LONGEST_ERROR = 2000
    NO_PORT = -1

# Bytes of UTF-8 inside of the recording, not yet known to be valid. In one that is escaped stand simple escapes.
cdef struct Text:
    const char* start
    Py_ssize_t length
    bint is_escaped

# What the core says of an event type.
cdef struct EventType:
    const char* name
    Py_ssize_t length
    int kind
    # The rest is about snapshots: which of the points, its round (0 for none), and whether it is that of the end.
    int point
    int round
    bint is_final

cdef struct Recorded:
    const EventType* type
    int role  # its place in the recording's
    int method  # likewise; of a call
    int port  # of a call the event's, of a snapshot that of its details; NO_PORT for none
    bint is_multisig
    bint file_exists
    bint has_permissions
    bint has_error
    bint has_code
    long long timestamp  # milliseconds
    long long duration  # milliseconds
    long long total
    long long unlocked
    long long code
    Text address
    Text address_hash
    Text permissions
    Text wallet_id
    Text error
    # Filled when the spans are drawn: the event's sequence, and the place of the next one of the same span, -1: none.
    long long number
    Py_ssize_t next

# How a set-up failed: the details of the last event.
cdef struct Failure:
    Text escrow_id
    Text operation
    Text time
    Text wallet_id
    Text error
    long long round
    long long code
    bint has_code
    bint has_time

cdef struct Recording:
    const char* data
    Py_ssize_t length
    const EventType* types
    int type_count
    Text setup_id
    Text roles[MOST_ROLES]
    int role_count
    Text methods[MOST_METHODS]
    int method_count
    Recorded* events
    Py_ssize_t event_count
    Py_ssize_t room
    bint has_failure
    Failure failure

# Read `data`; False where something is unusual. There is at least one event then.
#
# `events` is to be freed in either case.
cdef bint scan(Recording* recording) noexcept nogil

cdef bint same_text(const Text* left, const Text* right) noexcept nogil

# The bytes that a text with escapes stands for, which are never more than its own; gives their number.
cdef Py_ssize_t unescape(const Text* text, char* result) noexcept nogil
