"""The table of what has been open for long finds what the query for stuck escrows in docs/queries.md finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafana.source.traceql import OPEN_SETUPS
from otel_multisig.semconv import spans
from tests.backends.conftest import searchable_tempo, start_tempo_on
from tests.backends.test_queries import (
    Asked,
    ask_until,
    asked,
    open_spans,
    search,
    send_around_a_flush,
    send_at_once,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["asked", "searchable_tempo", "start_tempo_on"]


def found_by_the_page(tempo: Any, asked: Asked) -> set[str]:
    """The set-ups that are open."""
    return {name for name, what, *_ in open_spans(tempo, asked) if what == spans.SETUP}


def test_they_agree_while_it_is_new(searchable_tempo: Any, asked: Asked) -> None:
    tempo = searchable_tempo
    send_at_once(tempo, asked)
    ask_until(lambda: search(tempo, OPEN_SETUPS, asked), {"stuck", "between", "retried"})
    assert found_by_the_page(tempo, asked) == {"stuck", "between", "retried"}


def test_what_went_on_much_later_may_still_be_listed(
    start_tempo_on: Callable[[Path], Any], tmp_path: Path, asked: Asked
) -> None:
    with start_tempo_on(tmp_path) as tempo:
        send_around_a_flush(tempo, tmp_path, asked)
        ask_until(lambda: found_by_the_page(tempo, asked), {"stuck", "between", "retried"})
        ask_until(lambda: search(tempo, OPEN_SETUPS, asked) - {"went on"}, {"stuck", "between", "retried"})
