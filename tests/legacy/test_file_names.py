from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.legacy import RecordingState, dated_name, is_recording_name, plain_name, state_of
from otel_multisig.semconv import attributes as attr

if TYPE_CHECKING:
    from types import ModuleType

ESCROW = "e946fef3-8734-4874-8528-71319317e131"


def test_names_of_the_first_set_up() -> None:
    assert plain_name(ESCROW, RecordingState.COMPLETE) == f"escrow_{ESCROW}.json"
    assert plain_name(ESCROW, RecordingState.FAILED) == f"escrow_{ESCROW}_FAILED.json"
    assert plain_name(ESCROW, RecordingState.PARTIAL) == f"escrow_{ESCROW}_PARTIAL.json"


def test_names_of_further_set_ups() -> None:
    setup = f"{ESCROW}-1795294917947"
    assert dated_name(ESCROW, setup, RecordingState.COMPLETE) == f"escrow_{ESCROW}_1795294917947.json"
    assert dated_name(ESCROW, setup, RecordingState.FAILED) == f"escrow_{ESCROW}_FAILED_1795294917947.json"
    assert dated_name(ESCROW, setup, RecordingState.PARTIAL, 2) == f"escrow_{ESCROW}_PARTIAL_1795294917947_2.json"


def test_a_set_up_id_without_a_time_gives_a_mark_of_its_own() -> None:
    marks = {dated_name("e", setup, RecordingState.COMPLETE) for setup in ("e", "e-1", "trace_789")}
    assert len(marks) == 3


@given(st.text())
def test_a_name_is_one_plain_file_name_whatever_the_id(escrow_id: str) -> None:
    for name in (
        plain_name(escrow_id, RecordingState.FAILED),
        dated_name(escrow_id, f"{escrow_id}-1795294917947", RecordingState.FAILED),
    ):
        assert is_recording_name(name)
        assert len(name.encode()) < 256
        assert "/" not in name
        assert name.startswith("escrow_")


@given(st.lists(st.text(st.sampled_from("./\\\0a_ \u00e9"), max_size=4), unique=True, min_size=2))
def test_no_two_ids_share_a_name(ids: list[str]) -> None:
    assert len({plain_name(escrow_id, RecordingState.COMPLETE) for escrow_id in ids}) == len(ids)


@pytest.mark.parametrize(
    "name", ["escrow_notes.txt", "my_escrow_a.json", "escrow_.json", "escrow_a b.json", "labels.json"]
)
def test_other_files_are_not_ours(name: str) -> None:
    assert not is_recording_name(name)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("success", RecordingState.COMPLETE),
        ("failure", RecordingState.FAILED),
        ("interrupted", RecordingState.PARTIAL),
    ],
)
def test_the_outcome_decides_about_the_state(setups: ModuleType, outcome: str, state: RecordingState) -> None:
    setup = setups.SetupScript()
    assert state_of(setup.trace()) is RecordingState.PARTIAL
    setup.finish(outcome)
    assert state_of(setup.trace()) is state


def test_a_root_that_ended_without_saying_how_is_complete(setups: ModuleType) -> None:
    setup = setups.SetupScript()
    setup.finish()
    del setup.root.attributes[attr.MONERO_ESCROW_OUTCOME]
    assert state_of(setup.trace()) is RecordingState.COMPLETE
