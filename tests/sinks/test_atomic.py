from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.sinks import create_file, replace_file
from otel_multisig.sinks.atomic import is_temporary_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

writers = pytest.mark.parametrize("write", [create_file, replace_file])


@writers
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_a_file_has_its_content_and_exactly_its_mode(write: Callable[..., None], mode: int, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(tmp_path / "a", b"data", mode=mode, fsync=True)
    finally:
        os.umask(before)
    assert (tmp_path / "a").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_by_default_only_the_owner_may_read(tmp_path: Path) -> None:
    create_file(tmp_path / "a", b"")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_creating_refuses_a_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("a", "link"):
        with pytest.raises(FileExistsError):
            create_file(tmp_path / name, b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "link"]


def test_replacing_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    replace_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@writers
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_nothing_new(
    write: Callable[..., None], error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").write_bytes(b"old")

    def fail(*_: Any) -> int:
        raise error

    monkeypatch.setattr(os, "write", fail)
    for name in ("a", "b"):
        with pytest.raises(type(error)):
            write(tmp_path / name, b"data")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_bytes() == b"old"


def test_a_write_that_takes_several_steps_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    create_file(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", no_links)
    create_file(tmp_path / "a", b"data")
    assert (tmp_path / "a").read_bytes() == b"data"
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "a", b"other")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_temporary_files_are_told_from_others() -> None:
    assert is_temporary_name(".otel-multisig-1-ab.tmp")
    assert not is_temporary_name("escrow_a.json")
    assert not is_temporary_name(".bashrc")
