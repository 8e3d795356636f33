"""`otel-multisig analyze`: what it reads, and what it exits with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.diagnosis import Diagnosis
from otel_multisig.model import disassemble
from otel_multisig.otlp import encode_line
from otel_multisig.sources import Found, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from otel_multisig.diagnosis import SetupFacts
    from otel_multisig.sources.live import Selection

PROGRAM = str(Path(sys.executable).parent / "otel-multisig")


def test_a_healthy_set_up_exits_with_0(write_events: Any, analyze: Any, made: ModuleType) -> None:
    code, out, err = analyze(write_events(made.WELL))
    assert code == 0
    assert out.startswith("OK ")
    assert err == ""


def test_a_fault_exits_with_1_and_is_named(write_events: Any, analyze: Any, made: ModuleType) -> None:
    code, out, _ = analyze(write_events(made.FAILED, "escrow_escrow-1_FAILED.json"))
    assert code == 1
    assert out.startswith("FAULT  ")


def test_a_genuine_recording_is_told_with_evidence_and_remedy(analyze: Any, made: ModuleType) -> None:
    code, out, err = analyze(made.SWAPPED)
    assert code == 1
    assert out.startswith("FAULT  ")
    for part in ("wallet_swapped: vendor, round 1", "\nEvidence\n", "\nWhat to do\n", "docs/faults/wallet_swapped.md"):
        assert part in out
    assert err == ""


def test_what_cannot_be_read_is_told_and_the_rest_is_analyzed(
    write_events: Any, analyze: Any, tmp_path: Path, made: ModuleType
) -> None:
    well, absent = write_events(made.WELL), tmp_path / "absent.json"
    code, out, err = analyze(well, absent)
    assert code == 2
    assert "No fault" in out
    assert err == f"error: {absent}: No such file or directory; check the path\n"


def test_a_fault_counts_more_than_what_cannot_be_read(
    write_events: Any, analyze: Any, tmp_path: Path, made: ModuleType
) -> None:
    code, _, err = analyze(write_events(made.FAILED, "escrow_escrow-1_FAILED.json"), tmp_path / "absent.json")
    assert code == 1
    assert "error: " in err


def test_sources_without_a_set_up_are_the_wrong_ones(write_events: Any, analyze: Any) -> None:
    code, out, err = analyze(write_events([]))
    assert (code, out) == (2, "")
    assert err.endswith("no set-up found\n")


def test_selecting_none_is_no_error(write_events: Any, analyze: Any, made: ModuleType) -> None:
    code, out, err = analyze(write_events(made.WELL), "--failed")
    assert (code, out) == (0, "")
    assert "none of them is asked for" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--json", "--markdown"], "one form at a time"),
        (["x", "--format", "xml"], "'xml' is not one of"),
        (["x", "--clock-skew", "soon"], "it is a number and a unit"),
        (["x", "--compare", "y", "--format", "junit"], "--compare goes with text"),
        (["x", "--since", "1h", "--from", "2026-01-01"], "the same thing twice"),
        ([], "Missing argument 'SOURCE...'"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, analyze: Any) -> None:
    code, out, err = analyze(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_an_error_of_the_program_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, write_events: Any, analyze: Any, made: ModuleType
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("otel_multisig.diagnosis.diagnosing.diagnose", fail)
    code, _, err = analyze(write_events(made.WELL))
    assert code == 70
    assert "RuntimeError: broken" in err


def test_otlp_is_judged_as_its_recording_is(analyze: Any, tmp_path: Path, setups: ModuleType) -> None:
    path = tmp_path / "traces.otlp.jsonl"
    path.write_bytes(encode_line(setups.failing("bad").records()) + b"\n")
    code, out, _ = analyze(path, "--errors-only")
    assert code == 1
    assert "make_multisig failed after 12 ms: -28 This wallet is already multisig" in " ".join(out.split())


def test_others_are_looked_at_and_only_what_is_asked_for_is_told(
    write_events: Any, analyze: Any, made: ModuleType
) -> None:
    later = [known | {"timestamp": known["timestamp"] + 3_600_000} for known in made.WELL]
    text = json.dumps(later).replace("escrow-1", "good").replace("1" * 64, "a" * 64).replace("4" * 64, "b" * 64)
    folder = write_events(made.FAILED, "recordings/escrow_escrow-1_FAILED.json").parent
    write_events(json.loads(text), "recordings/escrow_good.json")
    code, out, _ = analyze(folder, "--escrow-id", "good", "--json")
    assert code == 0
    assert [setup["escrow_id"] for setup in json.loads(out)["setups"]] == ["good"]
    assert analyze(folder)[0] == 1


class Backend:
    """A backend that holds some set-ups, and gives those that are selected."""

    name = "http://backend"
    size = None

    def __init__(self, scripts: Sequence[Any], selection: Selection) -> None:
        self._traces = [trace for script in scripts if selection.matches(trace := script.trace())]

    def read(self, _advance: object) -> Iterator[Found]:
        for trace in self._traces:
            yield from (Found(Origin(self.name), record) for record in disassemble(trace))


def test_of_a_backend_what_ran_beside_is_looked_at_too(
    monkeypatch: pytest.MonkeyPatch, analyze: Any, setups: ModuleType
) -> None:
    scripts = [
        setups.failing("bad"),
        setups.healthy("beside", setups.START_MS + 5),
        setups.healthy("long-after", setups.START_MS + 86_400_000),
    ]
    asked: list[Selection] = []

    def open_url(_url: str, _access: object, selection: Selection) -> Backend:
        asked.append(selection)
        return Backend(scripts, selection)

    seen: list[str] = []

    def diagnose(found: Sequence[SetupFacts], **_: Any) -> tuple[Diagnosis, ...]:
        seen.extend(facts.escrow_id for facts in found)
        return tuple(Diagnosis(facts) for facts in found)

    monkeypatch.setattr("otel_multisig.cli._opening.open_url", open_url)
    monkeypatch.setattr("otel_multisig.diagnosis.diagnosing.diagnose", diagnose)
    _, out, _ = analyze("http://backend", "--failed", "--json")
    assert [setup["escrow_id"] for setup in json.loads(out)["setups"]] == ["bad"]
    assert seen == ["bad", "beside"]
    first, second = asked
    assert first.failed
    assert second.start_unix_nano == setups.START_MS * 1_000_000


def test_standard_input(write_events: Any, made: ModuleType) -> None:
    with write_events(made.FAILED).open("rb") as stdin:
        done = subprocess.run([PROGRAM, "analyze", "-"], stdin=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("FAULT  ")


def test_what_is_compared_may_have_been_in_the_way(analyze: Any) -> None:
    group = Path(__file__).parents[1] / "corpus" / "swapped_before_prepare-real-00"
    (failed,) = group.glob("escrow_*_FAILED.json.gz")
    (other,) = (path for path in group.glob("escrow_*.json.gz") if path != failed)
    _, out, _ = analyze(failed, "--compare", other, "--json")
    found = json.loads(out)
    escrow_id = other.name.removeprefix("escrow_").removesuffix(".json.gz")
    assert found["setups"][0]["verdict"]["interfering"] == [escrow_id]
