"""What a page is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from otel_multisig.diagnosis.finding import Diagnosis
    from otel_multisig.model import EscrowTrace

__all__ = ["Reported", "Unread"]


class Reported(msgspec.Struct, frozen=True):
    """A set-up for the page.

    Attributes:
        trace: what was recorded.
        diagnosis: what the rules say of it.
        sources: the names of the files, streams and backends that it was found in.
        context: it was not asked for, but stands in the evidence of one that was.
    """

    trace: EscrowTrace
    diagnosis: Diagnosis
    sources: tuple[str, ...] = ()
    context: bool = False


class Unread(msgspec.Struct, frozen=True):
    """Something that could not be read.

    Attributes:
        where: the file, and the place in it.
        what: what is wrong with it.
        remedy: what to do about it.
    """

    where: str
    what: str
    remedy: str
