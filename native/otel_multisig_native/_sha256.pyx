"""SHA-256 (FIPS 180-4) of short messages: an id of an imported span is one, and there are many of them."""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy, memset

cdef enum:
    BLOCK_LENGTH = 64
    ROUNDS = 64
    LENGTH_PLACE = 56

# The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
cdef const uint32_t* CONSTANTS = [
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
]

# The same of the square roots of the first eight.
cdef const uint32_t* START = [
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
]


cdef inline uint32_t _turn(uint32_t word, int bits) noexcept nogil:
    return (word >> bits) | (word << (32 - bits))


cdef inline uint32_t _load(const unsigned char* at) noexcept nogil:
    return (<uint32_t>at[0] << 24) | (<uint32_t>at[1] << 16) | (<uint32_t>at[2] << 8) | <uint32_t>at[3]


cdef inline void _store(unsigned char* at, uint32_t word) noexcept nogil:
    at[0] = <unsigned char>(word >> 24)
    at[1] = <unsigned char>(word >> 16)
    at[2] = <unsigned char>(word >> 8)
    at[3] = <unsigned char>word


cdef void digest_of(const unsigned char* message, size_t length, unsigned char* digest) noexcept nogil:
    cdef unsigned char block[BLOCK_LENGTH]
    cdef uint32_t state[8]
    cdef int place
    memset(block, 0, BLOCK_LENGTH)
    memcpy(block, message, length)
    # A bit of one behind the message, and its length in bits at the end.
    block[length] = 0x80
    _store(block + LENGTH_PLACE + 4, <uint32_t>(length * 8))
    _compress(block, state)
    for place in range(8):
        _store(digest + 4 * place, START[place] + state[place])


cdef void _compress(const unsigned char* block, uint32_t* state) noexcept nogil:
    cdef uint32_t words[ROUNDS]
    cdef uint32_t a, b, c, d, e, f, g, h, first, second
    cdef int t
    for t in range(16):
        words[t] = _load(block + 4 * t)
    for t in range(16, ROUNDS):
        first = words[t - 15]
        second = words[t - 2]
        first = _turn(first, 7) ^ _turn(first, 18) ^ (first >> 3)
        second = _turn(second, 17) ^ _turn(second, 19) ^ (second >> 10)
        words[t] = words[t - 16] + first + words[t - 7] + second
    a, b, c, d, e, f, g, h = START[0], START[1], START[2], START[3], START[4], START[5], START[6], START[7]
    for t in range(ROUNDS):
        first = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + ((e & f) ^ (~e & g)) + CONSTANTS[t] + words[t]
        second = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
        h = g
        g = f
        f = e
        e = d + first
        d = c
        c = b
        b = a
        a = first + second
    state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7] = a, b, c, d, e, f, g, h


def sha256(message: bytes) -> bytes:
    """The digest of a message of at most 55 bytes.

    Raises:
        ValueError: it is longer.
    """
    cdef unsigned char digest[DIGEST_LENGTH]
    if len(message) > LONGEST_MESSAGE:
        raise ValueError(f"at most {LONGEST_MESSAGE} bytes fit into one block, not {len(message)}")
    digest_of(message, len(message), digest)
    return digest[:DIGEST_LENGTH]
