from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.diagnosis import Diagnosis, Finding, SetupFacts
from otel_multisig.legacy import legacy_events
from otel_multisig.report.html import Reported, Unread, render_page
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.testing import strategies

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.model import EscrowTrace

ADDRESS = "56kE9EkfqSAThj19YgGiqQX8Lpe1nznqv1jn3dH6M7EXMjpduBuE38pUpS6b9EFaZ31cGxU7XYh1tYrbyoEAsHfLGrfh7Yx"


def items_of(data: Any, setup: int = 0) -> list[dict[str, Any]]:
    """The items of a set-up, by name, with their texts."""
    texts, fields = data["texts"], data["fields"]
    items = []
    for row in data["setups"][setup]["items"]:
        item = dict(zip(fields, row, strict=True))
        for field in ("role", "server", "name", "text"):
            item[field] = None if item[field] < 0 else texts[item[field]]
        pairs = [texts[number] for number in item["attributes"]]
        item["attributes"] = dict(zip(pairs[::2], pairs[1::2], strict=True))
        items.append(item)
    return items


def test_only_its_own_style_and_script_may_run_and_nothing_is_loaded(htmls: ModuleType, setups: ModuleType) -> None:
    page = htmls.page_of(htmls.swapped(setups)).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    for kind, text in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"data:,"}


def test_the_page_is_the_same_each_time(htmls: ModuleType, setups: ModuleType) -> None:
    assert htmls.page_of(htmls.swapped(setups)) == htmls.page_of(htmls.swapped(setups))


def test_calls_snapshots_and_errors_bear_what_the_record_says(htmls: ModuleType, setups: ModuleType) -> None:
    data = htmls.data_of(htmls.page_of(htmls.swapped(setups)))
    items = items_of(data)
    assert [item["kind"] for item in items] == ["round", "snapshot", "call"]
    _, snapshot, call = items
    assert snapshot["name"] == "pre_round1"
    assert snapshot["attributes"][attr.MONERO_WALLET_ADDRESS_HASH] == setups.ADDRESS_HASH
    assert (call["name"], call["role"], call["server"]) == ("make_multisig", "buyer", "18082")
    assert call["text"] == "-28 This wallet is already multisig"
    assert call["end"] - call["start"] == 12_500
    assert call["round"] == 1
    assert [call["number"], call["endNumber"], call["failureNumber"]] == [2, 3, 4]
    assert len(items_of(data, 1)) == 3 + 12 + 21


@settings(max_examples=40)
@given(trace=st.one_of(strategies.traces(), strategies.odd_traces()))
def test_every_event_has_the_number_that_it_has_in_the_legacy_file(trace: EscrowTrace) -> None:
    page = render_page([Reported(trace, Diagnosis(SetupFacts.of(trace)))], keep_sensitive=True)
    (block,) = re.findall(rb'id="data">(.*?)</script>', page, re.DOTALL)
    assert not set(b"<>&") & set(block)
    recorded = legacy_events(trace)
    for item in items_of(json.loads(block)):
        for number in (item["number"], item["endNumber"], item["failureNumber"]):
            assert number is None or 1 <= number <= len(recorded)
        if item["kind"] == "snapshot" and item["number"] is not None:
            assert recorded[item["number"] - 1].event_type.startswith("SNAPSHOT") or (
                recorded[item["number"] - 1].event_type == "CUSTOM"
            )
        if item["kind"] == "call" and item["number"] is not None:
            assert recorded[item["number"] - 1].event_type == "RPC_CALL_START"
        if item["kind"] == "call" and item["endNumber"] is not None:
            assert recorded[item["endNumber"] - 1].event_type in {"RPC_CALL_END", "RPC_CALL_ERROR"}


def test_evidence_leads_to_its_event_in_whichever_set_up(htmls: ModuleType, setups: ModuleType) -> None:
    data = htmls.data_of(htmls.page_of(htmls.swapped(setups)))
    (finding,) = data["setups"][0]["findings"]
    assert data["texts"][finding["sentence"]] == htmls.SENTENCE
    assert [(at, items_of(data, at)[item]["name"]) for at, item, *_ in finding["evidence"]] == [
        (0, "make_multisig"),
        (1, "prepare_multisig"),
    ]
    assert data["setups"][1]["findings"] == []


