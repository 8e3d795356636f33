"""The forms for programs, for issues and for CI."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.report.document import Document, Views, document_of, encode, json_schema
from otel_multisig.report.github import github
from otel_multisig.report.junit import junit
from otel_multisig.report.markdown import fenced, markdown
from otel_multisig.report.results import ProblemEntry
from otel_multisig.semconv.attributes import FaultType, Outcome

if TYPE_CHECKING:
    from types import ModuleType

    from otel_multisig.report.results import Results

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "analyze.schema.json"
PROBLEM = ProblemEntry("bad,file.json", 7, "event 3", "it is 100% broken", "mend it")


def several(analyses: ModuleType) -> Results:
    found = analyses.results(
        analyses.judged(analyses.swap(), analyses.slow()), analyses.judged(analyses.race()), analyses.healthy()
    )
    return msgspec.structs.replace(found, problems=(PROBLEM,))


def as_json(results: Results) -> Any:
    return json.loads(encode(document_of(results)))


def test_the_published_schema_is_the_one_of_the_types() -> None:
    assert json.loads(SCHEMA.read_text()) == json_schema()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_json_fits_the_schema(analyses: ModuleType) -> None:
    document = as_json(several(analyses))
    jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)
    assert msgspec.convert(document, Document)


@pytest.mark.parametrize("damage", ["version", "setups", "summary", "problems"])
def test_the_schema_refuses_what_has_no(damage: str, analyses: ModuleType) -> None:
    document = as_json(several(analyses))
    del document[damage]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema(), jsonschema.Draft202012Validator)


def test_json_tells_the_verdict(analyses: ModuleType) -> None:
    document = as_json(several(analyses))
    assert document["version"] == 1
    swapped, raced, well = document["setups"]
    verdict = swapped["verdict"]
    assert (verdict["fault"], verdict["role"], verdict["round"], verdict["sure"]) == (
        "wallet_swapped",
        "vendor",
        1,
        True,
    )
    assert verdict["interfering"] == [analyses.B]
    assert verdict["sentence"].endswith("between vendor's open and its make_multisig")
    assert verdict["remedy"]["page"] == "docs/faults/wallet_swapped.md"
    assert raced["verdict"]["others"] == ["lost_answer_retry", "cache_pollution"]
    assert well["verdict"] is None
    assert well["findings"] == []
    assert swapped["source"] == "a_FAILED.json"
    assert document["summary"] == {
        "setups": 3,
        "healthy": 1,
        "faulty": 2,
        "by_fault": {"wallet_swapped": 1, "race": 1},
    }
    assert document["problems"] == [msgspec.to_builtins(PROBLEM)]


def test_json_tells_faults_and_observations_apart(analyses: ModuleType) -> None:
    fault, observation = as_json(several(analyses))["setups"][0]["findings"]
    assert (fault["fault"], fault["observation"]) == ("wallet_swapped", None)
    assert (observation["fault"], observation["observation"]) == (None, "slow_call")
    assert [piece["number"] for piece in fault["evidence"]] == [7, 3, 9]
    assert [piece["offset_seconds"] for piece in fault["evidence"]] == [1.2, 0.7, 1.5]
    assert fault["evidence"][0]["setup_id"].startswith(analyses.B)
    assert fault["evidence"][0]["time"] == "2026-11-21T21:01:59.147000000Z"
    assert fault["consequences"][0]["round"] == 3
    assert fault["delay_seconds"] == 0.3


def test_what_is_not_proved_is_told_as_likely_in_every_form(analyses: ModuleType) -> None:
    sentence = "Likely cause: two workers made the same escrow"
    found = analyses.results(analyses.judged(analyses.race()))
    (setup,) = as_json(found)["setups"]
    assert setup["verdict"]["sentence"] == setup["findings"][0]["sentence"] == sentence
    assert setup["verdict"]["sure"] is False
    assert markdown(found).startswith(f"### {sentence}.\n")
    assert f"::{sentence}. Escrow " in github(found)
    assert f'message="{sentence}."' in junit(found)


def test_a_set_up_in_several_files_names_them_all(analyses: ModuleType) -> None:
    judged = msgspec.structs.replace(analyses.healthy(), sources=("a.json", "b.json"))
    assert as_json(analyses.results(judged))["setups"][0]["source"] == ["a.json", "b.json"]


def test_where_the_trace_is_shown(analyses: ModuleType) -> None:
    url = "http://jaeger:16686/trace/0b0b"
    judged = msgspec.structs.replace(analyses.judged(analyses.swap()), addresses=(url,))
    assert as_json(analyses.results(judged))["setups"][0]["trace_urls"] == [url]
    assert f"\n- trace `{url}`\n" in markdown(analyses.results(judged))
    assert "trace_urls" not in as_json(analyses.results(analyses.judged(analyses.swap())))["setups"][0]


@given(text=st.text(st.characters(codec=None), max_size=30))
def test_json_takes_any_text_and_sends_no_orders(analyses: ModuleType, text: str) -> None:
    finding = analyses.swap(sentence=text, role=text, interfering=(text,))
    written = encode(document_of(analyses.results(analyses.judged(finding, source=text, escrow_id=text or "x"))))
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", written) is None
    written.encode()
    assert json.loads(written)["setups"]


def test_junit_has_a_case_a_set_up_and_a_failure_a_fault(analyses: ModuleType) -> None:
    root = ET.fromstring(junit(several(analyses)))
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "1")
    cases = suite.findall("testcase")
    assert [case.get("file") for case in cases] == ["a_FAILED.json", "a_FAILED.json", "b.json", None]
    failures = [case.find("failure") for case in cases]
    assert [failure.get("type") for failure in failures if failure is not None] == ["wallet_swapped", "race"]
    assert failures[0] is not None
    assert "event 9: make_multisig was answered for another wallet" in (failures[0].text or "")
    assert cases[3].find("error") is not None


def test_junit_is_xml_whatever_names_say(analyses: ModuleType) -> None:
    hostile = analyses.HOSTILE + "\x00\ud800\ufffe]]>\"'&"
    finding = analyses.swap(sentence=hostile, evidence=(analyses.evidence(1, hostile),), interfering=(hostile,))
    root = ET.fromstring(junit(analyses.results(analyses.judged(finding, escrow_id=hostile, source=hostile))))
    failure = root.find(".//failure")
    assert failure is not None
    assert "<b>@you" in (failure.get("message") or "")


def test_github_has_an_error_a_fault_and_a_warning_a_problem(analyses: ModuleType) -> None:
    lines = github(several(analyses)).splitlines()
    assert lines[0].startswith("::error file=a_FAILED.json,title=wallet_swapped%3A vendor%2C round 1::Escrow ")
    assert lines[1].startswith("::error file=a_FAILED.json,title=race%3A vendor%2C round 1::")
    assert lines[2] == "::warning file=bad%2Cfile.json,line=7::event 3: it is 100%25 broken; mend it"
    assert lines[3] == "2 of 3 set-ups have a fault: 1 wallet_swapped, 1 race."


def test_github_takes_no_commands_from_names(analyses: ModuleType) -> None:
    hostile = "x\n::set-env name=A::b\r\n::error::y"
    finding = analyses.swap(sentence=hostile, role=hostile)
    lines = github(analyses.results(analyses.judged(finding, escrow_id=hostile, source=hostile))).splitlines()
    assert [line for line in lines if line.startswith("::")] == [lines[0]]
    assert len(lines) == 2


def test_markdown_tells_verdict_evidence_and_remedy(analyses: ModuleType) -> None:
    text = markdown(analyses.results(analyses.judged(analyses.swap())))
    assert text.startswith(f"### Escrow {analyses.B} opened its wallet on port 18083 ")
    assert "- cause: **wallet_swapped**: vendor, round 1\n" in text
    assert "| +1.500 s | 9 | vendor | 18083 | make_multisig was answered for another wallet |" in text
    assert "- exchange_multisig_keys of vendor failed in round 3.\n" in text
    assert "```sh\notel-multisig analyze a_FAILED.json --timeline\n" in text


def test_markdown_of_many_is_a_table(analyses: ModuleType) -> None:
    text = markdown(several(analyses))
    assert text.startswith("**2 of 3 set-ups have a fault: 1 wallet_swapped, 1 race.**\n")
    assert f"| `{analyses.A}` | race | vendor, round 1 | likely | `a_FAILED.json` |" in text
    assert "`bad,file.json`: it is 100% broken" in text


def test_nothing_of_a_trace_is_markup_in_markdown(analyses: ModuleType) -> None:
    hostile = "- <script> [a](http://x) ![b](c) `d` |e| @you #12 https://evil www.evil :smile: _f_ *g* ~~h~~ $i$\n# j"
    finding = analyses.swap(sentence=hostile, role=hostile, evidence=(analyses.evidence(1, hostile),), consequences=())
    text = markdown(analyses.results(analyses.judged(finding)))
    row = next(line for line in text.splitlines() if line.startswith("| +0.001 s"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    outside = re.sub(r"`[^`]*`", "", text.partition("```")[0])
    for mark in ("@you", "#12", "://evil", "www.evil", ":smile", "\n# j"):
        assert mark not in outside, mark
    assert re.findall(r"(?<!\\)(?:<script|\]\(|\b_f|f_\b|\*g|~h|\$i)", outside) == []


@given(st.text(max_size=40))
def test_nothing_ends_a_fence(text: str) -> None:
    lines = fenced(text).split("\n")
    fence = lines[0].removesuffix("text")
    assert set(fence) == {"`"}
    assert [line for line in lines[1:-2] if line.strip().startswith(fence)] == []


def test_views_say_what_was_asked_for() -> None:
    assert not Views().any
    assert Views(timeline=True).any
    assert not Views(timeline=True, time=True, changes=True).only
    assert Views(timeline=True, errors=True).only


def test_every_fault_and_outcome_has_a_place_in_the_schema() -> None:
    definitions = json_schema()["$defs"]
    assert definitions["FaultType"]["enum"] == sorted(FaultType)
    assert definitions["Outcome"]["enum"] == sorted(Outcome)
