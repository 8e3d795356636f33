from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.cells import cell_len

from otel_multisig.cli._analysis_output import report_parts, to_text
from otel_multisig.diagnosis import Observation
from otel_multisig.report.document import Views
from otel_multisig.semconv.attributes import FaultType, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from otel_multisig.report.results import Results


@pytest.fixture
def shown() -> Callable[..., str]:
    """The whole report on a terminal of 80 columns."""

    def show(results: Results, *, whole: bool = False, width: int = 80, coloured: bool = False) -> str:
        parts = report_parts(results, Views(), whole=whole)
        return "".join(to_text(part, width, coloured=coloured) for part in parts)

    return show


def test_the_verdict_stands_first_in_one_sentence(analyses: ModuleType, shown: Callable[..., str]) -> None:
    text = shown(analyses.results(analyses.judged(analyses.swap())))
    sentence = text.partition("\n\n")[0]
    assert " ".join(sentence.split()) == (
        f"FAULT Escrow {analyses.B} opened its wallet on port 18083 between vendor's open and its make_multisig."
    )


def test_evidence_has_role_port_time_and_the_number_of_its_event(
    analyses: ModuleType, shown: Callable[..., str]
) -> None:
    lines = shown(analyses.results(analyses.judged(analyses.swap()))).splitlines()
    (own,) = [line for line in lines if "answered for another wallet" in line]
    assert own.split()[:5] == ["+1.500", "s", "#9", "vendor", "18083"]


def test_evidence_of_an_interfering_set_up_names_it_and_its_own_event(
    analyses: ModuleType, shown: Callable[..., str]
) -> None:
    found = analyses.results(analyses.judged(analyses.swap()), context=[analyses.healthy()])
    text = shown(found)
    (line,) = [line for line in text.splitlines() if "open_wallet of" in line]
    assert line.split()[:3] == ["+1.200", "s", "#7"]
    assert "escrow bbbbbbbb: open_wallet" in line
    assert f"with escrow  {analyses.B}\n               b.json\n" in text


def test_consequences_stand_under_their_cause(analyses: ModuleType, shown: Callable[..., str]) -> None:
    text = shown(analyses.results(analyses.judged(analyses.swap())))
    assert text.index("Evidence") < text.index("What followed from it") < text.index("What to do")
    assert "#20  exchange_multisig_keys of vendor failed in round 3." in text


def test_how_sure_it_is_and_what_else_it_could_be(analyses: ModuleType, shown: Callable[..., str]) -> None:
    assert "certainty    proved by the record\n" in shown(analyses.results(analyses.judged(analyses.swap())))
    unsure = " ".join(shown(analyses.results(analyses.judged(analyses.race()))).split())
    assert "likely, not proved by the record; it could also be lost_answer_retry or cache_pollution" in unsure


def test_what_is_not_proved_is_told_as_likely(analyses: ModuleType, shown: Callable[..., str]) -> None:
    text = shown(analyses.results(analyses.judged(analyses.race())))
    assert text.startswith("FAULT  Likely cause: two workers made the same escrow.\n")
    both = shown(analyses.results(analyses.judged(analyses.swap(), analyses.race())))
    assert "\nAlso: race\n  Likely cause: two workers made the same escrow.\n" in both


def test_what_followed_is_told_as_it_was_recorded(analyses: ModuleType, shown: Callable[..., str]) -> None:
    followed = tuple(msgspec.structs.replace(one, sure=False) for one in analyses.swap().consequences)
    text = shown(analyses.results(analyses.judged(analyses.swap(consequences=followed))))
    assert "#20  exchange_multisig_keys of vendor failed in round 3." in text


@pytest.mark.parametrize("fault", list(FaultType))
def test_every_fault_has_a_remedy_in_words_and_commands(
    fault: FaultType, analyses: ModuleType, shown: Callable[..., str]
) -> None:
    text = shown(analyses.results(analyses.judged(analyses.swap(kind=fault))))
    remedy = text.partition("What to do")[2]
    assert "\n  - " in remedy
    assert "\n  $ " in remedy
    assert f"more: docs/faults/{fault.value}.md" in remedy


def test_commands_name_the_recording_and_the_port(analyses: ModuleType, shown: Callable[..., str]) -> None:
    text = shown(analyses.results(analyses.judged(analyses.swap(), source="my files/a.json")))
    assert "  $ otel-multisig analyze 'my files/a.json' --timeline\n" in text
    assert "http://127.0.0.1:18083/json_rpc" in text


def test_commands_name_the_escrow_where_a_file_holds_several(analyses: ModuleType, shown: Callable[..., str]) -> None:
    found = analyses.results(
        analyses.judged(analyses.swap(), source="all.jsonl"), context=[analyses.healthy(source="all.jsonl")]
    )
    assert f"$ otel-multisig analyze all.jsonl --timeline --escrow-id {analyses.A}\n" in shown(found)


