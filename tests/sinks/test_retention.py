from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.sinks import LegacyFolder, Retention

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

NOW = 2_000_000_000.0
MS = 1_795_294_917_947


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def put(setups: ModuleType, tmp_path: Path) -> Any:
    """Write a recording that was last changed so many seconds ago."""

    def write(escrow_id: str, age: float, unix_ms: int = MS, outcome: str = "success") -> None:
        setup = setups.SetupScript(escrow_id, unix_ms)
        setup.call("buyer", "x")
        setup.finish(outcome)
        path = LegacyFolder(tmp_path).write(setup.trace()).path
        assert path
        os.utime(path, (NOW - age, NOW - age))

    return write


def test_what_is_over_the_age_goes(put: Any, tmp_path: Path) -> None:
    put("old", 101)
    put("new", 99)
    removed = Retention(max_age=100).apply(tmp_path, now=NOW)
    assert removed == [tmp_path / "escrow_old.json"]
    assert names(tmp_path) == {"escrow_new.json"}


def test_the_oldest_over_the_number_go(put: Any, tmp_path: Path) -> None:
    put("c", 3)
    put("a", 1, outcome="failure")
    put("a", 4, unix_ms=MS + 1)
    put("b/c", 2, outcome="interrupted")
    Retention(max_files=2).apply(tmp_path, now=NOW)
    (partial,) = names(tmp_path) - {"escrow_a_FAILED.json"}
    assert partial.endswith("_PARTIAL.json")


def test_without_limits_all_stays(put: Any, tmp_path: Path) -> None:
    put("a", 1e9)
    assert Retention().apply(tmp_path, now=NOW) == []


def test_files_of_others_stay_however_old(put: Any, tmp_path: Path) -> None:
    put("mine", 1000)
    others = {
        "escrow_notes.json": "[]",
        "escrow_x.json": "hello",
        "escrow_elses.json": '[{"trace_id": "name-does-not-fit-1700000000000"}]',
        "labels.json": '[{"trace_id": "a-1700000000000"}]',
        "escrow_mine.json.bak": '[{"trace_id": "mine-1700000000000"}]',
        ".bashrc": "",
    }
    for name, text in others.items():
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "escrow_link.json").symlink_to(tmp_path / "escrow_notes.json")
    (tmp_path / "escrow_folder.json").mkdir()
    Retention(max_age=1, max_files=1).apply(tmp_path, now=NOW)
    assert names(tmp_path) == {*others, "escrow_link.json", "escrow_folder.json"}


def test_others_files_do_not_count(put: Any, tmp_path: Path) -> None:
    put("mine", 10)
    for number in range(5):
        (tmp_path / f"escrow_notes{number}.json").write_text("[]")
    Retention(max_files=1).apply(tmp_path, now=NOW)
    assert "escrow_mine.json" in names(tmp_path)


def test_what_a_killed_process_left_half_written_goes(tmp_path: Path) -> None:
    for name, age in ((".otel-multisig-1-aa.tmp", 4000), (".otel-multisig-2-bb.tmp", 10)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (NOW - age, NOW - age))
    Retention(max_files=10).apply(tmp_path, now=NOW)
    assert names(tmp_path) == {".otel-multisig-2-bb.tmp"}
