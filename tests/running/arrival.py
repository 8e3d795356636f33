"""What has come to the backends, and how to ask them."""

from __future__ import annotations

import json
import urllib.parse
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from otel_multisig.model.records import NO_RESOURCE, NO_SCOPE
from otel_multisig.otlp import decode
from tests.running.programs import get, wait_until
from tests.running.spans import ById, by_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_multisig.model import SpanRecord
    from tests.running.configured import Prometheus


def alike(record: SpanRecord) -> SpanRecord:
    """What every backend must give back: all but how a span was packed, and the order of its events."""
    events = sorted(record.events, key=lambda event: (event.time_unix_nano, repr(sorted(event.attributes.items()))))
    return replace(record, resource=NO_RESOURCE, scope=NO_SCOPE, events=tuple(events), flags=0)


def check_backend(fetch: Callable[[str], bytes], sent: ById) -> None:
    """Every span, event and attribute is there."""
    for trace_id in {trace_id for trace_id, _ in sent}:
        wanted = {key: alike(record) for key, record in sent.items() if key[0] == trace_id}

        def found(trace_id: str = trace_id) -> ById:
            return {key: alike(record) for key, record in by_id(decode(fetch(trace_id))).items()}

        wait_until(lambda: found().keys() == wanted.keys())  # noqa: B023 - called here and now
        assert found() == wanted


def jaeger_trace(query: str) -> Callable[[str], bytes]:
    """How to get a trace of Jaeger's, as OTLP."""

    def fetch(trace_id: str) -> bytes:
        try:
            stored = json.loads(get(f"{query}/api/v3/traces/{trace_id}?rawTraces=true"))["result"]
        except OSError:  # not there yet
            stored = {"resourceSpans": []}
        return json.dumps(stored).encode()

    return fetch


def tempo_trace(query: str) -> Callable[[str], bytes]:
    """How to get a trace of Tempo's, as OTLP."""
    return lambda trace_id: get(f"{query}/api/v2/traces/{trace_id}")


def ask(prometheus: Prometheus, expression: str) -> list[dict[str, Any]]:
    """The series that an expression gives now."""
    query = urllib.parse.urlencode({"query": expression})
    found: list[dict[str, Any]] = json.loads(get(f"{prometheus.url}/api/v1/query?{query}"))["data"]["result"]
    return found
