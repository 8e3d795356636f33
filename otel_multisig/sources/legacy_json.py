"""Legacy JSON: the recordings of the old system, an array of events a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from otel_multisig.sources._unpack import too_large
from otel_multisig.sources.source import Found, Origin, Problem

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from otel_multisig.sources.limits import Limits

__all__ = ["LegacyJson"]

_ARRAY: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\[[ \t\r\n]*(?:\{|\])")
_KEYS: Final = (b'"event_type"', b'"trace_id"')


class LegacyJson:
    """The form's reader."""

    title: Final = "legacy JSON"

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins like this is an array of events, or an empty one."""
        found = _ARRAY.match(head)
        if found is None or b"\0" in head:
            return False
        if found[0].endswith(b"]"):
            return not head[found.end() :].strip()
        return any(key in head for key in _KEYS)

    def read(self, stream: io.BufferedReader, name: str, limits: Limits) -> Iterator[Found | Problem]:
        """Its set-ups, and the events that cannot be read."""
        from otel_multisig.legacy import read

        data = stream.read(limits.document_bytes + 1)
        if len(data) > limits.document_bytes:
            yield Problem(Origin(name), *too_large(limits))
            return
        reading = read(data, origin=name.rpartition("/")[2])
        for trace in reading.traces:
            yield Found(Origin(name), trace, len(data) // len(reading.traces))
        for problem in reading.problems:
            yield Problem(Origin(name, None, problem.place), problem.problem, "mend or remove it; the rest was read")
