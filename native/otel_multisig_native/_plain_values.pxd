# Values as they usually are, read without asking Python: exact types only, so that nothing of theirs can be overridden.
# All is inline.

from cpython.dict cimport PyDict_GetItemWithError
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport int64_t, uint64_t

cdef extern from "Python.h":
    bint PyLong_CheckExact(PyObject* value)
    long long PyLong_AsLongLongAndOverflow(PyObject* value, int* overflow)  # of an integer it never fails

cdef extern from *:
    """
    static unsigned long long whole_milliseconds(double seconds) {
        /* volatile: some machines would fuse the two steps, and round once where Python rounds twice. */
        volatile double microseconds = seconds * 1000000.0;
        return (unsigned long long)(microseconds + 0.5) / 1000;
    }
    """
    unsigned long long whole_milliseconds(double seconds) noexcept

cdef enum:
    MOST_DIGITS = 18
    NO_PORT = -1
    MOST_PORT = 65_535
    MILLISECOND = 1_000_000


# None where it is not there.
cdef inline object find(dict known, str key):
    cdef PyObject* value = PyDict_GetItemWithError(known, key)
    return None if value == NULL else <object>value


# Whether it is a string, or None.
cdef inline bint is_text(object value) noexcept:
    return value is None or PyUnicode_CheckExact(value)


# Whether it is an integer of 64 bits.
cdef inline bint read_integer(object value, int64_t* result) noexcept:
    cdef int overflow = 0
    if not PyLong_CheckExact(<PyObject*>value):
        return False
    result[0] = PyLong_AsLongLongAndOverflow(<PyObject*>value, &overflow)
    return overflow == 0


cdef inline bint is_number(PyObject* value) noexcept:
    cdef int64_t number
    return read_integer(<object>value, &number)


# What `is_number` is true for.
cdef inline int64_t number_of(PyObject* value) noexcept:
    cdef int overflow = 0
    return PyLong_AsLongLongAndOverflow(value, &overflow)


# Whether it is such an integer or the text of one.
cdef inline bint read_number(object value, int64_t* result) except -1:
    cdef Py_ssize_t digits
    cdef int64_t number = 0
    cdef bint negative
    cdef Py_UCS4 character
    if not PyUnicode_CheckExact(value):
        return read_integer(value, result)
    negative = (<str>value).startswith("-")
    digits = len(<str>value) - negative
    if not 0 < digits <= MOST_DIGITS:
        return False
    for character in (<str>value)[negative:]:
        if not 48 <= <long>character <= 57:
            return False
        number = number * 10 + <long>character - 48
    result[0] = -number if negative else number
    return True


# Whether it is a usual duration, in seconds.
cdef inline bint read_duration(object value, uint64_t* milliseconds) noexcept:
    cdef double seconds
    if not PyFloat_CheckExact(value):
        return False
    seconds = PyFloat_AS_DOUBLE(value)
    if not 0 <= seconds < 1e6:
        return False
    milliseconds[0] = whole_milliseconds(seconds)
    return True


# Whole milliseconds, never negative.
cdef inline uint64_t as_milliseconds(int64_t nanoseconds) noexcept:
    return <uint64_t>nanoseconds // MILLISECOND if nanoseconds > 0 else 0


# Whether it is a boolean, or None.
cdef inline bint is_flag(object value) noexcept:
    return value is None or value is True or value is False


# Whether it is a port, or none: NO_PORT then, and for a number that no port has.
cdef inline bint read_port(object value, int* port) except -1:
    cdef int64_t number = NO_PORT
    if value is not None and not read_integer(value, &number):
        return False
    port[0] = <int>number if 0 <= number <= MOST_PORT else NO_PORT
    return True