def test_evidence_that_is_not_on_the_page_keeps_its_words(htmls: ModuleType, setups: ModuleType) -> None:
    data = htmls.data_of(htmls.page_of(htmls.swapped(setups)[:1]))
    (finding,) = data["setups"][0]["findings"]
    assert finding["evidence"][1][:2] == [-1, -1]
    assert data["texts"][finding["evidence"][1][-1]] == "B was here"


def test_the_remedy_stands_once_for_each_fault_with_port_and_sources(htmls: ModuleType, setups: ModuleType) -> None:
    data = htmls.data_of(htmls.page_of(htmls.swapped(setups), command_sources="'my recordings'"))
    assert list(data["faults"]) == [FaultType.WALLET_SWAPPED]
    commands = "\n".join(data["faults"][FaultType.WALLET_SWAPPED]["commands"])
    assert "analyze 'my recordings'" in commands
    assert "18082" in commands
    assert "SOURCE" not in commands


def test_what_is_not_proved_is_told_as_likely(htmls: ModuleType, setups: ModuleType) -> None:
    followed = Finding(FaultType.UNKNOWN, "A call failed.", sure=False)
    finding = Finding(FaultType.RACE, "Two workers made it.", sure=False, consequences=(followed,))
    data = htmls.data_of(htmls.page_of([htmls.judged(setups.failing().trace(), finding)]))
    (found,) = data["setups"][0]["findings"]
    assert data["texts"][found["sentence"]] == "Likely cause: Two workers made it."
    assert data["texts"][found["consequences"][0]["sentence"]] == "A call failed."


def test_addresses_and_amounts_are_shown_only_where_asked_for(htmls: ModuleType, setups: ModuleType) -> None:
    setup = setups.SetupScript()
    known = {attr.MONERO_WALLET_ADDRESS_VALUE: ADDRESS, attr.MONERO_WALLET_BALANCE_TOTAL: 1234567}
    setup.snapshot("buyer", "final", **known)
    setup.root.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: "note", attr.MONERO_CUSTOM_DETAILS: f"at {ADDRESS}!"})
    setup.finish()
    finding = Finding(FaultType.STATE_DIVERGENCE, f"vendor has {ADDRESS}.")
    hidden = htmls.page_of([htmls.judged(setup.trace(), finding)]).decode()
    assert ADDRESS not in hidden
    assert "1234567" not in hidden
    assert "vendor has 56kE9E\u2026." in hidden
    shown = htmls.page_of([htmls.judged(setup.trace(), finding)], keep_sensitive=True).decode()
    assert shown.count(ADDRESS) == 4  # of the snapshot, the details, their description and the finding
    assert "1234567" in shown


def test_servers_of_one_port_on_two_hosts_are_two(htmls: ModuleType, setups: ModuleType) -> None:
    far = setups.healthy(htmls.ESCROW_B)
    for span in far.spans:
        if "server.address" in span.attributes:
            span.attributes["server.address"] = "10.0.0.9"
    pages = htmls.page_of([htmls.judged(setups.healthy(htmls.ESCROW_A).trace()), htmls.judged(far.trace())])
    data = htmls.data_of(pages)
    assert {item["server"] for item in items_of(data, 0)} == {
        None,
        "127.0.0.1:18082",
        "127.0.0.1:18083",
        "127.0.0.1:18084",
    }
    assert {item["server"] for item in items_of(data, 1)} >= {"10.0.0.9:18082"}


def test_a_call_that_never_ended_has_no_end(htmls: ModuleType, setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.start_call("vendor", "make_multisig")
    (item,) = items_of(htmls.data_of(htmls.page_of([htmls.judged(setup.trace())])))
    assert item["end"] is None
    assert item["state"] == 2


def test_what_could_not_be_read_stands_in_the_page(htmls: ModuleType) -> None:
    data = htmls.data_of(htmls.page_of([], problems=[Unread("half.json (byte 9)", "it ends early", "read it later")]))
    assert data["problems"] == [["half.json (byte 9)", "it ends early", "read it later"]]
    assert data["setups"] == []


def test_text_that_is_no_text_is_made_visible(htmls: ModuleType, setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.root.event(events.CUSTOM, {attr.MONERO_CUSTOM_NAME: "night\u202e\x1b[31m\ud800\u2028lock"})
    setup.finish()
    data = htmls.data_of(htmls.page_of([htmls.judged(setup.trace())], title="a\u202eb</title>"))
    assert "night\\u202e\\x1b[31m\\ud800\\u2028lock" in data["texts"]
    page = htmls.page_of([], title="a</title><b>")
    assert b"<title>a&lt;/title&gt;&lt;b&gt;</title>" in page
