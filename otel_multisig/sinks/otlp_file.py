"""Spans appended to an OTLP JSON Lines file. Needs the extra ``otlp`` (the OpenTelemetry SDK).

The form is that of the Collector's file exporter (OTLP file exporter specification): each line is one ``TracesData``.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_multisig.otlp import encode_line, from_sdk_span
from otel_multisig.sinks._advisory_lock import descriptor_lock
from otel_multisig.sinks.atomic import DEFAULT_MODE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

__all__ = ["OtlpJsonLinesExporter"]

_log = logging.getLogger("otel_multisig")


class OtlpJsonLinesExporter(SpanExporter):
    """Appends one line per export to a file; all spans, those of the escrows and any others.

    A line is there whole or not at all, also where several processes append to one file. An error is logged once and
    makes the export fail; the application does not notice.

    Args:
        path: the file, made with its folder where it is missing.
        mode: its permissions where it is made.
    """

    def __init__(self, path: Path, *, mode: int = DEFAULT_MODE) -> None:
        self.path: Final = path
        self._mode = mode
        self._lock = threading.Lock()
        self._warned = False
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append the spans as one line."""
        if self._closed:
            return SpanExportResult.FAILURE
        if not spans:
            return SpanExportResult.SUCCESS
        try:
            line = encode_line([from_sdk_span(span) for span in spans])
            with self._lock:
                self._append(line + b"\n")
        except Exception as error:  # whatever goes wrong here is not the application's business
            self._warn(error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Take no more spans."""
        self._closed = True

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the interface's signature
        """Nothing is held back."""
        return True

    def _append(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), self._mode)
        try:
            with descriptor_lock(descriptor):
                size = os.fstat(descriptor).st_size
                # A process that was killed may have left half a line.
                if size and _last_byte(descriptor, size) != b"\n":
                    data = b"\n" + data
                try:
                    _write_all(descriptor, data)
                except OSError:
                    with contextlib.suppress(OSError):
                        os.ftruncate(descriptor, size)
                    raise
        finally:
            os.close(descriptor)

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("otel-multisig: cannot append to %s (%s); later failures are not logged", self.path, error)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)