def test_a_command_is_never_broken_into_lines(analyses: ModuleType, shown: Callable[..., str]) -> None:
    source = "recordings/" + "long-name-" * 20 + ".json"
    text = shown(analyses.results(analyses.judged(analyses.swap(), source=source)), width=40)
    assert f"  $ otel-multisig analyze {source} --timeline\n" in text


def test_observations_are_told_apart_from_faults(analyses: ModuleType, shown: Callable[..., str]) -> None:
    text = shown(analyses.results(analyses.judged(analyses.slow(), outcome=Outcome.SUCCESS)))
    assert text.startswith("OK     No fault: the set-up came through in 2.50 s.\n")
    assert f"{Observation.SLOW_CALL.value}  make_multisig of buyer took 31 s." in text
    assert "What to do" not in text


@pytest.mark.parametrize(
    ("outcome", "word"), [(Outcome.SUCCESS, "OK "), (None, "OPEN "), (Outcome.INTERRUPTED, "OPEN ")]
)
def test_a_set_up_that_has_not_ended_is_not_called_well(
    outcome: Outcome | None, word: str, analyses: ModuleType, shown: Callable[..., str]
) -> None:
    assert shown(analyses.results(analyses.judged(outcome=outcome))).startswith(word)


def test_it_fits_80_columns(analyses: ModuleType, shown: Callable[..., str]) -> None:
    found = analyses.results(
        analyses.judged(analyses.swap(), analyses.race(), analyses.slow()),
        context=[analyses.healthy()],
    )
    wide = [line for line in shown(found).splitlines() if cell_len(line) > 80]
    assert [line for line in wide if not line.startswith("  $ ")] == []
    assert [line for line in shown(found).splitlines() if line != line.rstrip()] == []


def test_nothing_of_a_trace_is_markup_or_an_order_to_the_terminal(
    analyses: ModuleType, shown: Callable[..., str]
) -> None:
    hostile = analyses.HOSTILE
    finding = analyses.swap(
        sentence=hostile, role=hostile, interfering=(hostile,), evidence=(analyses.evidence(1, hostile, role=hostile),)
    )
    text = shown(analyses.results(analyses.judged(finding, escrow_id=hostile, source=hostile)))
    assert "\x1b" not in text
    assert "[bold]" in text
    assert "\n::error" not in text


def test_colours_are_there_on_request_only(analyses: ModuleType, shown: Callable[..., str]) -> None:
    found = analyses.results(analyses.judged(analyses.swap()))
    assert "\x1b[1;31mFAULT" in shown(found, coloured=True)
    assert "\x1b" not in shown(found)


def test_of_many_set_ups_there_is_a_table_by_fault_then_by_escrow(
    analyses: ModuleType, shown: Callable[..., str]
) -> None:
    others = [analyses.judged(analyses.race(), escrow_id=f"{number:08d}-x") for number in range(3)]
    text = shown(analyses.results(analyses.judged(analyses.swap()), *others, analyses.healthy()))
    assert text.startswith("FAULT  4 of 5 set-ups have a fault: 3 race, 1 wallet_swapped.\n")
    assert (
        text.index("By fault") < text.index("\n  race ") < text.index("\n  wallet_swapped ") < text.index("By escrow")
    )
    assert f"\n  {analyses.A}  wallet_swapped\n" in text
    assert "\n  00000001-x  race, likely\n" in text
    assert f"\n  {analyses.B}  no fault\n" in text


def test_long_lists_are_cut_with_a_hint_how_to_see_all(analyses: ModuleType, shown: Callable[..., str]) -> None:
    faulty = [analyses.judged(analyses.race(), escrow_id=f"f{number:08d}") for number in range(50)]
    well = [analyses.healthy(f"h{number:08d}") for number in range(2000)]
    text = shown(analyses.results(*faulty, *well))
    assert len(text.splitlines()) < 100
    assert "and 30 more with a fault: --all" in text
    assert "and 2,000 without a fault: --all" in text
    assert "--escrow-id ID, or --all" in text
    whole = shown(analyses.results(*faulty, *well), whole=True)
    assert all(judged.escrow_id in whole for judged in (*faulty, *well))


def test_a_step_of_two_remedies_is_told_once(analyses: ModuleType, shown: Callable[..., str]) -> None:
    text = " ".join(shown(analyses.results(analyses.judged(analyses.swap()), analyses.judged(analyses.race()))).split())
    assert text.count("Start the set-up anew with wallets of names never used before") == 1
    assert "What to do about race" in text
    assert "What to do about wallet_swapped" in text


def test_a_set_up_of_more_rounds_has_a_fourth(analyses: ModuleType, shown: Callable[..., str]) -> None:
    finding = analyses.swap(round=4)
    assert "wallet_swapped: vendor, after the last exchange" in shown(analyses.results(analyses.judged(finding)))
    judged = analyses.judged(finding)
    judged.diagnosis.setup.add_call(method="exchange_multisig_keys", time_nano=1, round_number=5)
    assert "wallet_swapped: vendor, round 4" in shown(analyses.results(judged))
