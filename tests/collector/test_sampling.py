"""gateway.yaml with tail-sampling.yaml: what is kept, what is measured, and what comes too late."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT_SECONDS = 1
SETTINGS = {
    "COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]",
    "SAMPLING_WAIT": f"{WAIT_SECONDS}s",
    "SAMPLING_PERCENT": "0",
}

DECIDED = "otelcol_processor_tail_sampling_global_count_traces_sampled"


def trace_ids(sink: Any) -> set[str]:
    return {trace_id for trace_id, _ in sink.spans}


def measured(support: Any, gateway: Any, name: str) -> int:
    """How many spans of a name the span metrics have counted."""
    lines = support.get(f"http://{gateway.prometheus}/metrics").decode().splitlines()
    calls = [line for line in lines if line.startswith("traces_span_metrics_calls_total{")]
    return sum(int(float(line.rpartition(" ")[2])) for line in calls if f'span_name="{name}"' in line)


def slow(setup: list[Any]) -> list[Any]:
    """Its root took two minutes."""
    roots = [replace(span, start_time_unix_nano=span.end_time_unix_nano - 120 * 10**9) for span in setup[-1:]]
    assert not roots[0].parent_span_id
    return [*setup[:-1], *roots]


def faulty(setup: list[Any]) -> list[Any]:
    """A fault was found in it, though it came through."""
    (*others, root) = setup
    fault = replace(root.events[0], name=events.FAULT, attributes={attr.MONERO_FAULT_TYPE: "wallet_swapped"})
    return [*others, replace(root, events=(*root.events, fault))]


def interrupted(setup: list[Any]) -> list[Any]:
    (*others, root) = setup
    return [*others, replace(root, attributes=root.attributes | {attr.MONERO_SETUP_INTERRUPTED: True})]


def open_still(setup: list[Any]) -> list[Any]:
    """One of its spans has not ended."""
    (first, *others) = setup
    return [
        replace(first, attributes={k: v for k, v in first.attributes.items() if k != attr.MONERO_SETUP_END_SEQUENCE}),
        *others,
    ]


def stuck(setup: list[Any]) -> list[Any]:
    """Its root has not come yet, a marker stands for it."""
    (*others, root) = setup
    told = {attr.MONERO_SPAN_PENDING: True, attr.MONERO_SPAN_OPEN_ID: root.span_id}
    return [*others, replace(root, span_id="f" * 16, attributes=root.attributes | told)]


def test_what_somebody_will_ask_about_is_kept(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, failed: Any, support: Any
) -> None:
    gateway = run_collector("gateway.yaml", "tail-sampling.yaml", TEMPO_ENDPOINT=sink.address, **SETTINGS)
    plain = [support.copy_of(healthy) for _ in range(20)]
    kept = [make(support.copy_of(healthy)) for make in (slow, faulty, interrupted, open_still, stuck)]
    kept.append(support.copy_of(failed))
    everything = [record for setup in plain + kept for record in setup]
    random.Random(6).shuffle(everything)
    for start in range(0, len(everything), 50):
        support.send(gateway.http, everything[start : start + 50])
    wanted = support.by_id([record for setup in kept for record in setup])
    assert support.wait_until(lambda: sink.spans.keys() >= wanted.keys())
    assert sink.spans == wanted
    # Measured is all of it, whatever was kept; but not the marker, which measures nothing.
    assert support.wait_until(lambda: measured(support, gateway, "multisig_setup") == len(plain) + len(kept) - 1)


def test_a_share_of_the_healthy_ones_is_kept(
    run_collector: Callable[..., Any], sink: Any, healthy: Any, support: Any
) -> None:
    settings = SETTINGS | {"SAMPLING_PERCENT": "30", "SAMPLING_WAIT": "1s"}
    gateway = run_collector("gateway.yaml", "tail-sampling.yaml", TEMPO_ENDPOINT=sink.address, **settings)
    ids = random.Random(6)
    roots = [replace(healthy[-1], trace_id=f"{ids.getrandbits(128):032x}") for _ in range(500)]
    support.send(gateway.http, roots)
    assert support.wait_until(lambda: gateway.metric(DECIDED) == 500)
    kept = gateway.metric(DECIDED, 'decision="sampled"')
    assert 90 <= kept <= 210
    assert support.wait_until(lambda: len(trace_ids(sink)) == kept)


def test_one_that_fails_after_the_wait_leaves_its_failure_alone(
    run_collector: Callable[..., Any], sink: Any, failed: Any, healthy: Any, support: Any
) -> None:
    gateway = run_collector("gateway.yaml", "tail-sampling.yaml", TEMPO_ENDPOINT=sink.address, **SETTINGS)
    setup = support.copy_of(failed)
    late = [span for span in setup if span.status_code == 2]
    early = [span for span in setup if span.status_code != 2]
    assert early
    support.send(gateway.http, early)
    assert support.wait_until(lambda: gateway.metric(DECIDED) == 1)
    # Another that is dropped: only the one dropped last is remembered.
    support.send(gateway.http, support.copy_of(healthy))
    assert support.wait_until(lambda: gateway.metric(DECIDED) == 2)
    support.send(gateway.http, late)
    # A mark behind it: when this has come, all before it has been decided.
    mark = support.copy_of(failed)
    support.send(gateway.http, mark)
    assert support.wait_until(lambda: sink.spans.keys() >= support.by_id(mark).keys())
    assert sink.spans.keys() - support.by_id(mark).keys() == support.by_id(late).keys()
    # What came before it is in no backend, but was measured.
    assert support.wait_until(lambda: measured(support, gateway, "multisig_setup") == 3)
    assert support.wait_until(lambda: measured(support, gateway, "multisig_round 1") == 3)
