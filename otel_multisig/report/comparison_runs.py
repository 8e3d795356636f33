"""A page about many runs before a change beside many after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_multisig.diagnosis.comparison import Change
from otel_multisig.report._words import format_duration, number_of, plain, round_in_words
from otel_multisig.report.comparison_page import BAD, WELL, Entry, Page, Section, Table
from otel_multisig.report.comparison_words import percent, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_multisig.diagnosis.comparison import FaultRate, Rate, Runs, RunsComparison

__all__ = ["runs_page"]

_BY_CHANCE: Final = 0.05
_LEAST_TOLD: Final = 0.0001


def runs_page(found: RunsComparison, sources: tuple[str, str]) -> Page:
    """Many runs before a change beside many after it.

    Args:
        found: what was found.
        sources: where the runs before and after come from.
    """
    sections = [
        _fault_section("New faults", Change.NEW, found, _new),
        _fault_section("Faults that stay", Change.UNCHANGED, found, _unchanged),
        _fault_section("Faults that are gone", Change.GONE, found, _gone),
        Section("All runs together", table=_all_table(found)),
    ]
    return Page(
        (
            ("BEFORE", _runs_subject(found.before, sources[0])),
            ("AFTER", _runs_subject(found.after, sources[1])),
        ),
        _runs_headline(found),
        tuple(section for section in sections if section.entries or section.table),
    )


def _runs_subject(runs: Runs, source: str) -> Entry:
    text = f"{number_of(runs.number, 'run')}, {runs.with_fault:,} with a fault"
    if runs.median_nano is not None:
        text += f"; half of those that came through within {format_duration(runs.median_nano)}"
    return Entry(text, "", (plain(source),))


def _runs_headline(found: RunsComparison) -> Entry:
    numbers = {change: sum(each.rate.change is change for each in found.faults) for change in Change}
    if not found.faults:
        return Entry("No run before or after had a fault.", WELL)
    told = f"{numbers[Change.GONE]} gone, {numbers[Change.NEW]} new, {numbers[Change.UNCHANGED]} unchanged"
    return Entry(f"Faults: {told}.", BAD if numbers[Change.NEW] else WELL if numbers[Change.GONE] else "")


def _fault_section(title: str, change: Change, found: RunsComparison, words: Callable[[FaultRate], Entry]) -> Section:
    return Section(title, tuple(words(each) for each in found.faults if each.rate.change is change))


def _place(each: FaultRate) -> str:
    where = [short(each.place.role)] if each.place.role else []
    where += [words] if (words := round_in_words(each.place.round)) else []
    return f"{each.place.fault} ({', '.join(where)})" if where else str(each.place.fault)


def _of(hits: int, runs: int) -> str:
    return f"{hits:,} of {number_of(runs, 'run')}"


def _new(each: FaultRate) -> Entry:
    rate = each.rate
    details = [f"{_of(rate.before, rate.runs_before)} before; {_chance(rate)}"]
    if each.elsewhere_before:
        runs = _of(each.elsewhere_before, rate.runs_before)
        details.append(f"{each.place.fault} was there before at other wallets or rounds, in {runs}")
    return Entry(f"{_place(each)}: {_of(rate.after, rate.runs_after)}", BAD, tuple(details))


def _unchanged(each: FaultRate) -> Entry:
    rate = each.rate
    shares = [percent(rate.before / rate.runs_before), percent(rate.after / rate.runs_after)]
    return Entry(
        f"{_place(each)}: {_of(rate.before, rate.runs_before)} before ({shares[0]}), "
        f"{_of(rate.after, rate.runs_after)} after ({shares[1]})",
        "",
        (_chance(rate),),
    )


def _gone(each: FaultRate) -> Entry:
    rate = each.rate
    runs = _of(rate.after, rate.runs_after)
    return Entry(
        f"{_place(each)}: {runs}; at most {percent(rate.remains_at_most)} may remain (95 %)",
        WELL,
        (f"{_of(rate.before, rate.runs_before)} before; {_chance(rate)}",),
    )


def _chance(rate: Rate) -> str:
    could_be = "could be" if rate.by_chance > _BY_CHANCE else "is hardly"
    return f"the difference {could_be} chance ({_probability(rate)})"


def _probability(rate: Rate) -> str:
    return f"p < {_LEAST_TOLD}" if rate.by_chance < _LEAST_TOLD else f"p = {rate.by_chance:.2g}"


def _all_table(found: RunsComparison) -> Table:
    rows = [(str(fault), rate) for fault, rate in found.by_type.items()]
    rows += [("any fault", found.any_fault), ("did not come through", found.not_through)]
    return Table(
        ("", "before", "after", "may remain (95 %)", "by chance"),
        tuple(
            (
                (
                    name,
                    f"{rate.before:,}/{rate.runs_before:,}",
                    f"{rate.after:,}/{rate.runs_after:,}",
                    f"<= {percent(rate.remains_at_most)}",
                    _probability(rate),
                ),
                "",
            )
            for name, rate in rows
        ),
    )
