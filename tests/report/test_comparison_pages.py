from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_multisig.cli._analysis_output import to_text
from otel_multisig.diagnosis import Diagnosis, Finding, SetupFacts
from otel_multisig.diagnosis.comparison import (
    Baseline,
    Outline,
    compare_runs,
    compare_setups,
    find_unusual,
    outline_of,
)
from otel_multisig.report.comparison_document import pair_entry, runs_entry, unusual_entry
from otel_multisig.report.comparison_markdown import page_in_markdown
from otel_multisig.report.comparison_pair import pair_page
from otel_multisig.report.comparison_runs import runs_page
from otel_multisig.report.comparison_schema import ComparisonDocument, comparison_schema
from otel_multisig.report.comparison_terminal import page_on_terminal
from otel_multisig.report.comparison_unusual import unusual_page
from otel_multisig.report.comparison_words import percent
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.testing.strategies import odd_traces, traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from otel_multisig.model import EscrowTrace
    from otel_multisig.report.comparison_page import Page

SOURCES = ("good.json", "bad.json")
SCHEMA = Path(__file__).parents[2] / "docs" / "compare.schema.json"


@pytest.fixture(scope="module")
def scene(load_module: Callable[[Path], ModuleType], setups: ModuleType) -> Any:
    """Makes outlines of set-ups, each with what is asked for."""
    made = load_module(Path(__file__).parents[1] / "diagnosis" / "test_comparison_differences.py")

    def make(escrow: str = "good", **asked: Any) -> Outline:
        return made.Scene(setups, escrow, setups.START_MS + len(escrow)).play(**asked).outline()

    return make


def shown(page: Page) -> str:
    text = to_text(page_on_terminal(page))
    assert max(len(line) for line in text.splitlines()) <= 80
    return text


def words(page: Page) -> str:
    return " ".join(shown(page).split())


def headline(page: Page) -> str:
    return page.headline.text


FAILED = {("buyer", "make_multisig", 1): ("This wallet is already multisig", -28)}


def test_the_first_divergence_is_the_headline(scene: Any) -> None:
    page = pair_page(compare_setups(scene(), scene("bad", failed=FAILED)), SOURCES, whole=False)
    told = "Buyer's make_multisig failed with -28 after 800 ms in BAD; in GOOD it took 800 ms."
    assert headline(page) == told
    text = words(page)
    assert text.index(told) < text.index("BAD failed after")
    assert "BAD: This wallet is already multisig" in text
    assert "BAD had ended by then: 8 calls and 18 snapshots of GOOD never came" in text
    assert "good.json" in text


def test_the_same_ones_are_said_to_be_the_same(scene: Any) -> None:
    page = pair_page(compare_setups(scene(), scene("bad")), SOURCES, whole=False)
    assert headline(page) == "The two are the same but for ids, times and hashes."
    assert page.sections == ()


def test_many_of_a_kind_are_one_line_unless_all_are_wanted(scene: Any) -> None:
    pause = {(role, "make_multisig", 1): 900 + 100 * place for place, role in enumerate(("buyer", "vendor", "arbiter"))}
    found = compare_setups(scene(), scene("bad", pause=pause))
    assert headline(pair_page(found, SOURCES, whole=False)) == "Nothing differs that matters."
    folded = words(pair_page(found, SOURCES, whole=False))
    assert "3 calls began after a longer pause in BAD; the most: 1.10 s passed before arbiter's make_multisig" in folded
    assert words(pair_page(found, SOURCES, whole=True)).count("passed before") == 3


def test_the_same_at_several_wallets_is_one_sentence(scene: Any) -> None:
    states = {(role, "pre_round1"): {attr.MONERO_WALLET_IS_MULTISIG: True} for role in ("buyer", "arbiter")}
    bad = scene("bad", states=states)
    told = "The wallets of buyer and arbiter at pre_round1 were multisig in BAD; in GOOD they were plain."
    assert headline(pair_page(compare_setups(scene(), bad), SOURCES, whole=False)) == told
    measured = unusual_page(find_unusual(Baseline([scene(), scene("fine")]), bad), SOURCES, whole=False)
    assert (
        headline(measured) == "The wallets of buyer and arbiter at pre_round1 were multisig, as in none of 2 good ones."
    )


