"""The group that the simulator's keys live in: the numbers below a prime, with multiplication.

It has what the key exchange needs (shared secrets, sums of keys, signatures) and nothing of what Monero's Ed25519 has
in strength: keys of the simulator are worth nothing. As in Monero an encoded key has 32 bytes, and that of the neutral
element is a one and 31 zeros, so that the address of a half-made wallet has the same telling form.
"""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

NEUTRAL: Final = 1
KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64

_PRIME: Final = 2**255 - 19
_ORDER: Final = _PRIME - 1
_GENERATOR: Final = 2


def secret_from(*parts: bytes | int) -> int:
    """A secret key that depends on all the parts and on nothing else."""
    digest = sha512()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.to_bytes(KEY_SIZE, "little"))
    return int.from_bytes(digest.digest(), "little") % (_ORDER - 2) + 1


def random_secret(source: Random) -> int:
    """A new secret key."""
    return source.randrange(1, _ORDER)


def public_of(secret: int) -> int:
    """The public key of a secret one."""
    return pow(_GENERATOR, secret, _PRIME)


def shared(secret: int, public: int) -> int:
    """What the owner of one key makes of the public key of another, and the other of his, alike."""
    return pow(public, secret, _PRIME)


def weighted_sum(publics: list[int], weights: list[int]) -> int:
    """The sum of public keys, each times its weight; the secret key of it is the same sum of the secret ones."""
    total = NEUTRAL
    for public, weight in zip(publics, weights, strict=True):
        total = total * pow(public, weight, _PRIME) % _PRIME
    return total


def times(secret: int, weight: int) -> int:
    """A secret key times a weight."""
    return secret * weight % _ORDER


def is_key(number: int) -> bool:
    """Whether a number is a public key other than the neutral element."""
    return NEUTRAL < number < _PRIME


def encoded(number: int) -> bytes:
    """A key as 32 bytes."""
    return number.to_bytes(KEY_SIZE, "little")


def decoded(data: bytes) -> int:
    """The number that 32 bytes stand for, a key or not."""
    return int.from_bytes(data, "little")


def signature(secret: int, message: bytes, source: Random) -> bytes:
    """A Schnorr signature. It differs each time, as the server's do."""
    nonce = random_secret(source)
    commitment = public_of(nonce)
    challenge = secret_from(b"signature", commitment, public_of(secret), message)
    return encoded(commitment) + encoded((nonce + challenge * secret) % _ORDER)


def is_signed(public: int, message: bytes, signed: bytes) -> bool:
    """Whether a signature was made with the secret key of this public one."""
    commitment, response = decoded(signed[:KEY_SIZE]), decoded(signed[KEY_SIZE:])
    if not is_key(commitment):
        return False
    challenge = secret_from(b"signature", commitment, public, message)
    return public_of(response) == commitment * shared(challenge, public) % _PRIME
