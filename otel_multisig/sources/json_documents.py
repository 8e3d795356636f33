"""JSON with spans: OTLP and what Jaeger and Tempo answer, a document a line or one over many lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otel_multisig.otlp import OtlpDecodeError, decode
from otel_multisig.sources._unpack import too_large
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from otel_multisig.sources.limits import Limits

__all__ = ["JsonDocuments", "found_in", "is_document_line", "read_lines"]

_BOM: Final = b"\xef\xbb\xbf"
_BEGINNING: Final = rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*"
# At the start of any line: the first one may be damaged.
_LINE: Final = re.compile(
    rb'^(?:\xef\xbb\xbf)?[ \t]*\{[ \t]*"(?:resourceSpans|batches|result|trace|data)"', re.MULTILINE
)
_SPANS: Final = re.compile(
    rb'"(?:resourceSpans|batches)"[ \t\r\n]*:'
    rb'|"data"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*(?:\{[ \t\r\n]*"(?:traceID|spans|processes)"|\])'
)
_EMPTY: Final = re.compile(_BEGINNING + rb'"(?:result|trace)"[ \t\r\n]*:[ \t\r\n]*\{')
_OBJECT: Final = re.compile(_BEGINNING + rb'["}]')
_BLANK: Final = b" \t\r\n"
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)


class JsonDocuments:
    """The form's reader."""

    title: Final = "OTLP, Jaeger or Tempo JSON"

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this holds such documents."""
        if b"\0" in head:
            return False
        if _OBJECT.match(head) and (_EMPTY.match(head) or _SPANS.search(head)):
            return True
        found = _LINE.search(head)
        return found is not None and _SPANS.search(head, found.start()) is not None

    def read(self, stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Found | Problem]:
        """The spans of each document; one that cannot be read gives a problem, and no spans."""
        lines = _lines(stream, limits)
        before: list[bytes] = []
        number = 0
        for line in lines:
            number += 1
            if line is None:
                yield Problem(Origin(name, number), *too_large(limits))
            elif line.strip(_BLANK):
                if _opens_many_lines(line):
                    before.append(line)
                else:
                    yield from _read_line(line, Origin(name, number))
                break
        if before:
            second = next((line for line in lines if line is None or line.strip(_BLANK)), b"")
            if second is not None and not _LINE.match(second):
                yield from _read_whole(before[0] + second, stream, Origin(name, number), limits)
                return
            yield from _read_line(before[0], Origin(name, number))
            number += 1
            if second is not None:
                yield from _read_line(second, Origin(name, number))
        yield from _read_all(lines, name, limits, number)


def is_document_line(line: bytes) -> bool:
    """Whether a line, the first of a file, is a document, so that the file has one a line."""
    return _LINE.match(line) is not None and line.endswith(b"\n") and not _opens_many_lines(line)


def read_lines(stream: io.BufferedReader, name: str, limits: Limits, first: int = 1) -> Iterator[Found | Problem]:
    """The spans of each line of a file that has one document a line.

    Args:
        stream: where the lines come from.
        name: what messages call the file.
        limits: what is refused.
        first: the number of the first line.
    """
    yield from _read_all(_lines(stream, limits), name, limits, first - 1)


def _read_all(lines: Iterator[bytes | None], name: str, limits: Limits, number: int) -> Iterator[Found | Problem]:
    for line in lines:
        number += 1
        if line is None:
            yield Problem(Origin(name, number), *too_large(limits))
        elif not line.isspace():
            yield from _read_line(line, Origin(name, number))


def found_in(document: bytes, origin: Origin) -> Iterator[Found]:
    """The spans of a document.

    Raises:
        OtlpDecodeError: it cannot be read.
    """
    records = decode(document)
    if records:
        weight = len(document) // len(records)
        for record in records:
            yield Found(origin, record, weight)


def _opens_many_lines(line: bytes) -> bool:
    """Whether a line that begins a document does not end it: it must not be one that was cut off."""
    text = line.removeprefix(_BOM).strip(_BLANK)
    return text.startswith(b"{") and not text.endswith(b"}") and line.endswith(b"\n")


def _read_line(line: bytes, origin: Origin) -> Iterator[Found | Problem]:
    text = line.strip(_BLANK).removeprefix(_BOM)
    try:
        yield from found_in(text, origin)
    except OtlpDecodeError as error:
        if line.endswith(b"\n") or text.endswith(b"}"):
            yield Problem(
                origin, f"the line cannot be read as spans ({error})", "mend or remove it; the other lines were read"
            )
        else:
            yield Problem(
                origin, "the last line is cut off", "its writer was killed or still writes; the other lines were read"
            )


def _read_whole(begun: bytes, stream: io.BufferedReader, origin: Origin, limits: Limits) -> Iterator[Found | Problem]:
    """Documents that go over many lines, one behind the other."""
    text = begun + stream.read(limits.document_bytes + 1 - len(begun))
    if len(text) > limits.document_bytes:
        yield Problem(origin, *too_large(limits))
        return
    text = text.removeprefix(_BOM)
    try:
        yield from found_in(text, origin)
        return  # noqa: TRY300 (an `else` would hold all that follows)
    except OtlpDecodeError as error:
        documents = list(_split(text))
        if len(documents) == 1:
            yield Problem(origin, f"the document cannot be read as spans ({error})", "fetch it again")
            return
    line = origin.line or 1
    for document in documents:
        here = Origin(origin.source, line + document.count(b"\n", 0, len(document) - len(document.lstrip(_BLANK))))
        line += document.count(b"\n")
        try:
            yield from found_in(document, here)
        except OtlpDecodeError as error:
            yield Problem(
                here, f"the document cannot be read as spans ({error})", "mend or remove it; the others were read"
            )


def _split(text: bytes) -> Iterator[bytes]:
    """The documents that stand in a text one behind the other; what is not closed is the last one."""
    depth = start = 0
    for token in _TOKENS.finditer(text):
        mark = text[token.start()]
        if mark in b"{[":
            depth += 1
        elif mark in b"}]":
            depth -= 1
            if depth <= 0:
                depth = 0
                yield text[start : token.end()]
                start = token.end()
    if text[start:].strip(_BLANK):
        yield text[start:]


def _lines(stream: io.BufferedReader, limits: Limits) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is too long to be held."""
    longest = limits.document_bytes
    while line := stream.readline(longest):
        if len(line) < longest or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(1 << 20)
        yield None
