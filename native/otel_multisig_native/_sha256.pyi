def sha256(message: bytes) -> bytes:
    """The digest of a message of at most 55 bytes.

    Raises:
        ValueError: it is longer.
    """
