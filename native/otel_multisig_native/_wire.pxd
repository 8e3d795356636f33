# Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), read without a step beyond the end.
#
# Whatever is damaged, or is a group, raises ValueError.

from libc.stdint cimport uint32_t, uint64_t


cdef enum:
    MORE = 0x80  # The bit of a byte that says that the number goes on.
    LOWEST_TAG = 8
    VARINT = 0
    FIXED64 = 1
    LENGTH = 2
    FIXED32 = 5
    LONGEST_VARINT = 10


# Bytes that are still to be read.
cdef struct Part:
    const unsigned char* at
    const unsigned char* end


# A tag and what stands behind it, a length left out.
cdef struct Field:
    uint64_t tag
    Part content


cdef inline Part nothing() noexcept:
    cdef Part part
    part.at = part.end = NULL
    return part


# Takes the next field off the part, which is not empty. The content of a number of four or eight bytes has these.
cdef inline int take_field(Part* part, Field* field) except -1:
    cdef uint64_t length
    field.tag = take_varint(part)
    if field.tag < LOWEST_TAG:
        raise ValueError
    field.content.at = part.at
    if field.tag & 7 == LENGTH:
        length = take_varint(part)
        field.content.at = part.at
    elif field.tag & 7 == VARINT:
        take_varint(part)
        length = 0
    elif field.tag & 7 == FIXED64:
        length = 8
    elif field.tag & 7 == FIXED32:
        length = 4
    else:
        raise ValueError
    if length > <uint64_t>(part.end - part.at):
        raise ValueError
    part.at += length
    field.content.end = part.at
    return 0


cdef inline uint64_t take_varint(Part* part) except? 0xABCDABCDABCDABCD:
    if part.at < part.end and part.at[0] < MORE:
        part.at += 1
        return (part.at - 1)[0]
    return take_long_varint(part)


cdef inline uint64_t take_long_varint(Part* part) except? 0xABCDABCDABCDABCD:
    cdef uint64_t number = 0
    cdef unsigned char byte
    cdef int place
    for place in range(LONGEST_VARINT):
        if part.at >= part.end:
            raise ValueError
        byte = part.at[0]
        part.at += 1
        # What a tenth byte has too many bits of falls off.
        number |= <uint64_t>(byte & 0x7F) << (7 * place)
        if byte < MORE:
            return number
    raise ValueError


cdef inline uint64_t fixed64_at(const unsigned char* data) noexcept:
    return fixed32_at(data) | <uint64_t>fixed32_at(data + 4) << 32


cdef inline uint32_t fixed32_at(const unsigned char* data) noexcept:
    return data[0] | <uint32_t>data[1] << 8 | <uint32_t>data[2] << 16 | <uint32_t>data[3] << 24
