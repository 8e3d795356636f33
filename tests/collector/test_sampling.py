"""gateway.yaml with tail-sampling.yaml: what is kept, what is measured, and what comes too late."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from tests.running.programs import wait_until
from tests.running.spans import by_id, copy_of, send

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
    run_collector: Callable[..., Any], sink: Any, healthy: Any, failed: Any
) -> None:
    gateway = run_collector("gateway.yaml", "tail-sampling.yaml", TEMPO_ENDPOINT=sink.address, **SETTINGS)
    plain = [copy_of(healthy) for _ in range(20)]
    kept = [make(copy_of(healthy)) for make in (slow, faulty, interrupted, open_still, stuck)]
    kept.append(copy_of(failed))
    everything = [record for setup in plain + kept for record in setup]
    random.Random(6).shuffle(everything)
    for start in range(0, len(everything), 50):
        send(gateway.http, everything[start : start + 50])
    wanted = by_id([record for setup in kept for record in setup])
    assert wait_until(lambda: sink.spans.keys() >= wanted.keys())
    assert sink.spans == wanted
    # Measured is all of it, whatever was kept; but not the marker, which measures nothing.
    assert wait_until(lambda: gateway.measured("multisig_setup") == len(plain) + len(kept) - 1)


def test_a_share_of_the_healthy_ones_is_kept(run_collector: Callable[..., Any], sink: Any, healthy: Any) -> None:
    settings = SETTINGS | {"SAMPLING_PERCENT": "30", "SAMPLING_WAIT": "1s"}
    gateway = run_collector("gateway.yaml", "tail-sampling.yaml", TEMPO_ENDPOINT=sink.address, **settings)
    ids = random.Random(6)
    roots = [replace(healthy[-1], trace_id=f"{ids.getrandbits(128):032x}") for _ in range(500)]
    send(gateway.http, roots)
    assert wait_until(lambda: gateway.metric(DECIDED) == 500)
    kept = gateway.metric(DECIDED, 'decision="sampled"')
    assert 90 <= kept <= 210
    assert wait_until(lambda: len(trace_ids(sink)) == kept)


def test_one_that_fails_after_the_wait_leaves_its_failure_alone(
    run_collector: Callable[..., Any], sink: Any, failed: Any, healthy: Any
) -> None:
    gateway = run_collector("gateway.yaml", "tail-sampling.yaml", TEMPO_ENDPOINT=sink.address, **SETTINGS)
    setup = copy_of(failed)
    late = [span for span in setup if span.status_code == 2]
    early = [span for span in setup if span.status_code != 2]
    assert early
    send(gateway.http, early)
    assert wait_until(lambda: gateway.metric(DECIDED) == 1)
    # Another that is dropped: only the one dropped last is remembered.
    send(gateway.http, copy_of(healthy))
    assert wait_until(lambda: gateway.metric(DECIDED) == 2)
    send(gateway.http, late)
    # A mark behind it: when this has come, all before it has been decided.
    mark = copy_of(failed)
    send(gateway.http, mark)
    assert wait_until(lambda: sink.spans.keys() >= by_id(mark).keys())
    assert sink.spans.keys() - by_id(mark).keys() == by_id(late).keys()
    # What came before it is in no backend, but was measured.
    assert wait_until(lambda: gateway.measured("multisig_setup") == 3)
    assert wait_until(lambda: gateway.measured("multisig_round 1") == 3)
