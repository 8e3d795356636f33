"""Copying and moving wallet files, recorded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.tracing import _errors
from otel_multisig.tracing._block import Block
from otel_multisig.tracing._capture import clear_path

if TYPE_CHECKING:
    from otel_multisig.tracing._node import Attributes
    from otel_multisig.tracing._scope import Scope

__all__ = ["FileOperation"]


class FileOperation(Block):
    """A file operation under way.

    Attributes:
        size: Bytes copied; set it when it is known.
    """

    __slots__ = ("_destination", "_role", "_scope", "_source", "_started_at", "size")

    _noun = "a file operation"

    def __init__(self, scope: Scope, source: str, destination: str, role: str | None) -> None:
        self._scope = scope
        self._source = str(source)
        self._destination = str(destination)
        self._role = role
        self._started_at = 0.0
        self.size: int | None = None

    def _open(self) -> None:
        self._started_at = time.perf_counter()

    def _close(self, error: BaseException | None) -> None:
        self._record(time.perf_counter() - self._started_at, error)

    def _record(self, seconds: float, error: BaseException | None) -> None:
        attributes: Attributes = {
            attr.MONERO_FILE_SOURCE: clear_path(self._source),
            attr.MONERO_FILE_DESTINATION: clear_path(self._destination),
            attr.MONERO_FILE_DURATION: seconds,
        }
        if type(self.size) is int and 0 <= self.size < 2**63:
            attributes[attr.MONERO_FILE_SIZE] = self.size
        labels: dict[str, str] = {}
        if error is not None:
            labels[upstream.ERROR_TYPE] = attributes[upstream.ERROR_TYPE] = _errors.class_name(error)
        self._scope.happen(events.FILE_OPERATION, self._role, attributes)
        self._scope.setup.instruments.file_operation.record(seconds, labels)
