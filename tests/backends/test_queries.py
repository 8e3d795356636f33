"""The queries of docs/queries.md on the real servers, as they stand there: what they find, and what they must not."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from msgspec.structs import replace

from otel_multisig.model import ResourceRecord, SpanRecord
from otel_multisig.otlp import decode
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv.attributes import FaultType
from tests.running.spans import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text()
SERVICE = "asked"
RESOURCE = ResourceRecord({"service.name": SERVICE})
SECOND = 10**9
MARKED_AFTER = (30, 60)

# The first block under each heading. One of them is a metrics query.
TRACEQL = {
    section.partition("\n")[0]: text[1]
    for section in PAGE.split("\n### ")[1:]
    if (text := re.search(r"```text\n(.+?)```", section, re.DOTALL))
}
METRICS = TRACEQL.pop("Which escrows are open now, where, since when")
# Question, operation, tags, least duration.
TAGS = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## Jaeger")[2].splitlines()
    if line.startswith("| ")
][2:]

# By the headings of the page, the set-ups that are found.
FOUND = {
    "Failed set-ups": {"failed"},
    "The calls at which they failed": {"failed"},
    "All set-ups of one escrow": {"fine", "again"},
    "All set-ups on one port, in the time range": {"fine", "again", "slow", "stuck", "went on", "retried"},
    "Rounds slower than 20 s": {"slow", "went on"},
    "One type of fault": {"swapped"},
    "Their traces": {"stuck", "between", "went on", "retried"},
    "What hung for a while and went on": {"went on", "retried"},
}
FOUND_BY_JAEGER = {
    **{name: FOUND[name] for name in list(FOUND)[:4]},
    # Jaeger cannot tell a marker of a round from the round.
    "Rounds 2 slower than 20 s": {"slow", "went on", "stuck", "retried"},
    "One type of fault": FOUND["One type of fault"],
    "Which escrows are open": FOUND["Their traces"],
}


class Asked(NamedTuple):
    """The set-ups: what had been sent while some were open, and what came later."""

    first: list[SpanRecord]
    later: list[SpanRecord]
    trace_ids: dict[str, str]
    setup_ids: dict[str, str]


def ask_until(found: Callable[[], object], wanted: object, seconds: float = 60) -> None:
    """Ask until the answer is what is wanted; the last answer is what fails the test."""
    deadline = time.monotonic() + seconds
    while (answer := found()) != wanted:
        assert time.monotonic() < deadline, f"{answer}, not {wanted}"
        time.sleep(0.1)


def marker_of(record: SpanRecord, number: int, seconds: int) -> SpanRecord:
    marks = {attr.MONERO_SPAN_PENDING: True, attr.MONERO_SPAN_OPEN_ID: record.span_id, attr.MONERO_SPAN_MARKERS: 0}
    not_yet = {attr.MONERO_SETUP_END_SEQUENCE, attr.MONERO_ESCROW_OUTCOME}
    kept = {key: value for key, value in record.attributes.items() if key not in not_yet}
    return replace(
        record,
        span_id=f"{0xA000 + number:04x}{record.span_id[4:]}",
        attributes=kept | marks,
        end_time_unix_nano=record.start_time_unix_nano + seconds * SECOND,
    )


def hang(setup: Any) -> Any:
    """Round 2 begins, and the vendor's exchange does not come back."""
    setup.call("buyer", "prepare_multisig")
    setup.start_round(2)
    return setup.start_call("vendor", "exchange_multisig_keys")


def make_setups(setups: ModuleType) -> Iterator[tuple[str, Any, list[Any]]]:
    """A name, a set-up, and those of its spans that had markers."""
    now_ms = int(time.time()) * 1000

    def start(escrow_id: str = "", ago: int = 100) -> Any:
        return setups.SetupScript(escrow_id or str(uuid.uuid4()), now_ms - 1000 * ago)

    yield "fine", setups.healthy(setups.ESCROW, now_ms - 90_000), []
    yield "again", setups.healthy(setups.ESCROW, now_ms - 80_000), []
    yield "failed", setups.failing(str(uuid.uuid4()), now_ms - 70_000), []
    for name, fault in (("swapped", FaultType.WALLET_SWAPPED), ("polluted", FaultType.CACHE_POLLUTION)):
        setup = start()
        setup.start_round(1)
        setup.call("buyer", "prepare_multisig")
        setup.round.event(events.FAULT, {attr.MONERO_FAULT_TYPE: fault.value})
        setup.end_round()
        setup.finish()
        yield name, setup, []
    slow = start()
    call = hang(slow)
    slow.wait(21_000)
    call.finish()
    slow.end_round()
    slow.finish()
    yield "slow", slow, []
    stuck = start()
    call = hang(stuck)
    yield "stuck", stuck, [stuck.root, stuck.round, call]
    between = start()
    between.call("buyer", "prepare_multisig")
    yield "between", between, [between.root]
    went_on = start()
    call = hang(went_on)
    marked = [went_on.root, went_on.round, call]
    went_on.wait(70_000)
    call.finish()
    went_on.end_round()
    went_on.finish()
    for span in marked:
        span.attributes[attr.MONERO_SPAN_MARKERS] = len(MARKED_AFTER)
    yield "went on", went_on, marked
    # The same call again, and it hangs again.
    retried = start()
    first = hang(retried)
    retried.wait(10_000)
    first.finish()
    first.attributes[attr.MONERO_SPAN_MARKERS] = 1
    second = retried.start_call("vendor", "exchange_multisig_keys")
    yield "retried", retried, [retried.root, retried.round, second]


