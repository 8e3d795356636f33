from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_multisig.legacy import encode, legacy_events
from otel_multisig.sinks import Change, LegacyFolder, RecordingExistsError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

MS = 1_795_294_917_947


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def owner(path: Path) -> str:
    trace_id: str = json.loads(path.read_bytes())[0]["trace_id"]
    return trace_id


@pytest.fixture
def make(setups: ModuleType) -> Any:
    """A set-up with one event: complete, failed or (None) still open."""

    def make_one(escrow_id: str = "e", unix_ms: int = MS, outcome: str | None = "success") -> Any:
        setup = setups.SetupScript(escrow_id, unix_ms)
        setup.call("buyer", "make_multisig")
        if outcome:
            setup.finish(outcome)
        return setup.trace()

    return make_one


def test_a_set_up_is_one_file_in_the_canonical_form(make: Any, tmp_path: Path) -> None:
    trace = make()
    written = LegacyFolder(tmp_path / "new" / "folder").write(trace)
    assert written.change is Change.CREATED
    assert written.path == tmp_path / "new" / "folder" / "escrow_e.json"
    assert written.path.read_bytes() == encode(legacy_events(trace))
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        ("success", "escrow_e.json"),
        ("failure", "escrow_e_FAILED.json"),
        ("interrupted", "escrow_e_PARTIAL.json"),
        (None, "escrow_e_PARTIAL.json"),
    ],
)
def test_the_name_tells_how_it_stands(make: Any, tmp_path: Path, outcome: str | None, name: str) -> None:
    LegacyFolder(tmp_path).write(make(outcome=outcome))
    assert names(tmp_path) == [name]