def test_who_agrees_about_the_address(scene: Any) -> None:
    points = ("post_import_multisig", "final")
    states = {("arbiter", point): {attr.MONERO_WALLET_ADDRESS_HASH: "e" * 64} for point in points}
    text = words(pair_page(compare_setups(scene(), scene("bad", states=states)), SOURCES, whole=False))
    assert "addresses at post_import_multisig: arbiter's differs from the others' in BAD; in GOOD all agree" in text
    assert "and so until final" in text


def test_the_cause_that_the_rules_name(scene: Any) -> None:
    cause = Finding(FaultType.CACHE_POLLUTION, "the wallet was multisig before", "buyer", 0)
    text = words(pair_page(compare_setups(scene(), scene("bad", failed=FAILED)), SOURCES, cause, whole=False))
    assert "The wallet was multisig before. cache_pollution: buyer, before round 1; proved by the record" in text


def test_a_cause_that_is_not_proved(scene: Any) -> None:
    cause = Finding(FaultType.RACE, "two workers made it", "buyer", 1, sure=False)
    found = compare_setups(scene(), scene("bad", failed=FAILED))
    told = "Likely cause: two workers made it. race: buyer, round 1; likely, not proved by the record"
    assert told in words(pair_page(found, SOURCES, cause, whole=False))
    entry = pair_entry(found, (("a",), ("b",)), cause, diverges=True)
    assert entry.cause is not None
    assert entry.cause.sentence == "Likely cause: two workers made it"


def test_a_fault_that_shows_in_no_step(scene: Any) -> None:
    cause = Finding(FaultType.WALLET_SWAPPED, "another wallet was open all along", "buyer", 0)
    page = pair_page(compare_setups(scene(), scene("bad")), SOURCES, cause, diverges=True, whole=False)
    assert headline(page) == "No step differs that matters, and yet BAD has a fault that GOOD has not."
    assert "Another wallet was open all along." in words(page)
    measured = unusual_page(find_unusual(Baseline([scene()]), scene("bad")), SOURCES, cause, whole=False)
    assert headline(measured) == "No step is unusual that matters, and yet BAD has a fault."


def test_the_two_the_wrong_way_round(scene: Any) -> None:
    text = words(pair_page(compare_setups(scene("bad", failed=FAILED), scene()), SOURCES, whole=False))
    assert "failed with -28 after 800 ms in GOOD; in BAD it took 800 ms" in text
    assert "are they the right way round?" in text


def test_what_is_unusual(scene: Any) -> None:
    baseline = Baseline([scene(f"good{number}") for number in range(30)])
    slow = find_unusual(baseline, scene("bad", took={("buyer", "make_multisig", 1): 5000}))
    text = words(unusual_page(slow, SOURCES, left_out=2, whole=False))
    assert "30 good set-ups; 2 left out that did not come through well" in text
    assert "buyer's make_multisig took 5.00 s; 800 ms to 800 ms in 30 good ones" in text
    same = unusual_page(find_unusual(baseline, scene("bad")), SOURCES, whole=False)
    assert headline(same) == "Nothing is unusual: it does as 30 good set-ups did."
    more = find_unusual(baseline, scene("bad", before={("buyer", "make_multisig", 1): ("get_address",)}))
    assert "buyer's get_address is in none of 30 good ones" in words(unusual_page(more, SOURCES, whole=False))
    less = find_unusual(baseline, scene("bad", without={("buyer", "pre_round2")}))
    told = "buyer's snapshot pre_round2 is missing; 30 of 30 good ones have it"
    assert told in words(unusual_page(less, SOURCES, whole=False))


def runs(number: int, faulty: int, fault: FaultType = FaultType.RACE) -> list[Diagnosis]:
    facts = SetupFacts("escrow", "escrow-1700000000000")
    finding = Finding(fault, "It went wrong.", "vendor", 1)
    return [Diagnosis(facts, (finding,) if place < faulty else ()) for place in range(number)]


