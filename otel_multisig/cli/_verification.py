"""Reading back what was sent: a backend's answer "all is well" proves nothing."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from otel_multisig.legacy import legacy_events
from otel_multisig.model import assemble
from otel_multisig.sinks.limits import TEMPO
from otel_multisig.sources import ignore_progress
from otel_multisig.sources.live import find_backend
from otel_multisig.web import AccessError, WebError

if TYPE_CHECKING:
    from otel_multisig.model import EscrowTrace
    from otel_multisig.sources.live import Backend
    from otel_multisig.web import Access

__all__ = ["NotVerifiedError", "Verifier", "guess_backend"]

_QUERY_PORTS: Final = (16686, 3200)
_FIRST_WAIT: Final = 0.05
_MAX_WAIT: Final = 1.0


class NotVerifiedError(Exception):
    """A set-up that the backend does not hold as it was sent."""


def guess_backend(endpoint: str, access: Access) -> Backend | None:
    """The Jaeger or Tempo on the host of an OTLP endpoint, at its usual port; None where there is none."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    # Credentials go where they were meant to go; a guess is not that.
    access = msgspec.structs.replace(access, attempts=1, timeout=min(access.timeout, 5.0))
    for port in _QUERY_PORTS:
        netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            return find_backend(urlunsplit(("http", netloc, "", "", "")), access)
        except (WebError, AccessError):
            continue
    return None


class Verifier:
    """Reads set-ups back and compares.

    Args:
        backend: where they were sent to.
        patience: seconds that a set-up may take to be there.
    """

    def __init__(self, backend: Backend, patience: float) -> None:
        self.title: Final = backend.title
        self._backend = backend
        self._patience = patience

    def verify(self, sent: EscrowTrace) -> None:
        """Wait until the backend gives back all of a set-up.

        Compared are the events that both give in the legacy form, and the ids of the spans. It may hold more than was
        sent now: an earlier import of the same set-up.

        Raises:
            NotVerifiedError: in time it never did.
        """
        deadline = time.monotonic() + self._patience
        wait = _FIRST_WAIT
        while True:
            try:
                difference = self._compare(sent)
            except (WebError, ValueError) as error:
                difference = f"it cannot be read back: {error}"
            if difference is None:
                return
            if time.monotonic() >= deadline:
                raise NotVerifiedError(f"{self.title} took it, but {difference}")
            time.sleep(wait)
            wait = min(2 * wait, _MAX_WAIT)

    def _compare(self, sent: EscrowTrace) -> str | None:
        records = self._backend.read_trace(sent.trace_id, ignore_progress)
        found = next((trace for trace in assemble(records).traces if trace.setup_id == sent.setup_id), None)
        if found is None:
            return "does not have it"
        missing = {span.span_id for span in sent.spans} - {span.span_id for span in found.spans}
        if missing:
            return f"{len(missing)} of its {len(sent.spans)} spans are missing{self._why_missing()}"
        lost = _events(sent) - _events(found)
        if lost:
            return f"{lost.total()} of its events come back changed or not at all"
        return None

    def _why_missing(self) -> str:
        if self.title != TEMPO.name:
            return ""
        # max_bytes_per_trace: the live store adds up what it is sent until the trace has gone to a block.
        return (
            f": it drops what makes a trace longer than {TEMPO.trace_bytes:,} bytes, and counts each sending of it in "
            "the last minutes (an earlier import, of its beginning too); import it again later"
        )


def _events(trace: EscrowTrace) -> Counter[bytes]:
    encoder = msgspec.json.Encoder(order="deterministic")
    return Counter(encoder.encode(event) for event in legacy_events(trace))
