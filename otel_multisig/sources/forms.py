"""The forms of files that can be read, each recognised by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from otel_multisig.sources.json_documents import JsonDocuments
from otel_multisig.sources.legacy_json import LegacyJson
from otel_multisig.sources.messages import FramedMessages, ProtobufMessage

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from otel_multisig.sources.limits import Limits
    from otel_multisig.sources.source import Found, Problem

__all__ = ["FORMS", "HEAD_BYTES", "Form", "recognise"]

HEAD_BYTES: Final = 65_536
"""How much of a file, unpacked, a form sees to be recognised by."""


class Form(Protocol):
    """A form of files. A further one is a class with these members and an entry in `FORMS`."""

    @property
    def title(self) -> str:
        """What people call it."""

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this has this form."""

    def read(self, stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Found | Problem]:
        """What is in the file.

        Args:
            stream: the file, at its beginning, unpacked.
            name: what messages call it.
            limits: what is refused.

        Raises:
            OSError: the stream cannot be read further.
        """


# In this order: bytes that could be two of them are what the first of them is.
FORMS: Final[tuple[Form, ...]] = (FramedMessages(), LegacyJson(), JsonDocuments(), ProtobufMessage())


def recognise(head: bytes) -> Form | None:
    """The form of a file that begins like this; None where no form fits."""
    return next((form for form in FORMS if form.recognise(head)), None)
