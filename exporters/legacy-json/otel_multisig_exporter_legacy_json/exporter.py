"""The span exporter."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_multisig.model import assemble
from otel_multisig.otlp import from_sdk_span
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans as names
from otel_multisig.sinks import LegacyFolder, Retention
from otel_multisig_exporter_legacy_json._alarm import Alarm
from otel_multisig_exporter_legacy_json._held import HeldSetup, HeldSetups
from otel_multisig_exporter_legacy_json._settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

__all__ = ["LegacyJsonSpanExporter"]

_log = logging.getLogger("otel_multisig")

_RETRY_SECONDS: Final = 30.0
_TIDY_SECONDS: Final = 60.0
_LINGER_SECONDS: Final = 300.0
MAX_SETUPS: Final = 1_000
MAX_ITEMS: Final = 100_000


class LegacyJsonSpanExporter(SpanExporter):
    """Writes each set-up to ``escrow_{id}.json`` when its root span ends.

    ``_FAILED`` stands in the name where it failed, ``_PARTIAL`` where its root has not come: at shutdown, and after the
    idle time; the final file takes the partial one's place. Spans that come after the root's end have the file written
    again. Spans of no set-up are passed over, whatever trace they are in. Markers of open spans are taken for what they
    stand for: they end nothing, and a partial file tells of the open spans.

    At most `max_setups` set-ups and `max_items` spans and events are held. Beyond that those go first that are over and
    written, then the open one that has waited longest: it is written as partial, and what comes of it later gets a file
    of its own.

    What cannot be written is logged once, kept within these bounds and tried again: with the next set-up that ends,
    after half a minute, and at shutdown.

    Every argument that is None is read from the environment, see ``docs/legacy-json.md``.

    Args:
        folder: where the files go.
        mode: their permissions.
        idle: seconds without news after which an open set-up is written as partial; 0 never does.
        max_age: seconds after which recordings are removed.
        max_files: number of recordings that are kept.
        max_setups: number of set-ups that are held.
        max_items: number of spans and events that are held.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        mode: int | None = None,
        idle: float | None = None,
        max_age: float | None = None,
        max_files: int | None = None,
        max_setups: int = MAX_SETUPS,
        max_items: int = MAX_ITEMS,
    ) -> None:
        settings = read_settings()
        self._path = settings.folder if folder is None else Path(folder).absolute()
        self._mode = settings.mode if mode is None else mode
        self._idle = settings.idle if idle is None else idle
        self._linger = self._idle or _LINGER_SECONDS
        self._retention = Retention(
            settings.max_age if max_age is None else max_age,
            settings.max_files if max_files is None else max_files,
        )
        self._max_setups = max_setups
        self._max_items = max_items
        self._closed = False
        self._reset()
        _forget_in_child(self)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take ended spans, and write the set-ups whose root has ended."""
        if self._closed:
            return SpanExportResult.FAILURE
        try:
            ours = [span for span in spans if _setup_id(span)]
            if not ours:
                return SpanExportResult.SUCCESS
            with self._lock:
                return SpanExportResult.SUCCESS if self._take(ours) else SpanExportResult.FAILURE
        except Exception as error:  # a defect of ours is no business of the application's
            self._warn("export", "cannot export", error)
            return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Write what is not written yet, open set-ups as partial ones, and take no more spans."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for held in self._held:
                if held.unwritten:
                    self._write(held)
            self._held.clear()
        self._alarm.cancel()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the interface's signature
        """Try again what could not be written. Open set-ups stay open: flushing does not end them."""
        with self._lock:
            return self._write_all(held for held in self._held if held.unwritten and held.has_root)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._folder = LegacyFolder(self._path, mode=self._mode)
        self._held = HeldSetups()
        self._alarm = Alarm(self._ring)
        self._retry_at = 0.0
        self._tidy_at = 0.0
        self._warned: set[str] = set()

    def _take(self, spans: Iterable[ReadableSpan]) -> bool:
        now = time.monotonic()
        touched = {}
        for span in spans:
            setup_id = _setup_id(span)
            try:
                record = from_sdk_span(span)
            except Exception as error:  # one odd span must not cost the others
                self._warn("span", "cannot read a span", error)
                continue
            is_marker = attr.MONERO_SPAN_PENDING in record.attributes
            is_root = span.name == names.SETUP and not is_marker
            # That something is still open is no news: a marker does not put off what is due.
            touched[setup_id] = self._held.add(setup_id, record, is_root=is_root, now=None if is_marker else now)
        over = [held for held in touched.values() if held.has_root]
        well = self._write_all(over)
        if over and well:
            # The folder takes files again: now those that it refused before.
            self._write_all(held for held in self._held if held.unwritten and held.has_root)
        self._make_room()
        if not well:
            self._alarm.set(self._retry_at)
        elif self._held:
            self._alarm.set(now + self._linger)
        return well

    def _write_all(self, setups: Iterable[HeldSetup]) -> bool:
        """Write set-ups until one fails: where one does, the others would as well."""
        return all(self._write(held) for held in setups)

    def _write(self, held: HeldSetup) -> bool:
        try:
            (trace,) = assemble(held.records).traces
            held.written = self._folder.write(trace)
        except OSError as error:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            self._warn("write", f"cannot write into {self._path}, will try again", error)
            return False
        except Exception as error:  # a defect of ours: trying again would not help
            held.unwritten = False
            self._warn("convert", f"cannot write set-up {held.setup_id}", error)
            return False
        held.unwritten = False
        self._warned.discard("write")
        self._tidy()
        return True

    def _make_room(self) -> None:
        while len(self._held) > self._max_setups or (self._held.size > self._max_items and len(self._held)):
            held = self._held.next_to_go()
            if held.unwritten or not held.has_root:
                self._warn(
                    "room", f"more than {self._max_setups} set-ups or {self._max_items} spans and events are open"
                )
            if held.unwritten and not self._write(held):
                self._warn("lost", f"set-up {held.setup_id} is lost, because there is no more room to hold it")
            if held.written is not None and not held.has_root:
                self._folder.keep(held.written)
            self._held.drop(held)

    def _ring(self) -> float | None:
        """What time brings: partial files, another try, an end of waiting for stragglers; gives when there is more."""
        try:
            with self._lock:
                if self._closed:
                    return None
                now = time.monotonic()
                for held in self._held:
                    self._look_at(held, now)
                return min((due for held in self._held if (due := self._due(held)) is not None), default=None)
        except Exception as error:  # the thread has nobody to tell
            self._warn("timer", "cannot look after open set-ups", error)
            return None

    def _look_at(self, held: HeldSetup, now: float) -> None:
        due = self._due(held)
        if due is None or due > now:
            return
        if held.unwritten:
            self._write(held)
        elif held.has_root:
            self._held.drop(held)

    def _due(self, held: HeldSetup) -> float | None:
        """When there is something to do about a set-up of which nothing more comes."""
        if held.has_root:
            return self._retry_at if held.unwritten else held.touched + self._linger
        if held.unwritten and self._idle:
            return max(held.touched + self._idle, self._retry_at)
        return None

    def _tidy(self) -> None:
        now = time.monotonic()
        if self._retention.max_files is None and now < self._tidy_at:
            return
        self._tidy_at = now + _TIDY_SECONDS
        try:
            self._retention.apply(self._path)
        except OSError as error:
            self._warn("tidy", f"cannot remove old recordings from {self._path}", error)

    def _warn(self, kind: str, what: str, error: Exception | None = None) -> None:
        """Log each kind of trouble once; trouble with writing again once it had gone."""
        if kind not in self._warned:
            self._warned.add(kind)
            reason = "" if error is None else f" ({error.__class__.__name__}: {error})"
            _log.warning("otel-multisig: %s%s; the application goes on, this is logged once", what, reason)


def _setup_id(span: ReadableSpan) -> str:
    """The id of the set-up that a span belongs to, "" where it is none of ours."""
    attributes = span.attributes
    setup_id = attributes.get(attr.MONERO_SETUP_ID) if attributes else None
    return setup_id if type(setup_id) is str else ""


def _forget_in_child(exporter: LegacyJsonSpanExporter) -> None:
    """In a forked process the set-ups are still the parent's: the child must not write them as well."""
    if not hasattr(os, "register_at_fork"):
        return
    known = weakref.ref(exporter)

    def forget() -> None:
        alive = known()
        if alive is not None:
            alive._reset()  # noqa: SLF001 - part of this class but for the reference

    os.register_at_fork(after_in_child=forget)