@pytest.fixture
def asked(setups: ModuleType) -> Asked:
    made = Asked([], [], {}, {})
    for name, setup, marked in make_setups(setups):
        trace_id = uuid.uuid4().hex
        records = [replace(span.record(), trace_id=trace_id, resource=RESOURCE) for span in setup.spans]
        held = {span.span_id for span in marked}
        for record in records:
            if record.span_id in held:
                made.first.extend(marker_of(record, number, age) for number, age in enumerate(MARKED_AFTER))
                made.later.extend([record] if record.end_time_unix_nano else [])
            else:
                made.first.append(record)
        made.trace_ids[trace_id] = name
        made.setup_ids[setup.setup_id] = name
    return made


def get(backend: Any, path: str, **query: Any) -> Any:
    try:
        with urllib.request.urlopen(f"{backend.query}{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise AssertionError(error.read().decode()) from None


def search(tempo: Any, query: str, asked: Asked, *, ago: int = 600, until: int = -5) -> set[str]:
    now = int(time.time())
    answer = get(tempo, "/api/search", q=query, start=now - ago, end=now - until, limit=500)
    ids = [found["traceID"].rjust(32, "0") for found in answer.get("traces") or []]
    return {asked.trace_ids[trace_id] for trace_id in ids if trace_id in asked.trace_ids}


def open_spans(tempo: Any, asked: Asked) -> list[tuple[str, ...]]:
    now = int(time.time())
    answer = get(tempo, "/api/metrics/query", q=METRICS, start=now - 600, end=now)
    found = []
    for series in answer.get("series") or []:
        labels = {label["key"]: next(iter(label["value"].values()), "") for label in series["labels"]}
        name = asked.setup_ids.get(labels["span.monero.setup.id"])
        if name is not None:
            role, port = labels.get(f"span.{attr.MONERO_WALLET_ROLE}"), labels.get(f"span.{upstream.SERVER_PORT}")
            found.append((name, labels["name"], str(role or ""), str(port or "")))
    return sorted(found)


HANGING = ("exchange_multisig_keys", "vendor", "18083")
NOWHERE = ("", "")


EVERYTHING = f'{{ span.{attr.MONERO_SETUP_ID} != "" }}'


def await_all(tempo: Any, asked: Asked) -> None:
    ask_until(partial(search, tempo, EVERYTHING, asked), set(asked.trace_ids.values()))


def send_at_once(tempo: Any, asked: Asked) -> None:
    send(tempo.http, asked.first)
    send(tempo.http, asked.later)
    await_all(tempo, asked)


def send_around_a_flush(tempo: Any, blocks: Path, asked: Asked) -> None:
    """What came later is sent when the markers lie in a block."""
    send(tempo.http, asked.first)
    ask_until(lambda: any((*blocks.rglob("data.parquet"), *tempo.folder.rglob("data.parquet"))), True)
    send(tempo.http, asked.later)
    await_all(tempo, asked)


def assert_found_in_tempo(tempo: Any, asked: Asked) -> None:
    # While Tempo moves what it has from one of its stores to the next, a search may miss some of it.
    for name, query in TRACEQL.items():
        ask_until(partial(search, tempo, query, asked), FOUND[name])
    # What is outside the time range is not found.
    assert search(tempo, EVERYTHING, asked, ago=7200, until=3600) == set()
    opened = [
        (name, *span)
        for name in ("stuck", "retried")
        for span in (("multisig_setup", *NOWHERE), ("multisig_round 2", *NOWHERE), HANGING)
    ]
    expected = sorted([*opened, ("between", "multisig_setup", *NOWHERE)])
    assert open_spans(tempo, asked) == expected


def test_tempo_while_it_is_new(searchable_tempo: Any, asked: Asked) -> None:
    send_at_once(searchable_tempo, asked)
    assert_found_in_tempo(searchable_tempo, asked)


def test_tempo_when_the_spans_come_long_after_their_markers(
    start_tempo_on: Callable[[Path], Any], tmp_path: Path, asked: Asked
) -> None:
    with start_tempo_on(tmp_path) as tempo:
        send_around_a_flush(tempo, tmp_path, asked)
        assert_found_in_tempo(tempo, asked)


@pytest.mark.parametrize("storage", ["jaeger", "badger"])
def test_jaeger(storage: str, asked: Asked, request: pytest.FixtureRequest) -> None:
    backend = request.getfixturevalue(storage)
    send(backend.http, asked.first + asked.later)
    now = int(time.time())

    def find(operation: str, tags: str, least: str) -> set[str]:
        query = {
            "query.serviceName": SERVICE,
            "query.startTimeMin": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 600)),
            "query.startTimeMax": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 5)),
            "query.searchDepth": "500",
            "query.rawTraces": "true",
        }
        if operation:
            query["query.operationName"] = operation
        if tags:
            query["query.attributes"] = json.dumps(dict(tag.split("=") for tag in tags.split()))
        if least:
            query["query.durationMin"] = least
        answer = get(backend, "/api/v3/traces", **query)
        ids = {record.trace_id for record in decode(json.dumps(answer["result"]).encode())} if answer else set()
        return {asked.trace_ids[trace_id] for trace_id in ids if trace_id in asked.trace_ids}

    ask_until(lambda: find("", "", ""), set(asked.trace_ids.values()))
    assert {name: find(*cells) for name, *cells in TAGS} == FOUND_BY_JAEGER
