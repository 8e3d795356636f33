"""Set-ups written to one file of OTLP: JSON Lines, or protobuf."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from otel_multisig.model import disassemble
from otel_multisig.otlp import encode_line, encode_protobuf
from otel_multisig.sinks.atomic import DEFAULT_MODE, open_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from otel_multisig.model import EscrowTrace

__all__ = ["SUFFIXES", "write_otlp_file"]

PROTOBUF_SUFFIXES: Final = (".pb", ".binpb")
JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
SUFFIXES: Final = (*JSON_SUFFIXES, *PROTOBUF_SUFFIXES)
"""The names of files that can be written."""


@contextlib.contextmanager
def write_otlp_file(path: Path, *, replace: bool, mode: int = DEFAULT_MODE) -> Iterator[Callable[[EscrowTrace], int]]:
    """A file of set-ups, there when the block has ended well, whole or not at all; not where there were none.

    Its name decides the form: ``.pb`` is one ``TracesData`` of protobuf (messages one behind the other are one
    message), anything else OTLP JSON Lines with a set-up a line.

    Args:
        path: the file.
        replace: whether it takes the place of one that is there.
        mode: its permissions.

    Yields:
        What writes a set-up, and gives its bytes.

    Raises:
        FileExistsError: there is something of this name, and it was not to be replaced.
        OSError: it cannot be written.
    """
    protobuf = path.suffix in PROTOBUF_SUFFIXES
    with contextlib.suppress(_NothingWrittenError), open_whole(path, replace=replace, mode=mode) as stream:

        def write(trace: EscrowTrace) -> int:
            records = disassemble(trace)
            return stream.write(encode_protobuf(records) if protobuf else encode_line(records) + b"\n")

        yield write
        if not stream.tell():
            raise _NothingWrittenError


class _NothingWrittenError(Exception):
    """Takes the file away that would be empty, which no reader could tell the form of."""
