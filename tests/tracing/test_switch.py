"""Whether a set-up is traced: the table of docs/configuration.md, each cell of it tried."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any, Final

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_multisig import configure, trace_escrow
from otel_multisig.tracing import _switch

PAGE: Final = Path(__file__).parents[2] / "docs" / "configuration.md"

ENABLED: Final = ("`enabled=None`", "`enabled=True`", "`enabled=False`")
VALUES: Final = (
    ("yes", "no"),
    ("`true`", "not set"),
    ("on", "off", "not set"),
    ("not called", *ENABLED),
    ENABLED,
)
CELLS: Final = tuple(itertools.product(*VALUES))
MEANING: Final = {"`enabled=None`": None, "`enabled=True`": True, "`enabled=False`": False}


def read_table() -> list[tuple[tuple[frozenset[str], ...], bool]]:
    text = PAGE.read_text().partition("<!-- truth table: begin -->")[2].partition("<!-- truth table: end -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [
        (
            tuple(
                frozenset(values if cell == "any" else cell.split(" or "))
                for cell, values in zip(row, VALUES, strict=False)
            ),
            {"yes": True, "no": False}[row[5]],
        )
        for row in rows[2:]
    ]


TABLE: Final = read_table()


def expected(cell: tuple[str, ...]) -> bool:
    answers = [
        traced for row, traced in TABLE if all(value in allowed for value, allowed in zip(cell, row, strict=True))
    ]
    assert len(answers) == 1, f"{cell}: {len(answers)} rows"
    return answers[0]


def test_the_table_holds_only_values_that_there_are() -> None:
    for row, _ in TABLE:
        assert all(allowed <= set(values) for allowed, values in zip(row, VALUES, strict=True))


@pytest.mark.usefixtures("no_sdk")
@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
def test_each_cell(cell: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    sdk, disabled, switch, configured, escrow_enabled = cell
    if disabled == "`true`":
        monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    if switch != "not set":
        monkeypatch.setenv("ENABLE_INSTRUMENTATION", {"on": "1", "off": "0"}[switch])
    exporter = InMemorySpanExporter()
    if sdk == "yes":
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(provider)
    answer = None
    if configured != "not called":
        answer = configure(enabled=MEANING[configured], exporters=[exporter], metric_readers=[])
    with trace_escrow("e-1", enabled=MEANING[escrow_enabled]) as escrow:
        assert escrow.is_traced is expected(cell)
    in_force: Any = trace.get_tracer_provider()
    if hasattr(in_force, "force_flush"):
        in_force.force_flush()
    assert len(exporter.get_finished_spans()) == expected(cell)
    if answer is not None and escrow_enabled == "`enabled=None`":
        assert answer is expected(cell)


@pytest.mark.parametrize("value", ["0", "false", "no", "off", "", " ", "False", "NO", " Off "])
def test_what_is_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ENABLE_INSTRUMENTATION", value)
    assert _switch.switch() is False


@pytest.mark.parametrize("value", ["1", "true", "yes", "on", "anything"])
def test_what_is_on(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ENABLE_INSTRUMENTATION", value)
    assert _switch.switch() is True


@pytest.mark.parametrize(("value", "disabled"), [("true", True), ("True", True), ("1", False), ("", False)])
def test_what_disables_the_sdk(monkeypatch: pytest.MonkeyPatch, value: str, *, disabled: bool) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", value)
    assert _switch.sdk_disabled() is disabled


def test_every_variable_that_is_read_is_in_the_page() -> None:
    text = PAGE.read_text()
    sources = "".join(path.read_text() for path in (PAGE.parents[1] / "otel_multisig" / "tracing").glob("*.py"))
    named = set(re.findall(r'"((?:OTEL|ENABLE)_[A-Z_]+)"', sources))
    limits = {name for name in named if re.fullmatch(r"OTEL_SPAN_\w+_LIMIT", name)}
    assert limits
    assert [name for name in sorted(named - limits) if name not in text] == []
