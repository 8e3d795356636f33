from __future__ import annotations

import pickle
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from otel_multisig.model import EscrowTrace
from otel_multisig.sinks import Change, LegacyFolder, RecordingExistsError, Retention, open_staging, record

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def trace(setups: ModuleType) -> EscrowTrace:
    trace: EscrowTrace = setups.healthy().trace()
    return trace


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_another_process_wrote_gets_its_name(trace: EscrowTrace, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path / "out", mode=0o640)
    recording = record(trace)
    with folder.staging() as staging:
        staged = pickle.loads(pickle.dumps(staging)).add(recording)  # as it goes to another process
        assert staged.data == b""
        assert staged.read() == recording.data
        inode = Path(str(staged.staged)).stat().st_ino
        written = folder.put(staged, replace=False)
    assert written.change is Change.CREATED
    assert written.path is not None
    assert written.path.read_bytes() == recording.data
    assert written.path.stat().st_ino == inode  # written once
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o640
    assert names(folder.folder) == [written.path.name]


def test_one_that_is_there_already_is_left_or_replaced(trace: EscrowTrace, tmp_path: Path) -> None:
    folder = LegacyFolder(tmp_path)
    path = folder.write(trace).path
    assert path is not None
    shorter = EscrowTrace(trace.escrow_id, trace.setup_id, trace.spans[:-1])
    with folder.staging() as staging:
        staged = staging.add(record(trace))
        assert folder.put(staged).change is Change.UNCHANGED
        assert not Path(str(staged.staged)).exists()
        other = staging.add(record(shorter))
        with pytest.raises(RecordingExistsError):
            folder.put(other, replace=False)
        assert not Path(str(other.staged)).exists()
        assert folder.put(staging.add(record(shorter))).change is Change.REPLACED
    assert path.read_bytes() == record(shorter).data
    assert names(tmp_path) == [path.name]


def test_what_nobody_took_goes(trace: EscrowTrace, tmp_path: Path) -> None:
    with open_staging(tmp_path) as staging:
        staging.add(record(trace))
        staging.add(record(trace))
        assert len(names(tmp_path)) == 1
    assert names(tmp_path) == []


def test_a_folder_that_takes_nothing_is_no_trouble_for_the_writer(
    trace: EscrowTrace, setups: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    recording = record(trace)
    with open_staging(tmp_path / "file") as staging:
        assert staging.add(recording) == recording
    with open_staging(tmp_path / "out") as staging:
        empty = record(setups.SetupScript().trace())
        assert empty.events == 0
        assert staging.add(empty) == empty
    assert names(tmp_path) == ["file"]


def test_staged_and_kept_in_memory_are_named_alike(setups: ModuleType, tmp_path: Path) -> None:
    traces = [setups.healthy("e", setups.START_MS + number).trace() for number in (5, 0, 9)]
    folders = [LegacyFolder(tmp_path / name) for name in ("one", "two")]
    with folders[1].staging() as staging:
        for trace in traces:
            folders[0].put(record(trace))
            folders[1].put(staging.add(record(trace)))
    first, second = ({path.name: path.read_bytes() for path in folder.folder.iterdir()} for folder in folders)
    assert first == second
    assert len(first) == 3


def test_retention_removes_what_a_killed_process_left(trace: EscrowTrace, tmp_path: Path) -> None:
    with open_staging(tmp_path) as staging:
        staged = staging.add(record(trace))
        Retention(max_files=5).apply(tmp_path)
        assert staged.read() == record(trace).data
        Retention(max_files=5).apply(tmp_path, now=Path(staging.folder).stat().st_mtime + 10**6)
        assert names(tmp_path) == []
