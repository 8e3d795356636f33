"""The forms of files that can be read, each recognised by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from otel_multisig.sources.otlp_json_lines import OtlpJsonLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from otel_multisig.sources.source import Found, Problem

__all__ = ["FORMS", "HEAD_BYTES", "Form", "recognise"]

HEAD_BYTES: Final = 65_536
"""How much of a file a form sees to be recognised by."""


class Form(Protocol):
    """A form of files. A further one is a class with these members and an entry in `FORMS`."""

    @property
    def title(self) -> str:
        """What people call it."""

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this has this form."""

    def read(self, stream: BinaryIO, name: str, advance: Callable[[int], None]) -> Iterator[Found | Problem]:
        """What is in the file.

        Args:
            stream: the file, at its beginning.
            name: what messages call it.
            advance: is told of each number of bytes that were read.

        Raises:
            OSError: the stream cannot be read further.
        """


FORMS: Final[tuple[Form, ...]] = (OtlpJsonLines(),)


def recognise(head: bytes) -> Form | None:
    """The form of a file that begins like this; None where no form fits."""
    return next((form for form in FORMS if form.recognise(head)), None)
