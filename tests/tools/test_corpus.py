"""The recorded corpus is whole and holds no secrets, and a scenario run anew gives what was recorded."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from otel_multisig.legacy import LegacyEvent, encode, read
from otel_multisig.semconv.attributes import FaultType
from otel_multisig.sources import load, open_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.model import EscrowTrace

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
GENUINE = ROOT / "tests" / "data" / "legacy"
AGAIN = (
    "plain", "retried_prepare", "own_failed_open", "under_a_lock", "swapped_to_plain", "polluted_by_another",
    "flag_lost", "infos_of_another_escrow", "make_lost", "server_killed", "two_roles_on_one_port", "no_server_free",
    "used_too_early", "killed",
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus() -> Iterator[Any]:
    """The tool, which is in no package that is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        import tools.corpus.__main__ as tool

        yield tool


@pytest.fixture(scope="module")
def labels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CORPUS / "labels.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def bench(corpus: Any) -> Iterator[Any]:
    with corpus.Bench("simulated", seed=1) as bench:
        yield bench


def test_there_is_enough_of_everything(labels: list[dict[str, Any]]) -> None:
    faults = Counter(label["truth"]["fault"] for label in labels)
    assert len(labels) >= 300
    assert faults[None] >= 100
    assert faults[None] >= len(labels) / 3
    assert {fault: faults[fault] for fault in FaultType if faults[fault] < 8} == {}
    assert sum(label["wallets"] == "real" for label in labels) >= len(labels) / 2


def test_both_halves_hold_every_scenario(labels: list[dict[str, Any]]) -> None:
    halves = {half: {label["scenario"] for label in labels if label["half"] == half} for half in ("written", "held")}
    assert halves["written"] == halves["held"]
    by_group = {label["group"]: label["half"] for label in labels}
    assert all(by_group[label["group"]] == label["half"] for label in labels)


def test_every_label_has_its_records_and_every_record_its_label(labels: list[dict[str, Any]]) -> None:
    files = {path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/escrow_*.json.gz")}
    assert files == {f"{label['group']}/{label['file']}" for label in labels}
    loaded = load(open_sources([str(path) for path in sorted(CORPUS.glob("*/*otlp.jsonl.gz"))]))
    assert not loaded.problems
    assert {trace.setup_id for trace in loaded.traces} == {label["setup_id"] for label in labels}


def test_legacy_files_are_read_without_problems_and_are_canonical(labels: list[dict[str, Any]]) -> None:
    for label in labels:
        data = _legacy(label)
        reading = read(data, origin=label["file"])
        assert not reading.problems
        assert [trace.setup_id for trace in reading.traces] == [label["setup_id"]]
        assert [trace.escrow_id for trace in reading.traces] == [label["escrow_id"]]
        assert encode(_events(data)) == data


def test_legacy_files_have_the_fields_of_those_that_the_legacy_system_wrote(labels: list[dict[str, Any]]) -> None:
    genuine = Counter(shape for path in GENUINE.glob("escrow_*.json") for shape in _shapes(path.read_bytes()))
    assert genuine
    ours = {shape for label in labels for shape in _shapes(_legacy(label))}
    assert set(genuine) <= ours
    kinds = {kind for kind, _ in genuine}
    # An error's context holds what was known when it came.
    strange = {shape for shape in ours - set(genuine) if shape[0] in kinds - {"ERROR_FINAL"}}
    assert not strange


def test_legacy_files_end_with_their_first_error_and_hide_what_was_tried_again(labels: list[dict[str, Any]]) -> None:
    for label in labels:
        events = json.loads(_legacy(label))
        kinds = [event["event_type"] for event in events]
        assert ("_FAILED" in label["file"]) == ("ERROR_FINAL" in kinds[-1:])
        assert "ERROR_FINAL" not in kinds[:-1]
        for event in events:
            details = event["details"]
            if event["event_type"] == "RPC_CALL_ERROR" and details["method"] != "exchange_multisig_keys":
                assert details["duration_ms"] >= 700


def test_no_file_holds_a_secret_or_an_address_that_was_not_asked_for() -> None:
    for path in CORPUS.glob("*/*.gz"):
        text = gzip.decompress(path.read_bytes())
        assert b"MultisigxV" not in text
        assert b"Multisigv" not in text
        assert b'"password"' not in text
        if "otlp" in path.name:
            assert not re.search(rb"\b5[1-9A-HJ-NP-Za-km-z]{94}\b", text)


def test_files_are_compressed_without_a_time() -> None:
    assert all(path.read_bytes()[4:8] == bytes(4) for path in CORPUS.glob("*/*.gz"))


@pytest.mark.parametrize("scenario", AGAIN)
def test_a_scenario_run_anew_gives_what_was_recorded(
    corpus: Any, bench: Any, labels: list[dict[str, Any]], scenario: str, tmp_path: Path
) -> None:
    name = f"{scenario}-simulated-00"
    group = corpus.Group(bench, name, 0, 0, 1)
    provoke = corpus.SCENARIOS[scenario].provoke
    made = corpus.run_group(group, provoke, tmp_path / name, scenario=scenario, half="written")
    recorded = {label["escrow_id"]: label for label in labels if label["group"] == name}
    assert {label.escrow_id for label in made} == set(recorded)
    for label in made:
        known = recorded[label.escrow_id]
        assert json.loads(msgspec.json.encode(label.truth)) == known["truth"]
        assert json.loads(msgspec.json.encode(label.legacy)) == known["legacy"]
    assert _courses(tmp_path / name) == _courses(CORPUS / name)
    _assert_no_piece(group, tmp_path / name)


def _assert_no_piece(group: Any, folder: Path) -> None:
    """Nothing written holds twelve characters in a row of what the wallets gave out."""
    texts = [gzip.decompress(path.read_bytes()).decode() for path in folder.iterdir()]
    infos = {info for client in group.clients for stage in client.outs for info in stage.values()}
    for info in infos:
        body = info.removeprefix("MultisigxV2R1").removeprefix("MultisigxV2Rn")
        assert not [at for at in range(0, len(body) - 12, 6) if any(body[at : at + 12] in text for text in texts)]


def _courses(folder: Path) -> dict[str, list[tuple[str | None, str | None, int | None]]]:
    """Each set-up's calls: whose, which, with what outcome."""
    traces = load(open_sources([str(path) for path in sorted(folder.glob("*otlp.jsonl.gz"))])).traces
    return {trace.escrow_id: _course(trace) for trace in traces}


def _course(trace: EscrowTrace) -> list[tuple[str | None, str | None, int | None]]:
    return [(call.role, call.called_method, call.error_code) for call in trace.calls]


def _legacy(label: dict[str, Any]) -> bytes:
    return gzip.decompress((CORPUS / label["group"] / label["file"]).read_bytes())


def _events(data: bytes) -> list[Any]:
    return msgspec.json.decode(data, type=list[LegacyEvent])


def _shapes(data: bytes) -> set[tuple[str, tuple[str, ...]]]:
    """What kinds of events there are, with which fields of their own and of their details."""
    return {
        (event["event_type"], (*event, *(f"details.{key}" for key in event["details"]))) for event in json.loads(data)
    }
