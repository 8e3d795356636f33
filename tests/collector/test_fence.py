"""fence/: nothing of ours is changed, and a hostile emitter's secrets do not pass; what cannot be stopped is said."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from otel_multisig import trace_escrow
from otel_multisig.legacy import read
from otel_multisig.model import disassemble
from otel_multisig.otlp import decode, from_sdk_span
from otel_multisig.sinks.reduction import reduce
from tests.running.programs import post, wait_until
from tests.running.spans import by_id, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECORDINGS = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))

SEED_25 = " ".join(["abbey", "zoom", "yoyo", "aces", "ablaze", "wobbly", "vixen", "upon"] * 3 + ["tusks"])
SECRETS = {
    "seed of 25 words": SEED_25,
    "seed of 13 words": " ".join(SEED_25.split()[:13]),
    "seed of 16 words": " ".join(["fog", "ability", "zoo", "trap", "ice", "actor", "oak", "scan"] * 2),
    "seed in Cyrillic": " ".join(["вода", "тигр", "окно", "мост", "сила"] * 5),
    "key": "5f" * 32,
    "KEY": "5F" * 32,
    "address": "4AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3AX",
    "integrated address": "4" + "LWs3H7otXft3XjrpDtQ" * 5 + "GBoZ4NMDwY",
    "multisig info": "MultisigxV2R1" + "Cq5kSiGBoZ4NMDwYtN18obc8AemS33DBL" * 8,
    "old multisig info": "MultisigV1" + "Cq5kSiGBoZ4NMDwYtN18obc8AemS33DBL" * 4,
    "transaction in hex": "0200010200" * 40,
}
ESCROW_ID = "e946fef3-8734-4874-8528-71319317e131"
PASSWORD = "hunter2-of-the-test"  # like no secret, known by its name alone
# Attributes of these names are the registry's, and hold whatever the emitter says.
LOOKALIKES = ("monero.wallet.address.hash", "monero.multisig.info.hash", "monero.multisig.info.input.hash")


def text(value: str) -> dict[str, Any]:
    return {"stringValue": value}


def attributes(monero: bool) -> list[dict[str, Any]]:
    """Every secret in every form that an attribute can have."""
    secrets = list(SECRETS.values())
    found: dict[str, Any] = {f"note.{number}": text(f"it is {secret}, yes") for number, secret in enumerate(secrets)}
    found["list"] = {"arrayValue": {"values": [text(secret) for secret in SECRETS.values()]}}
    pairs = [{"key": f"of {number}", "value": text(secret)} for number, secret in enumerate(SECRETS.values())]
    found["map"] = {"kvlistValue": {"values": [*pairs, {"key": "deep", "value": {"kvlistValue": {"values": pairs}}}]}}
    found["json"] = text(json.dumps(SECRETS))
    for name in ("password", "wallet.password", "rpc.request.spend_key", "http.request.header.authorization", "seed"):
        found[name] = text(PASSWORD)
    found |= {f"{secret}": text("in the name") for secret in SECRETS.values()}
    if monero:
        for name in ("monero.debug.dump", "params", "monero.wallet.passwords", "rpc.request.params"):
            found[name] = text(PASSWORD)
        found |= {name: text(SECRETS["multisig info"]) for name in LOOKALIKES}
        found["monero.wallet.address.value"] = text(SECRETS["address"])
        found["monero.custom.details"] = text(json.dumps(SECRETS))
        found["exception.message"] = text(f"cannot restore from {SEED_25}")
    return [{"key": key, "value": value} for key, value in found.items()]


def hostile(monero: bool, scope: str) -> dict[str, Any]:
    everything = " | ".join(SECRETS.values())
    span = {
        "traceId": "1" * 32,
        "spanId": "2" * 16,
        "traceState": f"a={SECRETS['key']}",
        "name": f"call: {everything}",
        "kind": 3,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000000100000000",
        "attributes": attributes(monero),
        "status": {"code": 2, "message": f"failed: {everything}"},
        "events": [
            {"name": f"event {everything}", "timeUnixNano": "1700000000000000000", "attributes": attributes(monero)}
        ],
    }
    scope_of_all = {"name": scope, "version": everything, "attributes": attributes(monero=False)}
    scopes = [{"scope": scope_of_all, "spans": [span], "schemaUrl": f"http://x/{SECRETS['key']}"}]
    resource = {"attributes": attributes(monero=False)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": scopes, "schemaUrl": f"http://x/{SECRETS['key']}"}]}


def post_json(url: str, document: dict[str, Any]) -> None:
    post(url, json.dumps(document).encode(), "application/json")


@pytest.fixture
def agent(run_collector: Callable[..., Any], sink: Any) -> Iterator[Any]:
    return run_collector("agent.yaml", GATEWAY_ENDPOINT=sink.address)


def as_text(records: Any) -> str:
    return repr(records)


@pytest.mark.parametrize(
    ("monero", "scope"), [(True, "proxy"), (False, "http " + SECRETS["key"]), (False, "otel_multisig")]
)
def test_the_secrets_of_a_hostile_emitter_do_not_pass(monero: bool, scope: str, agent: Any, sink: Any) -> None:
    post_json(f"{agent.http}/v1/traces", hostile(monero, scope))
    assert wait_until(lambda: sink.spans)
    found = as_text(sink.received)
    assert [name for name, secret in SECRETS.items() if secret in found] == []
    assert PASSWORD not in found
    # Nor a part of one that is worth something.
    assert "MultisigxV2R1Cq5k" not in found
    assert SECRETS["address"][:40] not in found
    assert "abbey zoom yoyo" not in found
    # What is harmless is still there.
    (span,) = sink.spans.values()
    assert span.name.startswith("call: ****")
    assert span.status_message.startswith("failed: ****")
    assert span.resource.attributes["note.0"] == "it is ****, yes"


def test_what_the_processors_cannot_see(agent: Any, sink: Any) -> None:
    """docs/collector.md says so too: links, bytes, and what looks like something else."""
    document = hostile(monero=False, scope="other")
    (span,) = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    link = [{"key": "note", "value": text(SECRETS["key"])}]
    span["links"] = [{"traceId": "3" * 32, "spanId": "4" * 16, "attributes": link}]
    span["attributes"] = [
        {"key": "raw", "value": {"bytesValue": "X19fX19fX19fX19fX19fX19fX19fX19fX19fX19fX18="}},
        {"key": "note", "value": text(PASSWORD)},
        {"key": "monero.wallet.address.hash", "value": text("5f" * 32)},
    ]
    post_json(f"{agent.http}/v1/traces", document)
    assert wait_until(lambda: sink.spans)
    (found,) = sink.spans.values()
    assert found.links[0].attributes["note"] == SECRETS["key"]
    assert "raw" not in found.attributes  # on a span about Monero unknown names go, whatever they hold
    assert found.attributes["monero.wallet.address.hash"] == "5f" * 32


def test_metrics_are_fenced_too(run_collector: Callable[..., Any]) -> None:
    collector = run_collector("all-in-one.yaml", COLLECTOR_TRACES_TO="[file]")
    everything = " | ".join(SECRETS.values())
    point = {"asInt": "1", "timeUnixNano": str(time.time_ns()), "attributes": attributes(monero=False)}
    gauge = {"name": "a.gauge", "description": everything, "gauge": {"dataPoints": [point]}}
    scope = {"scope": {"name": "other"}, "metrics": [gauge]}
    resource = {"attributes": attributes(monero=False)}
    post_json(f"{collector.http}/v1/metrics", {"resourceMetrics": [{"resource": resource, "scopeMetrics": [scope]}]})
    assert wait_until(lambda: "a_gauge" in collector.shown())
    found = collector.shown()
    assert [name for name, secret in SECRETS.items() if secret in found] == []
    assert PASSWORD not in found


def tell_all(escrow: Any, folder: Path) -> None:
    """All that an application can tell, with texts that our SDK must hash, and an end that nobody wants."""
    escrow.state_change("created", "awaiting funds")
    with escrow.lock(threading.Lock(), "wallet pool", role="buyer"):
        escrow.custom("cache_purge_wait", {"elapsed_ms": 10000, "ok": True, "phase": "before", "note": SEED_25})
    source, destination = folder / "of-a-person", folder / f"buyer_temp_escrow_{ESCROW_ID}.keys"
    with escrow.file_operation(str(source), str(destination), role="buyer"):
        pass
    escrow.fault("cache_pollution", role="buyer", reason="wallet is multisig before round 1")
    params = {"multisig_info": [SECRETS["multisig info"]]}
    with escrow.call("buyer", "make_multisig", port=18082, params=params) as call:
        call.error_answer(-28, "This wallet is multisig, but not yet finalized")
    for number in range(120):  # more than fit on one span
        escrow.custom("tick", {"number": number})
    raise ValueError("there was not enough of what the wallet would have had to be given before it could go on")


@pytest.fixture
def talkative(recorded_spans: Any, tmp_path: Path) -> list[Any]:
    with suppress(ValueError), trace_escrow(ESCROW_ID) as escrow, escrow.round(1):
        tell_all(escrow, tmp_path)
    return [from_sdk_span(span) for span in recorded_spans.spans]


def test_nothing_of_ours_is_changed(agent: Any, sink: Any, recorded_setups: Any, talkative: Any) -> None:
    ours = [record for setup in [*recorded_setups, talkative] for record in setup]
    for path in RECORDINGS:  # as import-json sends them
        (trace,) = read(path.read_bytes()).traces
        ours += disassemble(reduce(trace).trace)
    assert len({event.name for record in ours for event in record.events}) > 7
    send(agent.http, ours)
    assert wait_until(lambda: len(sink.spans) == len(by_id(ours)))
    changed = [(sent, sink.spans[key]) for key, sent in by_id(ours).items() if sink.spans[key] != sent]
    assert changed == []


def test_addresses_pass_where_they_are_wanted(run_collector: Callable[..., Any], sink: Any, healthy: Any) -> None:
    name = "monero.wallet.address.value"
    span = replace(healthy[0], attributes=healthy[0].attributes | {name: SECRETS["address"]})
    for clear, expected in ({}, "****"), ({"COLLECTOR_FENCE_CLEAR": name}, SECRETS["address"]):
        agent = run_collector("agent.yaml", GATEWAY_ENDPOINT=sink.address, **clear)
        sink.received.clear()
        send(agent.http, [span])
        assert wait_until(lambda: sink.spans)
        assert [found.attributes[name] for found in sink.spans.values()] == [expected]


def test_names_of_ones_own_can_be_allowed(run_collector: Callable[..., Any], sink: Any, healthy: Any) -> None:
    span = replace(healthy[0], attributes=healthy[0].attributes | {"app.tier": "gold", "app.other": "x", "shop": "y"})
    agent = run_collector("agent.yaml", GATEWAY_ENDPOINT=sink.address, COLLECTOR_FENCE_ALLOW="app[.]tier|shop")
    send(agent.http, [span])
    assert wait_until(lambda: sink.spans)
    (found,) = sink.spans.values()
    assert found.attributes == healthy[0].attributes | {"app.tier": "gold", "shop": "y"}


def test_file_of_one_machine_is_fenced(run_collector: Callable[..., Any]) -> None:
    collector = run_collector("all-in-one.yaml", COLLECTOR_TRACES_TO="[file]")
    post_json(f"{collector.http}/v1/traces", hostile(monero=True, scope="proxy"))
    path = collector.folder / "traces" / "traces.jsonl"
    assert wait_until(lambda: path.exists() and path.stat().st_size)
    found = as_text(list(decode(path.read_bytes())))
    assert [name for name, secret in SECRETS.items() if secret in found] == []
    assert PASSWORD not in found
