# Attributes and their values in OTLP's protobuf form.

from cpython.dict cimport PyDict_SetItem
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from otel_multisig_native._texts cimport name_of, text_of
from otel_multisig_native._wire cimport MORE, Field, Part, fixed64_at, nothing, take_field, take_varint

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    void* PyUnicode_1BYTE_DATA(object text)
    str PyUnicode_New(Py_ssize_t size, Py_UCS4 highest)

cdef enum:
    MAX_DEPTH = 10  # The Python code goes deeper, and says where it ends.
    MAX_NAME_LIKE = 20
    MAX_REMEMBERED = 128
    MEMORIES = 512

cdef enum:
    # Tags of KeyValue and AnyValue; of ArrayValue and KeyValueList.
    KEY = 0x0A
    VALUE = 0x12
    STRING = 0x0A
    BOOL = 0x10
    INT = 0x18
    DOUBLE = 0x21
    ARRAY = 0x2A
    KVLIST = 0x32
    BYTES = 0x3A
    ELEMENT = 0x0A

# A key's memory is found by some bits of its address. The first one is that of no key.
cdef Memory _memories[MEMORIES]


cdef Memory* memory_of_none() noexcept:
    return _memories


cdef Memory* put_attribute(dict attributes, Part pair, Memory* before, int depth) except NULL:
    cdef Field field
    cdef Part key = nothing()
    cdef Part value = nothing()
    cdef str name
    cdef Memory* memory
    if not split_usual(pair, &key, &value):
        while pair.at < pair.end:
            take_field(&pair, &field)
            if field.tag == KEY:
                key = field.content
            elif field.tag == VALUE:
                refuse_second(value)
                value = field.content
    if is_text(before.next_key, key):
        name = <str>before.next_key
    else:
        name = name_of(<const char*>key.at, key.end - key.at)
        remember(&before.next_key, name)
    memory = &_memories[1 + (<size_t><PyObject*>name >> 4) % (MEMORIES - 1)]
    PyDict_SetItem(attributes, name, value_of(value, memory, depth))
    return memory


# Key and value with short lengths, in either order: all but a few are so.
cdef inline bint split_usual(Part pair, Part* key, Part* value) noexcept:
    cdef Py_ssize_t size = pair.end - pair.at
    cdef const unsigned char* middle
    if size < 4 or pair.at[1] >= MORE or pair.at[1] > size - 4:
        return False
    middle = pair.at + 2 + pair.at[1]
    if middle[1] >= MORE or middle[1] != pair.end - middle - 2:
        return False
    if pair.at[0] == KEY and middle[0] == VALUE:
        key.at, key.end = pair.at + 2, middle
        value.at, value.end = middle + 2, pair.end
        return True
    if pair.at[0] == VALUE and middle[0] == KEY:
        value.at, value.end = pair.at + 2, middle
        key.at, key.end = middle + 2, pair.end
        return True
    return False


cdef object value_of(Part part, Memory* memory, int depth):
    cdef Field field
    cdef Part content = nothing()
    cdef uint64_t tag = 0, bits
    cdef double number
    if is_only_text(part):
        part.at += 2
        return text_value(part, memory)
    while part.at < part.end:
        take_field(&part, &field)
        if field.tag in (ARRAY, KVLIST):
            if field.tag == tag:
                refuse_second(content)
            tag = field.tag
            content = field.content
        elif field.tag in (STRING, BOOL, INT, DOUBLE, BYTES):
            # Of fields that exclude each other the last one counts.
            tag = field.tag
            content = field.content
    if tag == STRING:
        return text_value(content, memory)
    if tag == INT:
        return <int64_t>take_varint(&content)
    if tag == BOOL:
        return take_varint(&content) != 0
    if tag == DOUBLE:
        bits = fixed64_at(content.at)
        memcpy(&number, &bits, sizeof(number))
        return number
    if tag == BYTES:
        return bytes_of(content)
    return None if tag == 0 else nested_value(content, tag, depth)


cdef inline bint is_only_text(Part part) noexcept:
    cdef Py_ssize_t size = part.end - part.at
    return size >= 2 and part.at[0] == STRING and part.at[1] < MORE and part.at[1] == size - 2


cdef object nested_value(Part part, uint64_t tag, int depth):
    cdef Field field
    cdef list elements = []
    cdef dict pairs = {}
    cdef Memory* memory = _memories
    if depth >= MAX_DEPTH:
        raise ValueError
    while part.at < part.end:
        take_field(&part, &field)
        if field.tag != ELEMENT:
            continue
        if tag == ARRAY:
            elements.append(value_of(field.content, _memories, depth + 1))
        else:
            memory = put_attribute(pairs, field.content, memory, depth + 1)
    return tuple(elements) if tag == ARRAY else pairs


cdef str text_value(Part part, Memory* memory):
    cdef str text
    if is_text(memory.text, part):
        return <str>memory.text
    if part.end - part.at <= MAX_NAME_LIKE:
        text = name_of(<const char*>part.at, part.end - part.at)
    else:
        text = ascii_or_text(part)
    remember(&memory.text, text)
    return text


cdef inline int remember(PyObject** place, str text) except -1:
    # Only of ASCII are the bytes of the text those of its UTF-8.
    if PyUnicode_IS_COMPACT_ASCII(text) and PyUnicode_GET_LENGTH(text) <= MAX_REMEMBERED:
        Py_INCREF(text)
        Py_XDECREF(place[0])
        place[0] = <PyObject*>text
    return 0


cdef inline bint is_text(PyObject* text, Part part) noexcept:
    return (
        text != NULL
        and PyUnicode_GET_LENGTH(<object>text) == part.end - part.at
        and are_equal(<const unsigned char*>PyUnicode_1BYTE_DATA(<object>text), part.at, part.end - part.at)
    )


# For so few bytes it is faster than memcmp.
cdef inline bint are_equal(const unsigned char* left, const unsigned char* right, Py_ssize_t length) noexcept:
    cdef uint64_t first, second
    while length >= 8:
        memcpy(&first, left, 8)
        memcpy(&second, right, 8)
        if first != second:
            return False
        left += 8
        right += 8
        length -= 8
    while length > 0:
        length -= 1
        if left[length] != right[length]:
            return False
    return True


cdef str ascii_or_text(Part part):
    cdef Py_ssize_t length = part.end - part.at
    cdef Py_ssize_t place = 0
    cdef uint64_t word, seen = 0
    if length == 0:
        return ""
    while place + 8 <= length:
        memcpy(&word, part.at + place, 8)
        seen |= word
        place += 8
    while place < length:
        seen |= part.at[place]
        place += 1
    if seen & <uint64_t>0x8080808080808080:
        return text_of(<const char*>part.at, length)
    text = PyUnicode_New(length, 127)
    memcpy(PyUnicode_1BYTE_DATA(text), part.at, length)
    return text
