"""No page is missed: searching a time range where a search gives no more than so many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.sources.live.windows import Page, RangeTooWideError, Unfinished, search_all


@given(st.lists(st.integers(0, 999), max_size=40), st.integers(2, 5), st.booleans(), st.one_of(st.none(), st.just(100)))
def test_everything_is_found_or_said_to_be_missing(
    times: list[int], limit: int, with_pivot: bool, widest: int | None
) -> None:
    things = list(enumerate(times))

    def search(low: int, high: int) -> Page[tuple[int, int]]:
        if widest is not None and high - low > widest:
            raise RangeTooWideError
        found = sorted((thing for thing in things if low <= thing[1] < high), key=lambda thing: -thing[1])[:limit]
        pivot = sorted(thing[1] for thing in found)[len(found) // 2] if found and with_pivot else None
        return Page(found, full=len(found) >= limit, pivot=pivot)

    results = list(search_all(search, 0, 1000))
    gaps = [result for result in results if isinstance(result, Unfinished)]
    found = {result for result in results if not isinstance(result, Unfinished)}
    for thing in things:
        assert thing in found or any(gap.start <= thing[1] < gap.end for gap in gaps)
    assert all(sum(gap.start <= time < gap.end for time in times) >= limit for gap in gaps)


def test_a_backend_that_searches_nothing() -> None:
    def search(_low: int, _high: int) -> Page[int]:
        raise RangeTooWideError

    results = list(search_all(search, 0, 4))
    assert all(isinstance(result, Unfinished) for result in results)
    assert {(gap.start, gap.end) for gap in results if isinstance(gap, Unfinished)} == {(i, i + 1) for i in range(4)}


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5)])
def test_an_empty_range(start: int, end: int) -> None:
    assert list(search_all(lambda _low, _high: Page([1], full=False), start, end)) == []
