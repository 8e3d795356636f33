"""The usual legacy recording scanned: what the form looks like, byte for byte, but for white space.

Every literal below is the form as it is printed. Bytes that are the same need one comparison; where they are not, they
may still differ in white space alone. Whatever else is there is unusual.
"""

from libc.stdint cimport uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcmp, memcpy, memset, strlen

cdef enum:
    # In bytes, and so never more characters than the core takes in any text.
    LONGEST_TEXT = 499
    HIGHEST_PORT = 65535
    # More than any set-up has; bounds the memory that is used beside the objects.
    MOST_EVENTS = 10000
    FIRST_ROOM = 64

cdef long long LATEST = (<long long>0x7FFFFFFFFFFFFFFF) // 1000000 - 1
cdef long long LONGEST_DURATION = (<long long>1) << 40
cdef long long HIGHEST = 0x7FFFFFFFFFFFFFFF

cdef struct Reader:
    const char* at
    const char* end


# Bytes.


cdef inline bint _is_space(char byte) noexcept nogil:
    return byte == c' ' or byte == c'\n' or byte == c'\r' or byte == c'\t'


cdef inline void _skip_space(Reader* reader) noexcept nogil:
    while reader.at < reader.end and _is_space(reader.at[0]):
        reader.at += 1


# Take what is wanted; False, and nothing is taken, where something else stands there.
#
# It consists of keys and marks with white space between them. After a mark, white space may stay behind.
cdef inline bint _take(Reader* reader, const char* wanted) noexcept nogil:
    # Known when this is compiled: `wanted` always is a literal.
    cdef size_t length = strlen(wanted)
    if <size_t>(reader.end - reader.at) >= length and memcmp(reader.at, wanted, length) == 0:
        reader.at += length
        return True
    return _take_loosely(reader, wanted)


cdef bint _take_loosely(Reader* reader, const char* wanted) noexcept nogil:
    cdef Reader ahead = reader[0]
    cdef bint is_inside = False
    while wanted[0]:
        # No key holds white space.
        if not _is_space(wanted[0]):
            if not is_inside:
                _skip_space(&ahead)
            if ahead.at == ahead.end or ahead.at[0] != wanted[0]:
                return False
            ahead.at += 1
            if wanted[0] == c'"':
                is_inside = not is_inside
        wanted += 1
    reader[0] = ahead
    return True


cdef inline bint _take_word(Reader* reader, const char* word) noexcept nogil:
    cdef size_t length = strlen(word)
    _skip_space(reader)
    if <size_t>(reader.end - reader.at) < length or memcmp(reader.at, word, length) != 0:
        return False
    reader.at += length
    return True


# Values. What follows one has to be a mark or white space: the next literal sees to it.


# A number without sign, fraction and leading zeros.
cdef inline bint _take_count(Reader* reader, long long highest, long long* value) noexcept nogil:
    cdef uint64_t number = 0
    cdef const char* start
    _skip_space(reader)
    start = reader.at
    # 19 digits always fit.
    while reader.at < reader.end and c'0' <= reader.at[0] <= c'9' and reader.at - start < 19:
        number = number * 10 + <uint64_t>(reader.at[0] - c'0')
        reader.at += 1
    if reader.at == start or (start[0] == c'0' and reader.at - start > 1) or number > <uint64_t>highest:
        return False
    value[0] = <long long>number
    return True


# The same with a sign. Minus zero is no integer.
cdef bint _take_integer(Reader* reader, long long* value) noexcept nogil:
    cdef bint is_negative
    _skip_space(reader)
    is_negative = reader.at < reader.end and reader.at[0] == c'-'
    if is_negative:
        reader.at += 1
        # Between the sign and the digits stands no white space.
        if reader.at == reader.end or _is_space(reader.at[0]):
            return False
    if not _take_count(reader, HIGHEST, value) or (is_negative and value[0] == 0):
        return False
    if is_negative:
        value[0] = -value[0]
    return True


