from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MS = 1_795_294_917_947


class Collected(SpanProcessor):
    """Keeps the spans that ended."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


class SdkSetup:
    """A set-up whose spans are made by the SDK, with the attributes that the conventions ask for."""

    def __init__(self, provider: TracerProvider, escrow_id: str = "e", unix_ms: int = MS) -> None:
        self.tracer = provider.get_tracer("test")
        self.escrow_id = escrow_id
        self.setup_id = f"{escrow_id}-{unix_ms}"
        self.sequence = 0
        self.root = self.start(spans.SETUP)

    def count(self) -> int:
        self.sequence += 1
        return self.sequence

    def start(self, name: str, parent: trace.Span | None = None, **known: Any) -> trace.Span:
        attributes = {
            attr.MONERO_ESCROW_ID: self.escrow_id,
            attr.MONERO_SETUP_ID: self.setup_id,
            attr.MONERO_SETUP_SEQUENCE: self.count(),
            **known,
        }
        context = trace.set_span_in_context(parent) if parent else None
        return self.tracer.start_span(name, context, attributes=attributes)

    def end(self, span: trace.Span, **known: Any) -> None:
        span.set_attributes({attr.MONERO_SETUP_END_SEQUENCE: self.count(), **known})
        span.end()

    def start_call(self, method: str = "make_multisig") -> trace.Span:
        known = {upstream.RPC_METHOD: method, attr.MONERO_WALLET_ROLE: "buyer", upstream.SERVER_PORT: 18082}
        return self.start(method, self.root, **known)

    def call(self, method: str = "make_multisig") -> None:
        self.end(self.start_call(method))

    def finish(self, outcome: str = "success") -> None:
        self.end(self.root, **{attr.MONERO_ESCROW_OUTCOME: outcome})


@pytest.fixture
def provider() -> Iterator[TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False)
    yield provider
    provider.shutdown()


@pytest.fixture
def collected(provider: TracerProvider) -> Collected:
    collected = Collected()
    provider.add_span_processor(collected)
    return collected


@pytest.fixture
def new_setup(provider: TracerProvider) -> Any:
    def make(escrow_id: str = "e", unix_ms: int = MS) -> SdkSetup:
        return SdkSetup(provider, escrow_id, unix_ms)

    return make


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DIR", "MODE", "IDLE", "MAX_AGE", "MAX_FILES"):
        monkeypatch.delenv(f"OTEL_MULTISIG_JSON_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
