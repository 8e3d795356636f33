from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from otel_multisig.cli._analysis_output import to_text
from otel_multisig.report._layout import Grid, Paragraph
from otel_multisig.report._words import format_duration, format_offset, format_roughly, plain, round_in_words

words = st.lists(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=30), max_size=12).map(" ".join)
widths = st.integers(40, 120)


@given(text=words, width=widths)
def test_a_paragraph_fits_and_loses_nothing(text: str, width: int) -> None:
    lines = to_text(Paragraph(text, "FAULT  ", indent=2), width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    assert "".join("".join(lines).split()) == "FAULT" + "".join(text.split())


@given(rows=st.lists(st.tuples(st.text("ab", max_size=8), words), min_size=1, max_size=5), width=widths)
def test_a_grid_breaks_its_last_column_into_lines(rows: list[tuple[str, str]], width: int) -> None:
    lines = to_text(Grid(rows, flexible=1), width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join("".join(row).replace(" ", "") for row in rows)


def test_columns_line_up() -> None:
    grid = Grid([("a", "1", "x"), ("bbb", "100", "yy")], titles=("n", "count", "t"), right=(1,))
    assert to_text(grid).splitlines() == ["  n    count  t", "  a        1  x", "  bbb    100  yy"]


def test_gaps_shrink_before_a_column_is_cut() -> None:
    row = ("x" * 20, "1" * 10, "2" * 8)
    assert to_text(Grid([row], flexible=0), 44).splitlines() == ["  " + "  ".join(row)]
    assert to_text(Grid([row], flexible=0), 42).splitlines() == ["  " + " ".join(row)]
    (cut,) = to_text(Grid([row], flexible=0), 40).splitlines()
    assert cut == f"  {'x' * 17}… {row[1]} {row[2]}"


@given(st.text(st.characters(codec=None)))
def test_plain_text_holds_no_orders_and_reads_as_it_is_where_it_can(text: str) -> None:
    assert plain(text).isprintable()
    if text.isprintable():
        assert plain(text) == text


def test_durations_of_tables_are_short() -> None:
    seconds = (0.0008, 0.8, 59, 60, 5999, 6000, 360_000)
    assert [format_roughly(round(number * 10**9)) for number in seconds] == [
        "0.8 ms", "800 ms", "59.00 s", "1.0 min", "100.0 min", "1.7 h", "100.0 h",
    ]  # fmt: skip


def test_a_number_is_told_in_the_unit_that_rounding_brings_it_to() -> None:
    micros = (9_949, 9_950, 999_499, 999_500, 59_994_999, 59_995_000, 119_500_000)
    assert [format_duration(number * 1000) for number in micros] == [
        "9.9 ms", "10 ms", "999 ms", "1.00 s", "59.99 s", "1 min 0 s", "2 min 0 s",
    ]  # fmt: skip


def test_offsets_have_one_unit() -> None:
    assert [format_offset(nano) for nano in (0, 1_500_000, -2_000_000_000)] == ["+0.000 s", "+0.002 s", "-2.000 s"]


def test_rounds_in_words() -> None:
    assert [round_in_words(number) for number in (None, 0, 1, 3, 4)] == [
        "", "before round 1", "round 1", "round 3", "after the last exchange",
    ]  # fmt: skip
