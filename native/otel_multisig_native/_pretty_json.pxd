# JSON text in a growing buffer, laid out as a pretty printer with two spaces does it. All is inline.

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy, strlen

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* length) except NULL

cdef enum:
    LINE = 32  # bytes that are enough for the comma, the newline and the indent of the deepest line
    DIGITS = 20  # of an integer of 64 bits


# The text so far. It starts as zeros, and who has it frees `data`. At most eight objects and arrays may be open.
cdef struct Printer:
    char* data
    size_t used
    size_t capacity
    int depth


# Make room for so many more bytes.
cdef inline int reserve(Printer* to, size_t more) except -1:
    if to.capacity - to.used >= more:
        return 0
    return _grow(to, more)


cdef inline int _grow(Printer* to, size_t more) except -1:
    cdef size_t capacity = to.capacity
    cdef size_t missing = more - (to.capacity - to.used)
    cdef char* data
    # Not even half of what can be addressed: so no sum here can be too large.
    if missing > <size_t>-1 // 8 or capacity > <size_t>-1 // 8:
        raise MemoryError
    capacity += missing if missing > capacity else capacity
    data = <char*>realloc(to.data, capacity)
    if data == NULL:
        raise MemoryError
    to.data = data
    to.capacity = capacity
    return 0


# Bytes as they are.
cdef inline int put_raw(Printer* to, const char* data, size_t length) except -1:
    reserve(to, length)
    memcpy(to.data + to.used, data, length)
    to.used += length
    return 0


# A literal as it is.
cdef inline int put(Printer* to, const char* literal) except -1:
    return put_raw(to, literal, strlen(literal))


cdef inline void _line(Printer* to) noexcept:
    # All of a constant, which takes no time, rather than as much as is needed.
    memcpy(to.data + to.used, <const char*>b"\n                ", 17)
    to.used += 1 + 2 * to.depth


# Begin the next element of an array, or member of an object.
cdef inline int put_element(Printer* to) except -1:
    cdef char last
    reserve(to, LINE)
    last = to.data[to.used - 1]
    if last != c"{" and last != c"[":
        to.data[to.used] = c","
        to.used += 1
    _line(to)
    return 0


# Begin the next member of an object; `key` as it stands there: quoted, with its colon and space.
cdef inline int put_key(Printer* to, const char* key) except -1:
    put_element(to)
    return put(to, key)


# Open an object or an array.
cdef inline int put_open(Printer* to, char bracket) except -1:
    reserve(to, 1)
    to.data[to.used] = bracket
    to.used += 1
    to.depth += 1
    return 0


# Close the innermost one.
cdef inline int put_close(Printer* to, char bracket) except -1:
    cdef char last
    reserve(to, LINE)
    to.depth -= 1
    last = to.data[to.used - 1]
    # One that is empty stays on its line.
    if last != c"{" and last != c"[":
        _line(to)
    to.data[to.used] = bracket
    to.used += 1
    return 0


cdef inline int put_unsigned(Printer* to, uint64_t number) except -1:
    cdef char digits[DIGITS]
    cdef int left = DIGITS
    while True:
        left -= 1
        digits[left] = <char>(c"0" + number % 10)
        number //= 10
        if number == 0:
            break
    return put_raw(to, digits + left, DIGITS - left)


cdef inline int put_signed(Printer* to, int64_t number) except -1:
    if number >= 0:
        return put_unsigned(to, <uint64_t>number)
    put(to, b"-")
    return put_unsigned(to, 0 - <uint64_t>number)


# A string, quoted and escaped.
#
# Raises UnicodeEncodeError where it holds a lone surrogate.
cdef inline int put_text(Printer* to, str text) except -1:
    cdef Py_ssize_t length = 0
    cdef const char* data = PyUnicode_AsUTF8AndSize(text, &length)
    cdef const char* end = data + length
    cdef const char* clean
    reserve(to, <size_t>length + 2)
    to.data[to.used] = c'"'
    to.used += 1
    while True:
        clean = data
        data = _skip_clean(data, end)
        # There is room for it: what an escape takes is reserved on top of all that is left.
        memcpy(to.data + to.used, clean, data - clean)
        to.used += data - clean
        if data == end:
            break
        reserve(to, <size_t>(end - data) + 8)
        _escape(to, <unsigned char>data[0])
        data += 1
    to.data[to.used] = c'"'
    to.used += 1
    return 0


# The first byte that must be escaped, or the end.
cdef inline const char* _skip_clean(const char* data, const char* end) noexcept:
    cdef unsigned char byte
    cdef uint64_t word = 0
    while end - data >= 8:
        memcpy(&word, data, 8)
        if not _is_clean(word):
            break
        data += 8
    while data < end:
        byte = <unsigned char>data[0]
        if byte < 0x20 or byte == c'"' or byte == c"\\":
            break
        data += 1
    return data


# Whether none of eight bytes must be escaped; false may come too often, true never does.
cdef inline bint _is_clean(uint64_t word) noexcept:
    cdef uint64_t ones = <uint64_t>0x0101010101010101
    cdef uint64_t quote = word ^ (ones * 0x22)
    cdef uint64_t backslash = word ^ (ones * 0x5C)
    cdef uint64_t found = (word - ones * 0x20) & ~word
    found |= (quote - ones) & ~quote
    found |= (backslash - ones) & ~backslash
    return (found & (ones * 0x80)) == 0


# Needs room for six bytes.
cdef inline void _escape(Printer* to, unsigned char byte) noexcept:
    cdef char* target = to.data + to.used
    cdef char short = 0
    if byte == c'"' or byte == c"\\":
        short = <char>byte
    elif byte == 8:
        short = c"b"
    elif byte == 9:
        short = c"t"
    elif byte == 10:
        short = c"n"
    elif byte == 12:
        short = c"f"
    elif byte == 13:
        short = c"r"
    target[0] = c"\\"
    if short:
        target[1] = short
        to.used += 2
        return
    target[1] = c"u"
    target[2] = c"0"
    target[3] = c"0"
    target[4] = <char>(c"0" + (byte >> 4))
    byte &= 15
    target[5] = <char>(c"0" + byte if byte < 10 else c"a" + byte - 10)
    to.used += 6


cdef inline int put_bool(Printer* to, bint value) except -1:
    return put(to, b"true" if value else b"false")


cdef inline int put_text_or_null(Printer* to, object value) except -1:
    return put(to, b"null") if value is None else put_text(to, <str>value)


# A member of an object, where its value is known.
cdef inline int put_known(Printer* to, const char* key, object value) except -1:
    if value is None:
        return 0
    put_key(to, key)
    return put_text(to, <str>value)
