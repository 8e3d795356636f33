"""The spans of a recording drawn: one pass from its first event to its last, which gives everything its number."""

from libc.string cimport memcmp, memset

from otel_multisig_native._legacy_scan cimport (
    CALL_END,
    CALL_ERROR,
    CALL_START,
    FAILURE,
    MOST_ROLES,
    NO_PORT,
    SNAPSHOT,
    Recorded,
    Recording,
    Text,
    same_text,
)

cdef enum:
    MOST_RUNNING = 64
    DIGITS = 13
    MILLISECOND = 1000000

cdef long long DAY = <long long>86400000 * 1000000
cdef long long HIGHEST = 0x7FFFFFFFFFFFFFFF

cdef struct Hand:
    Drawing* drawing
    long long number
    long long now
    Py_ssize_t scope
    # The span of each round, 0 for none: that is the root.
    Py_ssize_t rounds[MOST_ROUNDS + 1]
    # The calls that have no end yet, in any order.
    Py_ssize_t running[MOST_RUNNING]
    int running_count
    # By role: the call that began last (0 for none), its exchanges, and whether its wallet was made a multisig one.
    Py_ssize_t latest[MOST_ROLES]
    int exchanged[MOST_ROLES]
    bint made[MOST_ROLES]
    bint has_final_snapshot


cdef Py_ssize_t most_drafts(const Recording* recording) noexcept nogil:
    # All may be starts of calls.
    return recording.event_count + MOST_ROUNDS + 1


cdef bint draw(Drawing* drawing, long long start, bint partial) noexcept nogil:
    cdef Hand hand
    cdef const Recording* recording = drawing.recording
    cdef Py_ssize_t place
    cdef Recorded* event
    memset(&hand, 0, sizeof(hand))
    hand.drawing = drawing
    hand.now = start
    _open(&hand, 0, 0)
    for place in range(recording.event_count):
        event = &recording.events[place]
        hand.now = event.timestamp * MILLISECOND
        if not _draw_event(&hand, event, place):
            return False
        drawing.drafts[hand.scope].last = hand.now
    _finish(&hand, partial)
    return True


cdef inline bint _draw_event(Hand* hand, Recorded* event, Py_ssize_t place) noexcept nogil:
    cdef int kind = event.type.kind
    if kind == SNAPSHOT:
        return _draw_snapshot(hand, event, place)
    if kind == CALL_START:
        return _draw_start(hand, event)
    if kind == CALL_END or kind == CALL_ERROR:
        return _draw_end(hand, event, place)
    return kind == FAILURE and _draw_failure(hand, event)


# Scopes.


cdef Py_ssize_t _open(Hand* hand, Py_ssize_t parent, int round) noexcept nogil:
    cdef Py_ssize_t place = hand.drawing.count
    cdef Draft* draft = &hand.drawing.drafts[place]
    memset(draft, 0, sizeof(Draft))
    hand.number += 1
    draft.parent = parent
    draft.number = hand.number
    draft.time = draft.last = hand.now
    draft.round = round
    draft.port = NO_PORT
    draft.first_event = draft.last_event = -1
    hand.drawing.count += 1
    return place


# The span of a round, 0 for the root; the round that was in force ends before another one starts.
cdef Py_ssize_t _enter(Hand* hand, int round) noexcept nogil:
    cdef Py_ssize_t scope = 0
    if round == hand.drawing.drafts[hand.scope].round:
        return hand.scope
    _close(hand)
    if round != 0:
        scope = hand.rounds[round]
        if scope == 0:
            scope = hand.rounds[round] = _open(hand, 0, round)
    hand.scope = scope
    return scope


# End the round that is in force. One that was in force before has ended already.
cdef void _close(Hand* hand) noexcept nogil:
    cdef Draft* draft = &hand.drawing.drafts[hand.scope]
    if hand.scope == 0 or draft.is_ended:
        return
    _end(hand, draft, draft.last)


cdef inline void _end(Hand* hand, Draft* draft, long long time) noexcept nogil:
    hand.number += 1
    draft.is_ended = True
    draft.end_number = hand.number
    draft.end_time = time