def test_a_further_set_up_has_its_milliseconds_in_the_name(make: Any, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    folder.write(make())
    folder.write(make(unix_ms=MS + 1, outcome="failure"))
    folder.write(make(unix_ms=MS + 2))
    folder.write(make(unix_ms=MS + 3, outcome=None))
    assert names(tmp_path) == [
        "escrow_e.json",
        f"escrow_e_{MS + 2}.json",
        f"escrow_e_FAILED_{MS + 1}.json",
        f"escrow_e_PARTIAL_{MS + 3}.json",
    ]


def test_a_further_set_up_is_known_from_the_folder_alone(make: Any, tmp_path: Path) -> None:
    LegacyFolder(tmp_path).write(make(outcome="failure"))
    LegacyFolder(tmp_path).write(make(unix_ms=MS + 1))
    assert names(tmp_path) == [f"escrow_e_{MS + 1}.json", "escrow_e_FAILED.json"]


def test_a_partial_file_gives_way_to_the_final_one(make: Any, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    folder.write(make(unix_ms=MS - 1))
    for unix_ms in (MS - 1, MS):
        folder.write(make(unix_ms=unix_ms, outcome=None))
        assert folder.write(make(unix_ms=unix_ms)).path
    assert names(tmp_path) == ["escrow_e.json", f"escrow_e_{MS}.json"]


def test_a_partial_file_gives_way_also_through_another_object(make: Any, tmp_path: Path) -> None:
    LegacyFolder(tmp_path).write(make(outcome=None))
    written = LegacyFolder(tmp_path).write(make(outcome="failure"))
    assert written.change is Change.REPLACED
    assert names(tmp_path) == ["escrow_e_FAILED.json"]


def test_a_partial_recording_never_takes_the_place_of_a_final_one(make: Any, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    final = folder.write(make())
    again = folder.write(make(outcome=None))
    assert again.change is Change.UNCHANGED
    assert again.path == final.path
    assert names(tmp_path) == ["escrow_e.json"]


def test_the_same_set_up_written_again_replaces_its_own_file(make: Any, setups: ModuleType, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    folder.write(make())
    assert folder.write(make()).change is Change.UNCHANGED
    longer = setups.healthy("e", MS).trace()
    assert folder.write(longer).change is Change.REPLACED
    assert names(tmp_path) == ["escrow_e.json"]
    assert len(json.loads((tmp_path / "escrow_e.json").read_bytes())) == 45


def test_without_leave_to_replace_nothing_is_touched(make: Any, setups: ModuleType, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    folder.write(make())
    before = (tmp_path / "escrow_e.json").read_bytes()
    assert folder.write(make(), replace=False).change is Change.UNCHANGED
    with pytest.raises(RecordingExistsError) as raised:
        folder.write(setups.healthy("e", MS).trace(), replace=False)
    assert raised.value.path == tmp_path / "escrow_e.json"
    assert (tmp_path / "escrow_e.json").read_bytes() == before
    folder.write(make("f", outcome=None), replace=False)
    with pytest.raises(RecordingExistsError):
        folder.write(make("f"), replace=False)
    assert names(tmp_path) == ["escrow_e.json", "escrow_f_PARTIAL.json"]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"[]", b"[1]", b'{"trace_id": "e-1"}', b'[{"trace_id": 7}]', b"\xff"]
)
def test_a_file_that_is_no_recording_keeps_its_name(make: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "escrow_e.json").write_bytes(content)
    LegacyFolder(tmp_path).write(make())
    assert (tmp_path / "escrow_e.json").read_bytes() == content
    assert names(tmp_path) == ["escrow_e.json", f"escrow_e_{MS}.json"]


def test_folders_links_and_pipes_of_that_name_stay(make: Any, tmp_path: Path) -> None:
    (tmp_path / "escrow_a.json").mkdir()
    (tmp_path / "escrow_b.json").symlink_to(tmp_path / "outside")
    os.mkfifo(tmp_path / "escrow_c.json")
    folder = LegacyFolder(tmp_path)
    for escrow_id in "abc":
        folder.write(make(escrow_id))
    assert not (tmp_path / "outside").exists()
    assert len(names(tmp_path)) == 6


def test_the_legacy_systems_own_recording_is_never_replaced(make: Any, tmp_path: Path) -> None:
    theirs = '[\n  {\n    "trace_id": "e-1700000000000",\n    "timestamp": 1\n  }\n]'
    later = '[{"trace_id": "f-1900000000000"}]'
    (tmp_path / "escrow_e_FAILED.json").write_text(theirs)
    (tmp_path / "escrow_f.json").write_text(later)
    folder = LegacyFolder(tmp_path)
    folder.write(make())
    folder.write(make("f"))
    assert (tmp_path / "escrow_e_FAILED.json").read_text() == theirs
    assert (tmp_path / "escrow_f.json").read_text() == later
    assert names(tmp_path) == [f"escrow_e_{MS}.json", "escrow_e_FAILED.json", "escrow_f.json", f"escrow_f_{MS}.json"]


def test_names_do_not_depend_on_who_finishes_first(make: Any, tmp_path: Path) -> None:
    traces = [
        make(unix_ms=MS + number, outcome=outcome) for number, outcome in enumerate(("success", "failure", "success"))
    ]
    results = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)):
        folder = LegacyFolder(tmp_path / str(order))
        for number in order:
            folder.write(traces[number])
        results.append({path.name: owner(path) for path in folder.folder.iterdir()})
    assert results[0] == {
        "escrow_e.json": f"e-{MS}",
        f"escrow_e_FAILED_{MS + 1}.json": f"e-{MS + 1}",
        f"escrow_e_{MS + 2}.json": f"e-{MS + 2}",
    }
    assert all(result == results[0] for result in results)


def test_a_set_up_that_was_renamed_is_still_found_as_its_own(make: Any, setups: ModuleType, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    folder.write(make(unix_ms=MS + 1, outcome=None))
    folder.write(make(unix_ms=MS))
    folder.write(make(unix_ms=MS + 1))
    folder.write(setups.healthy("e", MS + 1).trace())
    assert names(tmp_path) == ["escrow_e.json", f"escrow_e_{MS + 1}.json"]


def test_an_escrow_whose_id_looks_like_anothers_name(make: Any, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    folder.write(make("e", outcome="failure"))
    folder.write(make("e_FAILED"))
    folder.write(make("e_FAILED", unix_ms=MS + 1))
    assert {owner(path) for path in tmp_path.iterdir()} == {f"e-{MS}", f"e_FAILED-{MS}", f"e_FAILED-{MS + 1}"}


def test_a_kept_file_stays_and_the_rest_gets_one_of_its_own(make: Any, setups: ModuleType, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    for _ in range(2):
        folder.keep(folder.write(make(outcome=None)))
    folder.write(setups.healthy("e", MS).trace())
    assert names(tmp_path) == ["escrow_e.json", "escrow_e_PARTIAL.json", f"escrow_e_PARTIAL_{MS}.json"]


def test_a_set_up_without_events_has_no_file(setups: ModuleType, tmp_path: Path) -> None:
    setup = setups.SetupScript()
    setup.finish()
    written = LegacyFolder(tmp_path / "folder").write(setup.trace())
    assert written.change is Change.EMPTY
    assert written.path is None
    assert names(tmp_path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(escrow_id=st.text(min_size=1))
def test_nothing_is_ever_written_outside_of_the_folder(make: Any, tmp_path: Path, escrow_id: str) -> None:
    LegacyFolder(tmp_path / "in").write(make(escrow_id))
    assert names(tmp_path) == ["in"]
    assert all(path.is_file() for path in (tmp_path / "in").iterdir())


def test_hostile_ids_stay_in_the_folder(make: Any, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path / "in")
    for escrow_id in ("../../x", "/etc/passwd", "..", "a\0b", "a\nb", "x" * 100_000, "%2e%2e/", "\u202e"):
        folder.write(make(escrow_id))
        folder.write(make(escrow_id))
    assert names(tmp_path) == ["in"]
    assert len(names(tmp_path / "in")) == 8


def test_threads_that_write_at_once_lose_nothing(make: Any, tmp_path: Path) -> None:
    folders = [LegacyFolder(tmp_path) for _ in range(4)]
    barrier = threading.Barrier(len(folders))

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(10):
            folders[number].write(make(unix_ms=MS + turn * 10 + number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(folders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {owner(path) for path in tmp_path.iterdir()} == {
        f"e-{MS + turn * 10 + n}" for turn in range(10) for n in range(4)
    }
    assert len(names(tmp_path)) == 40
    assert "escrow_e.json" in names(tmp_path)


_WRITER = """
import importlib.util, sys
from pathlib import Path
from otel_multisig.sinks import LegacyFolder
spec = importlib.util.spec_from_file_location("setups", sys.argv[1])
setups = importlib.util.module_from_spec(spec)
spec.loader.exec_module(setups)
folder = LegacyFolder(Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for turn in range(20):
    setup = setups.SetupScript("e", setups.START_MS + turn * 10 + int(sys.argv[3]))
    setup.call("buyer", "make_multisig")
    setup.finish()
    folder.write(setup.trace())
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path, setups: ModuleType) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(setups.__file__), str(tmp_path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n")
        assert process.returncode == 0
    assert len({owner(path) for path in tmp_path.iterdir()}) == 40
    assert len(names(tmp_path)) == 40


def test_without_locks_nothing_is_lost_either(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_multisig.sinks._advisory_lock.fcntl", None)
    LegacyFolder(tmp_path).write(make())
    LegacyFolder(tmp_path).write(make(unix_ms=MS + 1))
    assert len(names(tmp_path)) == 2


def test_who_holds_the_lock_for_ever_stops_nobody(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("otel_multisig.sinks.legacy_folder.PATIENCE_SECONDS", 0.05)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        folder = LegacyFolder(tmp_path)
        folder.write(make())
        folder.write(make(unix_ms=MS + 1))
    finally:
        os.close(descriptor)
    assert len(names(tmp_path)) == 2


def test_a_name_taken_between_the_look_and_the_step_is_not_overwritten(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import otel_multisig.sinks.legacy_folder as module

    create = module.create_file
    theirs = b'[{"trace_id": "e-1700000000000"}]'

    def create_late(path: Path, data: bytes, **options: Any) -> None:
        if not path.exists():
            path.write_bytes(theirs)
            monkeypatch.setattr(module, "create_file", create)
        create(path, data, **options)

    monkeypatch.setattr(module, "create_file", create_late)
    LegacyFolder(tmp_path).write(make())
    assert (tmp_path / "escrow_e.json").read_bytes() == theirs
    assert owner(tmp_path / f"escrow_e_{MS}.json") == f"e-{MS}"
