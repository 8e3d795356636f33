"""Which name a set-up's file gets, and which files of it there are already."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from otel_multisig.legacy import RecordingState, dated_name, plain_name
from otel_multisig.model import split_setup_id
from otel_multisig.sinks._recordings import read_owner

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

__all__ = ["Place", "PlacedFile"]


class PlacedFile(NamedTuple):
    """A recording in the folder."""

    path: Path
    state: RecordingState
    dated: bool
    owner: str


class Place:
    """The names of one set-up in a folder. Each is looked at once.

    Args:
        folder: where the files are.
        escrow_id: the escrow's id.
        setup_id: the set-up's id.
        kept: files that may not be replaced, although they record this set-up.
    """

    def __init__(self, folder: Path, escrow_id: str, setup_id: str, kept: Container[Path] = ()) -> None:
        self._folder = folder
        self._escrow_id = escrow_id
        self._setup_id = setup_id
        self._kept = kept
        # By name: paths are slow to make, and mostly none of the files is there.
        self._owners: dict[str, str | None] = {}

    def look_again(self) -> None:
        """Forget what was seen: files were moved."""
        self._owners.clear()

    def find_own(self) -> list[PlacedFile]:
        """The files of this set-up that may be replaced."""
        plain = [file for file in self._find_plain() if self._is_own(file.path, file.owner)]
        return plain + [file for state in RecordingState for file in self._find_dated(state)]

    def find_rivals(self) -> list[PlacedFile]:
        """Files of other set-ups of the same escrow that have the plain name."""
        escrow = split_setup_id(self._setup_id)[0]
        return [
            file
            for file in self._find_plain()
            if file.owner != self._setup_id and split_setup_id(file.owner)[0] == escrow
        ]

    def plain_path(self, state: RecordingState) -> Path | None:
        """The plain name, where nothing else has it."""
        name = plain_name(self._escrow_id, state)
        return self._folder / name if self._may_have(name) else None

    def dated_path(self, state: RecordingState) -> Path:
        """The name with the milliseconds; with a number behind it where something else has that."""
        return self._folder / next(name for name in self._dated_names(state) if self._may_have(name))

    def _find_plain(self) -> Iterator[PlacedFile]:
        for state in RecordingState:
            name = plain_name(self._escrow_id, state)
            owner = self._owner(name)
            if owner is not None:
                yield PlacedFile(self._folder / name, state, dated=False, owner=owner)

    def _find_dated(self, state: RecordingState) -> Iterator[PlacedFile]:
        for name in self._dated_names(state):
            owner = self._owner(name)
            if owner is None:
                return
            path = self._folder / name
            if self._is_own(path, owner):
                yield PlacedFile(path, state, dated=True, owner=owner)

    def _dated_names(self, state: RecordingState) -> Iterator[str]:
        return (dated_name(self._escrow_id, self._setup_id, state, copy) for copy in count(1))

    def _may_have(self, name: str) -> bool:
        owner = self._owner(name)
        return owner is None or self._is_own(self._folder / name, owner)

    def _is_own(self, path: Path, owner: str) -> bool:
        return owner == self._setup_id and path not in self._kept

    def _owner(self, name: str) -> str | None:
        if name not in self._owners:
            path = os.path.join(self._folder, name)  # noqa: PTH118 - as above
            self._owners[name] = read_owner(path, longest_id=len(self._setup_id))
        return self._owners[name]