cdef bint _add(Hand* hand, Py_ssize_t span, Recorded* event, Py_ssize_t place) noexcept nogil:
    cdef Draft* draft = &hand.drawing.drafts[span]
    if draft.event_count >= hand.drawing.most_events:
        return False
    hand.number += 1
    event.number = hand.number
    event.next = -1
    if draft.first_event < 0:
        draft.first_event = place
    else:
        hand.drawing.recording.events[draft.last_event].next = place
    draft.last_event = place
    draft.event_count += 1
    return True


# Events.


cdef bint _draw_snapshot(Hand* hand, Recorded* event, Py_ssize_t place) noexcept nogil:
    if event.type.is_final:
        hand.has_final_snapshot = True
    return _add(hand, _enter(hand, event.type.round), event, place)


cdef bint _draw_start(Hand* hand, const Recorded* event) noexcept nogil:
    cdef int kind = hand.drawing.methods[event.method]
    cdef int round = hand.drawing.drafts[hand.scope].round
    cdef Py_ssize_t place
    cdef Draft* call
    if kind == FIRST_METHOD or kind == MAKE_METHOD:
        round = 1
    elif kind == EXCHANGE_METHOD:
        round = hand.exchanged[event.role] + 2
    if kind == ODD_METHOD or round > MOST_ROUNDS or hand.running_count == MOST_RUNNING:
        return False
    place = _open(hand, _enter(hand, round), round)
    call = &hand.drawing.drafts[place]
    call.is_call = True
    call.role = event.role
    call.method = event.method
    call.port = event.port
    hand.latest[event.role] = place
    hand.running[hand.running_count] = place
    hand.running_count += 1
    return True


cdef bint _draw_end(Hand* hand, Recorded* event, Py_ssize_t place) noexcept nogil:
    cdef int which = _find_running(hand, event)
    cdef Draft* call
    cdef long long elapsed
    cdef int kind = hand.drawing.methods[event.method]
    if which < 0:
        return False
    call = &hand.drawing.drafts[hand.running[which]]
    if call.port != event.port:
        return False
    if event.type.kind == CALL_ERROR:
        call.is_failed = True
        call.has_code = event.has_code
        call.code = event.code
        if event.has_error and not _add(hand, hand.running[which], event, place):
            return False
    hand.running_count -= 1
    hand.running[which] = hand.running[hand.running_count]
    _end(hand, call, hand.now)
    elapsed = (hand.now - call.time) // MILLISECOND if hand.now > call.time else 0
    if event.duration != elapsed:
        call.has_duration = True
        call.duration = event.duration
    if kind == MAKE_METHOD:
        hand.made[event.role] = True
    elif kind == EXCHANGE_METHOD and not call.is_failed:
        hand.exchanged[event.role] += 1
    return True


# The place of the only running call of this role and method; -1 where there is none or more than one.
cdef int _find_running(const Hand* hand, const Recorded* event) noexcept nogil:
    cdef int found = -1
    cdef int place
    cdef const Draft* call
    for place in range(hand.running_count):
        call = &hand.drawing.drafts[hand.running[place]]
        if call.role == event.role and call.method == event.method:
            if found >= 0:
                return -1
            found = place
    return found


# The end of a set-up that failed: usual where it failed in the call that its role made last.
cdef bint _draw_failure(Hand* hand, const Recorded* event) noexcept nogil:
    cdef Drawing* drawing = hand.drawing
    cdef const Recording* recording = drawing.recording
    cdef Py_ssize_t place = hand.latest[event.role]
    cdef Draft* call = &drawing.drafts[place]
    if place == 0 or not same_text(&recording.methods[call.method], &recording.failure.operation):
        return False
    if call.event_count >= drawing.most_events or (call.has_code and not recording.failure.has_code):
        return False
    drawing.failure_time = hand.now
    if recording.failure.has_time:
        drawing.failure_time = _exact_time(&recording.failure.time)
        if drawing.failure_time == 0:
            return False
    hand.number += 1
    drawing.failed_call = place
    drawing.failure_number = hand.number
    drawing.drafts[0].is_failed = drawing.drafts[hand.scope].is_failed = True
    drawing.drafts[hand.scope].last = hand.now
    _close(hand)
    _end(hand, &drawing.drafts[0], hand.now)
    return True


