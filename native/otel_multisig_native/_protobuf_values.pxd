# Attributes and their values in OTLP's protobuf form; ValueError where they are damaged, or not as usual.

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject

from otel_multisig_native._wire cimport Part


# What came after a key, and with it, when it was last seen: attributes mostly come in the same order, and many have the
# same value each time. It is only a guess, which is compared; NULL, or a short text of ASCII.
cdef struct Memory:
    PyObject* next_key
    PyObject* text


# The memory of no key: what an attribute that is the first one is given.
cdef Memory* memory_of_none() noexcept

# Puts in what an attribute says, and gives the memory of its key; it is given that of the key before it.
cdef Memory* put_attribute(dict attributes, Part pair, Memory* before, int depth) except NULL

# A text that may well be the same as the one before it.
cdef str text_value(Part part, Memory* memory)

# A text that is not looked for.
cdef str ascii_or_text(Part part)

# A message that comes twice is merged, and the bytes of two, one after the other, are the merged message.
cdef inline int refuse_second(Part part) except -1:
    if part.at != NULL:
        raise ValueError
    return 0


cdef inline bytes bytes_of(Part part):
    return PyBytes_FromStringAndSize(<const char*>part.at, part.end - part.at)
