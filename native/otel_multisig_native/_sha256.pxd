"""SHA-256 (FIPS 180-4) of short messages."""

cdef enum:
    # What fits into one block together with its length.
    LONGEST_MESSAGE = 55
    DIGEST_LENGTH = 32

# The digest of a message of at most LONGEST_MESSAGE bytes.
cdef void digest_of(const unsigned char* message, size_t length, unsigned char* digest) noexcept nogil
