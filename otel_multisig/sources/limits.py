"""How much a file may ask for before it is refused: a recording may come from anybody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DOCUMENT_VARIABLE", "RATIO_VARIABLE", "Limits", "limits_of"]

DOCUMENT_VARIABLE: Final = "OTEL_MULTISIG_MAX_DOCUMENT_MIB"
"""Environment variable: the largest document that is read, in MiB."""

RATIO_VARIABLE: Final = "OTEL_MULTISIG_MAX_UNPACK_RATIO"
"""Environment variable: how many times its size a compressed file may unpack to."""

_MIB: Final = 1 << 20


class Limits(msgspec.Struct, frozen=True):
    """What is refused, and how to raise it stands in the refusal.

    Memory is bounded by the first: a document (a line, a message of a file of messages, a file that is one document)
    stands in memory as a whole, and takes about 5 times its size there, up to 60 times where it was made to.

    Attributes:
        document_bytes: the largest document, unpacked.
        ratio: how many times its compressed size a file may unpack to. Recordings reach some 20 to 50.
        free_bytes: what a compressed file may unpack to whatever its size.
    """

    document_bytes: int = 64 * _MIB
    ratio: int = 200
    free_bytes: int = 256 * _MIB


def limits_of(environment: Mapping[str, str] = os.environ) -> Limits:
    """The limits that the environment asks for; what is no number above zero is passed over."""
    usual = Limits()
    document, ratio = (environment.get(name, "") for name in (DOCUMENT_VARIABLE, RATIO_VARIABLE))
    return Limits(
        document_bytes=int(document) * _MIB if _is_number(document) else usual.document_bytes,
        ratio=int(ratio) if _is_number(ratio) else usual.ratio,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0  # noqa: PLR2004 (a sane length)