def test_what_a_fix_changed() -> None:
    page = runs_page(compare_runs(runs(100, 9), runs(120, 0)), SOURCES)
    assert headline(page) == "Faults: 1 gone, 0 new, 0 unchanged."
    text = words(page)
    assert "race (vendor, round 1): 0 of 120 runs; at most 2.5 % may remain (95 %)" in text
    assert "9 of 100 runs before; the difference is hardly chance (p = 0.00067)" in text
    back = words(runs_page(compare_runs(runs(120, 0), runs(100, 9)), SOURCES))
    assert "New faults ! race (vendor, round 1): 9 of 100 runs" in back
    stays = words(runs_page(compare_runs(runs(10, 2), runs(10, 1)), SOURCES))
    assert "2 of 10 runs before (20 %), 1 of 10 runs after (10 %) the difference could be chance (p = 1)" in stays
    assert headline(runs_page(compare_runs(runs(3, 0), runs(3, 0)), SOURCES)) == "No run before or after had a fault."


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0 %"), (1, "100 %"), (0.0247, "2.5 %"), (0.5, "50 %"), (0.00299, "0.3 %"), (3e-7, "0.00003 %")],
)
def test_rates_in_words(rate: float, text: str) -> None:
    assert percent(rate) == text


HOSTILE = "\x1b[31m<b>|`@all`| [x](http://e.org) #1 \u202e"


def test_nothing_of_a_record_is_markup_or_an_order(scene: Any) -> None:
    steps = {("buyer", "make_multisig", 1): (f"#{HOSTILE}", HOSTILE)}
    bad = scene("bad" + HOSTILE, before=steps, failed={("buyer", "make_multisig", 1): (HOSTILE, -1)})
    found = compare_setups(scene(), bad)
    cause = Finding(FaultType.UNKNOWN, HOSTILE, HOSTILE, 1)
    measured = unusual_page(find_unusual(Baseline([scene()]), bad), (HOSTILE, HOSTILE), cause, whole=True)
    for page in (pair_page(found, (HOSTILE, HOSTILE), cause, whole=True), measured):
        text = shown(page)
        assert all(char.isprintable() or char == "\n" for char in text)
        assert "<b>" in text
        marked = page_in_markdown(page)
        assert "\x1b" not in marked
        assert not re.search(r"(?<!\\)[<`\[]", marked)
        assert "@all" not in marked


def test_json_is_as_its_schema_says(scene: Any) -> None:
    bad = scene("bad", failed=FAILED)
    cause = Finding(FaultType.RACE, "It raced.", "buyer", 1)
    pair = pair_entry(compare_setups(scene(), bad), (("a",), ("b",)), cause, diverges=True)
    measured = unusual_entry(find_unusual(Baseline([scene()]), bad), ("b",), None, left_out=1)
    many = runs_entry(compare_runs(runs(9, 2), runs(9, 0)), (("a",), ("b",)))
    document = ComparisonDocument(1, "pair", diverges=True, pairs=(pair,), unusual=(measured,), runs=many, problems=())
    text = msgspec.json.encode(document)
    assert msgspec.json.decode(text, type=ComparisonDocument) == document
    read = json.loads(text)
    jsonschema.validate(read, comparison_schema(), jsonschema.Draft202012Validator)
    first = read["pairs"][0]["differences"][0]
    assert (first["kind"], first["aspect"], first["matters"]) == ("changed", "result", True)
    assert first["step"] == {"kind": "call", "round": 1, "role": "buyer", "name": "make_multisig", "occurrence": 1}
    assert first["bad"]["value"]["code"] == -28
    assert first["good"]["value"]["state"] == "ok"
    assert read["pairs"][0]["cause"]["fault"] == "race"
    assert read["unusual"][0]["unusual"][0]["usual"]["state"] == "ok"
    assert read["runs"]["faults"][0]["rate"]["change"] == "gone"


def test_the_published_schema_is_the_one_of_the_types() -> None:
    assert json.loads(SCHEMA.read_text()) == comparison_schema()


any_trace = st.one_of(traces(), odd_traces())


@settings(max_examples=40)
@given(any_trace, any_trace)
def test_anything_can_be_told(one: EscrowTrace, other: EscrowTrace) -> None:
    good, bad = (outline_of(SetupFacts.of(trace)) for trace in (one, other))
    found = compare_setups(good, bad)
    measured = find_unusual(Baseline([good]), bad)
    for page in (pair_page(found, SOURCES, whole=True), unusual_page(measured, SOURCES, whole=False)):
        assert all(char.isprintable() or char == "\n" for char in to_text(page_on_terminal(page)))
        page_in_markdown(page)
    pair_entry(found, (SOURCES, SOURCES), None, diverges=found.diverges)
    unusual_entry(measured, SOURCES, None, left_out=0)
