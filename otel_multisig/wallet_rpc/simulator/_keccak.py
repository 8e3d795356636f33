"""Keccak-256 with the padding of before SHA-3, which Monero's addresses are checked with and hashlib does not have.

Source: The Keccak reference, version 3.0 (permutation Keccak-f[1600]).
"""

from __future__ import annotations

from typing import Final

_LANES: Final = 5
_ROUNDS: Final = 24
_RATE: Final = 136
_MASK: Final = (1 << 64) - 1


def _rotated(value: int, by: int) -> int:
    return ((value << by) | (value >> (64 - by))) & _MASK if by else value


def _round_constants() -> tuple[int, ...]:
    """The 24 constants of step iota, from the linear feedback shift register that defines them."""
    constants, register = [], 1
    for _ in range(_ROUNDS):
        constant = 0
        for exponent in range(7):
            if register & 1:
                constant |= 1 << ((1 << exponent) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


def _walk() -> tuple[tuple[int, int, int], ...]:
    """The order in which steps rho and pi visit the lanes: the lane's place, and how far it is rotated on its way."""
    x, y, steps = 1, 0, []
    for step in range(_ROUNDS):
        x, y = y, (2 * x + 3 * y) % _LANES
        steps.append((x, y, ((step + 1) * (step + 2) // 2) % 64))
    return tuple(steps)


_CONSTANTS: Final = _round_constants()
_WALK: Final = _walk()


def _permuted(lanes: list[list[int]]) -> list[list[int]]:
    for constant in _CONSTANTS:
        columns = [row[0] ^ row[1] ^ row[2] ^ row[3] ^ row[4] for row in lanes]
        for x in range(_LANES):
            change = columns[(x - 1) % _LANES] ^ _rotated(columns[(x + 1) % _LANES], 1)
            lanes[x] = [lane ^ change for lane in lanes[x]]
        moving = lanes[1][0]
        for x, y, by in _WALK:
            lanes[x][y], moving = _rotated(moving, by), lanes[x][y]
        lanes = [
            [lanes[x][y] ^ (~lanes[(x + 1) % _LANES][y] & lanes[(x + 2) % _LANES][y] & _MASK) for y in range(_LANES)]
            for x in range(_LANES)
        ]
        lanes[0][0] ^= constant
    return lanes


def keccak_256(data: bytes) -> bytes:
    """The 32 bytes of the digest."""
    padded = bytearray(data + b"\x01")
    padded += bytes(-len(padded) % _RATE)
    padded[-1] |= 0x80
    lanes = [[0] * _LANES for _ in range(_LANES)]
    for start in range(0, len(padded), _RATE):
        for index in range(_RATE // 8):
            at = start + index * 8
            lanes[index % _LANES][index // _LANES] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lanes[index % _LANES][index // _LANES].to_bytes(8, "little") for index in range(4))