cdef void _finish(Hand* hand, bint partial) noexcept nogil:
    cdef Draft* root = &hand.drawing.drafts[0]
    if partial and not root.is_ended:
        if hand.now != 0:
            _leave_open(root, hand.now)
            _leave_open(&hand.drawing.drafts[hand.scope], hand.now)
        return
    _close(hand)
    if not root.is_ended:
        _end(hand, root, hand.now)
        hand.drawing.is_complete = hand.has_final_snapshot or _all_exchanged(hand)


# This is not its end, only the last that is known of it.
cdef void _leave_open(Draft* draft, long long time) noexcept nogil:
    if not draft.is_ended:
        draft.is_ended = True
        draft.end_number = NO_NUMBER
        draft.end_time = time


cdef bint _all_exchanged(const Hand* hand) noexcept nogil:
    cdef bint is_any = False
    cdef int role
    for role in range(MOST_ROLES):
        if hand.made[role]:
            is_any = True
            if hand.exchanged[role] < hand.drawing.exchanges:
                return False
    return is_any


# Times.


cdef long long start_of(const Recording* recording, Py_ssize_t* escrow_id_length) noexcept nogil:
    cdef const Text* text = &recording.setup_id
    cdef Py_ssize_t length = text.length - DIGITS - 1
    cdef long long first = recording.events[0].timestamp * MILLISECOND
    cdef long long began
    escrow_id_length[0] = text.length
    if length <= 0 or text.start[length] != c'-':
        return first
    began = _digits(text.start + length + 1, DIGITS)
    if began < 0:
        return first
    escrow_id_length[0] = length
    # What is beyond is later than any event can be.
    if began > HIGHEST // MILLISECOND:
        return first
    began *= MILLISECOND
    return began if 0 <= first - began <= DAY else first


# So many digits as a number; -1 where there is anything else.
cdef long long _digits(const char* at, int count) noexcept nogil:
    cdef long long number = 0
    cdef int place
    for place in range(count):
        if not c'0' <= at[place] <= c'9':
            return -1
        number = number * 10 + (at[place] - c'0')
    return number


# Nanoseconds of `2026-11-21T20:51:03.208910644+00:00`, six or nine digits; 0 where the writer would write it otherwise.
cdef long long _exact_time(const Text* text) noexcept nogil:
    cdef const char* at = text.start
    cdef long long year, month, day, hour, minute, second, fraction, days, time
    cdef int digits = <int>text.length - 26
    if (digits != 6 and digits != 9) or memcmp(at + 20 + digits, b"+00:00", 6) != 0:
        return 0
    if at[4] != c'-' or at[7] != c'-' or at[10] != c'T' or at[13] != c':' or at[16] != c':' or at[19] != c'.':
        return 0
    year, month, day = _digits(at, 4), _digits(at + 5, 2), _digits(at + 8, 2)
    hour, minute, second = _digits(at + 11, 2), _digits(at + 14, 2), _digits(at + 17, 2)
    fraction = _digits(at + 20, digits)
    if not (1970 <= year < 2262 and 1 <= month <= 12 and 1 <= day <= _days_of(year, month)):
        return 0
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59) or fraction < 0:
        return 0
    # Six digits where these are all, nine only where they are needed; and none at all for whole milliseconds.
    if digits == 9 and fraction % 1000 == 0:
        return 0
    if digits == 6:
        fraction *= 1000
    if fraction % MILLISECOND == 0:
        return 0
    days = (year - 1970) * 365 + (year - 1969) // 4 - (year - 1901) // 100 + (year - 1601) // 400 + day - 1
    while month > 1:
        month -= 1
        days += _days_of(year, month)
    time = ((days * 24 + hour) * 60 + minute) * 60 + second
    return time * 1000000000 + fraction


cdef long long _days_of(long long year, long long month) noexcept nogil:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