cdef inline bint _take_port(Reader* reader, int* port) noexcept nogil:
    cdef long long value
    if not _take_count(reader, HIGHEST_PORT, &value):
        return False
    port[0] = <int>value
    return True


cdef inline bint _take_flag(Reader* reader, bint* flag) noexcept nogil:
    flag[0] = _take_word(reader, b"true")
    return flag[0] or _take_word(reader, b"false")


# The rest of a text and the quote that ends it.
cdef inline bint _take_text(Reader* reader, Py_ssize_t longest, Text* text) noexcept nogil:
    cdef const char* at = reader.at
    text.start = at
    text.is_escaped = False
    while True:
        at = _skip_plain(at, reader.end)
        if at == reader.end or at - text.start > longest:
            return False
        if at[0] == c'"':
            break
        # A control character has no place in a text; other escapes than the simple ones are rare.
        if at[0] != c'\\' or at + 1 == reader.end or not _unescaped(at[1]):
            return False
        text.is_escaped = True
        at += 2
    text.length = at - text.start
    reader.at = at + 1
    return True


# The same for one without escapes.
cdef inline bint _take_plain(Reader* reader, Text* text) noexcept nogil:
    return _take_text(reader, LONGEST_TEXT, text) and not text.is_escaped


# The first quote, backslash or control character, or the end.
cdef inline const char* _skip_plain(const char* at, const char* end) noexcept nogil:
    cdef uint64_t ones = 0x0101010101010101
    cdef uint64_t tops = 0x8080808080808080
    cdef uint64_t word, quotes, slashes
    # Eight bytes at a time. A bit at the top of a byte says that this one is the first of those, or behind the first.
    while end - at >= 8:
        memcpy(&word, at, 8)
        quotes = word ^ (ones * c'"')
        slashes = word ^ (ones * c'\\')
        if (((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) | ((word - ones * 0x20) & ~word)) & tops:
            break
        at += 8
    while at < end and at[0] != c'"' and at[0] != c'\\' and <unsigned char>at[0] >= 0x20:
        at += 1
    return at


# What a simple escape stands for; 0 for any other.
cdef char _unescaped(char mark) noexcept nogil:
    if mark == c'"' or mark == c'\\' or mark == c'/':
        return mark
    if mark == c'n':
        return c'\n'
    if mark == c't':
        return c'\t'
    if mark == c'r':
        return c'\r'
    if mark == c'b':
        return c'\b'
    return c'\f' if mark == c'f' else 0


cdef Py_ssize_t unescape(const Text* text, char* result) noexcept nogil:
    cdef const char* at = text.start
    cdef const char* end = text.start + text.length
    cdef char* to = result
    while at < end:
        # The scan has seen that something stands behind each backslash.
        if at[0] == c'\\' and at + 1 < end:
            at += 1
            to[0] = _unescaped(at[0])
        else:
            to[0] = at[0]
        at += 1
        to += 1
    return to - result


cdef bint same_text(const Text* left, const Text* right) noexcept nogil:
    return left.length == right.length and memcmp(left.start, right.start, <size_t>left.length) == 0


# The place of a text among those known so far; -1 where there is no room for it.
cdef inline int _place_of(const Text* text, Text* known, int* count, int most) noexcept nogil:
    cdef int place
    for place in range(count[0]):
        if same_text(text, &known[place]):
            return place
    if count[0] == most:
        return -1
    known[count[0]] = text[0]
    count[0] += 1
    return count[0] - 1


# Events.


cdef bint scan(Recording* recording) noexcept nogil:
    cdef Reader reader
    reader.at = recording.data
    reader.end = recording.data + recording.length
    if not _take(&reader, b'[\n  {\n    "trace_id": "') or not _take_plain(&reader, &recording.setup_id):
        return False
    if recording.setup_id.length == 0:
        return False
    while True:
        if not _take_event(&reader, recording):
            return False
        # Nothing comes after a failure.
        if recording.has_failure or not _take(&reader, b',\n  {\n    "trace_id": "'):
            break
        if not _take_setup_id(&reader, recording):
            return False
    if not _take(&reader, b"\n]"):
        return False
    _skip_space(&reader)
    return reader.at == reader.end


cdef inline bint _take_setup_id(Reader* reader, Recording* recording) noexcept nogil:
    cdef const Text* text = &recording.setup_id
    # With the quote behind it.
    if reader.end - reader.at <= text.length or memcmp(reader.at, text.start, <size_t>text.length + 1) != 0:
        return False
    reader.at += text.length + 1
    return True


cdef bint _take_event(Reader* reader, Recording* recording) noexcept nogil:
    cdef Recorded* event = _add_event(recording)
    cdef Text role
    cdef bint known
    if event == NULL or not _take(reader, b',\n    "timestamp": '):
        return False
    if not _take_count(reader, LATEST, &event.timestamp) or not _take(reader, b',\n    "event_type": "'):
        return False
    event.type = _take_type(reader, recording)
    if event.type == NULL or not _take(reader, b',\n    "role": "') or not _take_plain(reader, &role):
        return False
    event.role = _place_of(&role, recording.roles, &recording.role_count, MOST_ROLES)
    if event.role < 0 or role.length == 0:
        return False
    if event.type.kind == SNAPSHOT:
        known = _take_snapshot(reader, event, &role)
    elif event.type.kind == FAILURE:
        recording.has_failure = known = _take_failure(reader, &recording.failure)
    else:
        known = _take_call(reader, recording, event)
    return known and _take(reader, b"\n    }\n  }")


cdef Recorded* _add_event(Recording* recording) noexcept nogil:
    cdef Py_ssize_t room
    cdef void* grown
    cdef Recorded* event
    if recording.event_count == MOST_EVENTS:
        return NULL
    if recording.event_count == recording.room:
        room = FIRST_ROOM if recording.room == 0 else recording.room * 2
        grown = realloc(recording.events, <size_t>room * sizeof(Recorded))
        if grown == NULL:
            return NULL
        recording.events = <Recorded*>grown
        recording.room = room
    event = &recording.events[recording.event_count]
    memset(event, 0, sizeof(Recorded))
    recording.event_count += 1
    return event


cdef inline const EventType* _take_type(Reader* reader, const Recording* recording) noexcept nogil:
    cdef const EventType* type
    cdef int place
    for place in range(recording.type_count):
        type = &recording.types[place]
        if reader.end - reader.at > type.length and reader.at[type.length] == c'"':
            if memcmp(reader.at, type.name, <size_t>type.length) == 0:
                reader.at += type.length + 1
                return type
    return NULL


cdef bint _take_snapshot(Reader* reader, Recorded* event, const Text* role) noexcept nogil:
    cdef Text named
    cdef long long timestamp
    if not _take(reader, b',\n    "details": {\n      "address": "') or not _take_plain(reader, &event.address):
        return False
    if not _take(reader, b',\n      "address_hash": "') or not _take_plain(reader, &event.address_hash):
        return False
    if not _take(reader, b',\n      "balance": [\n        ') or not _take_count(reader, HIGHEST, &event.total):
        return False
    if not _take(reader, b',\n        ') or not _take_count(reader, HIGHEST, &event.unlocked):
        return False
    if not _take(reader, b'\n      ],\n      "collection_time_ms": '):
        return False
    if not _take_count(reader, LONGEST_DURATION, &event.duration):
        return False
    if not _take(reader, b',\n      "file_exists": ') or not _take_flag(reader, &event.file_exists):
        return False
    if not _take(reader, b',\n      "file_perms": '):
        return False
    event.has_permissions = not _take_word(reader, b"null")
    if event.has_permissions and not (_take(reader, b'"') and _take_plain(reader, &event.permissions)):
        return False
    if not _take(reader, b',\n      "is_multisig": ') or not _take_flag(reader, &event.is_multisig):
        return False
    if not _take(reader, b',\n      "open_wallets_count": ') or not _take_word(reader, b"null"):
        return False
    if not _take(reader, b',\n      "role": "') or not _take_plain(reader, &named) or not same_text(&named, role):
        return False
    if not _take(reader, b',\n      "rpc_port": '):
        return False
    event.port = NO_PORT
    if not _take_word(reader, b"null") and not _take_port(reader, &event.port):
        return False
    if not _take(reader, b',\n      "timestamp": ') or not _take_count(reader, LATEST, &timestamp):
        return False
    if timestamp != event.timestamp or not _take(reader, b',\n      "wallet_id": "'):
        return False
    return _take_plain(reader, &event.wallet_id)


cdef bint _take_call(Reader* reader, Recording* recording, Recorded* event) noexcept nogil:
    cdef Text method
    cdef int kind = event.type.kind
    cdef long long timestamp
    cdef bint success
    event.port = NO_PORT
    if _take(reader, b',\n    "rpc_port": ') and not _take_port(reader, &event.port):
        return False
    if not _take(reader, b',\n    "details": {'):
        return False
    if kind != CALL_START and not _take_ending(reader, event):
        return False
    if not _take(reader, b'\n      "method": "') or not _take_plain(reader, &method) or method.length == 0:
        return False
    event.method = _place_of(&method, recording.methods, &recording.method_count, MOST_METHODS)
    if event.method < 0:
        return False
    if kind != CALL_START:
        if not _take(reader, b',\n      "success": ') or not _take_flag(reader, &success):
            return False
        return success == (kind == CALL_END)
    if not _take(reader, b',\n      "timestamp": ') or not _take_count(reader, LATEST, &timestamp):
        return False
    return timestamp == event.timestamp


# What stands before the method at the end of a call, with the comma behind it.
cdef bint _take_ending(Reader* reader, Recorded* event) noexcept nogil:
    cdef bint is_error = event.type.kind == CALL_ERROR
    event.has_code = is_error and _take(reader, b'\n      "code": ')
    if event.has_code and not (_take_integer(reader, &event.code) and _take(reader, b",")):
        return False
    if not _take(reader, b'\n      "duration_ms": ') or not _take_count(reader, LONGEST_DURATION, &event.duration):
        return False
    event.has_error = is_error and _take(reader, b',\n      "error": "')
    if event.has_error and (not _take_text(reader, LONGEST_ERROR, &event.error) or event.error.length == 0):
        return False
    # Of a code alone the writer makes a text as well.
    if event.has_code and not event.has_error:
        return False
    return _take(reader, b",")


cdef bint _take_failure(Reader* reader, Failure* failure) noexcept nogil:
    if not _take(reader, b',\n    "details": {\n      "context": {'):
        return False
    failure.has_code = _take(reader, b'\n        "code": ')
    if failure.has_code and not (_take_integer(reader, &failure.code) and _take(reader, b",")):
        return False
    if not _take(reader, b'\n        "escrow_id": "') or not _take_plain(reader, &failure.escrow_id):
        return False
    if not _take(reader, b',\n        "operation": "') or not _take_plain(reader, &failure.operation):
        return False
    if not _take(reader, b',\n        "round": ') or not _take_integer(reader, &failure.round):
        return False
    failure.has_time = _take(reader, b',\n        "timestamp": "')
    if failure.has_time and not _take_plain(reader, &failure.time):
        return False
    if not _take(reader, b',\n        "wallet_id": "') or not _take_plain(reader, &failure.wallet_id):
        return False
    if not _take(reader, b'\n      },\n      "error": "') or not _take_text(reader, LONGEST_ERROR, &failure.error):
        return False
    return failure.wallet_id.length > 0 and failure.error.length > 0
