"""Texts of UTF-8 bytes, those that come again and again out of a table."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint64_t
from libc.string cimport memcmp, memcpy

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    void* PyUnicode_1BYTE_DATA(object text)
    void PyUnicode_InternInPlace(PyObject** text)

cdef enum:
    PLACES = 4096
    LONGEST_NAME = 64

# A place of the table holds the text that was last asked for there; the rest of the table is NULL.
cdef PyObject* _names[PLACES]


cdef str text_of(const char* data, Py_ssize_t length):
    return PyUnicode_DecodeUTF8(data, length, NULL)


cdef str name_of(const char* data, Py_ssize_t length):
    cdef PyObject** place
    cdef PyObject* interned
    cdef str text
    if length > LONGEST_NAME or length == 0:
        return PyUnicode_DecodeUTF8(data, length, NULL)
    place = &_names[_hash(data, length) % PLACES]
    if place[0] != NULL:
        text = <str>place[0]
        if PyUnicode_GET_LENGTH(text) == length and memcmp(PyUnicode_1BYTE_DATA(text), data, length) == 0:
            return text
    text = PyUnicode_DecodeUTF8(data, length, NULL)
    # Only of ASCII are the bytes of the text those of its UTF-8.
    if not PyUnicode_IS_COMPACT_ASCII(text):
        return text
    interned = <PyObject*>text
    Py_INCREF(text)
    PyUnicode_InternInPlace(&interned)
    if place[0] != NULL:
        Py_DECREF(<object>place[0])
    place[0] = interned
    return <str>interned


cdef inline uint64_t _hash(const char* data, Py_ssize_t length) noexcept:
    cdef uint64_t word = 0
    cdef uint64_t result = <uint64_t>length
    while length > 8:
        memcpy(&word, data, 8)
        result = (result ^ word) * <uint64_t>0x9E3779B97F4A7C15
        result ^= result >> 32
        data += 8
        length -= 8
    word = 0
    memcpy(&word, data, length)
    result = (result ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return result >> 40
