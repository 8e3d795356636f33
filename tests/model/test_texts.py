from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_multisig.model import make_setup_id, pieces, split_setup_id

# Few characters of each length in UTF-8, and a lone surrogate: long texts with cuts at every place of a character.
TEXTS = st.text(st.sampled_from("aé€😀\ud800"), max_size=60)


@given(st.text(min_size=1), st.integers(0, 10**13 - 1))
def test_a_set_up_id_comes_apart_again(escrow_id, unix_ms):
    assert split_setup_id(make_setup_id(escrow_id, unix_ms)) == (escrow_id, unix_ms)


@given(st.one_of(st.text(), st.from_regex(r"\A.?-[0-9]{12,14}\Z")))
def test_any_id_is_kept_whole_or_split_where_13_digits_follow(setup_id):
    escrow_id, unix_ms = split_setup_id(setup_id)
    if unix_ms is None:
        assert escrow_id == setup_id
    else:
        assert setup_id == f"{escrow_id}-{unix_ms:013d}"


@pytest.mark.parametrize(
    ("setup_id", "parts"),
    [
        ("test_escrow-1700000000000", ("test_escrow", 1700000000000)),
        ("a-b-1700000000000", ("a-b", 1700000000000)),
        ("a--1700000000000", ("a-", 1700000000000)),
        ("trace_789", ("trace_789", None)),
        ("550e8400-e29b-41d4-a716-446655440000", ("550e8400-e29b-41d4-a716-446655440000", None)),
        ("-1700000000000", ("-1700000000000", None)),
        ("1700000000000", ("1700000000000", None)),
        ("a-17000000000000", ("a-17000000000000", None)),
        ("a-170000000000²", ("a-170000000000²", None)),
        ("a-" + 13 * "\u0661", ("a-" + 13 * "\u0661", None)),
        ("a-1700000000000\n", ("a-1700000000000\n", None)),
        ("", ("", None)),
    ],
)
def test_set_up_ids_of_old_recordings(setup_id, parts):
    assert split_setup_id(setup_id) == parts


@pytest.mark.parametrize(("escrow_id", "unix_ms"), [("", 1), ("a", -1), ("a", 10**13)])
def test_an_id_that_could_not_be_split_again_is_not_made(escrow_id, unix_ms):
    with pytest.raises(ValueError, match=r"escrow id|time"):
        make_setup_id(escrow_id, unix_ms)


@given(TEXTS, st.integers(4, 20))
def test_pieces_join_to_the_text_and_fit(text, limit):
    parts = pieces.split(text, limit)
    assert pieces.join(parts) == text
    assert all(len(part.encode("utf-8", "surrogatepass")) <= limit for part in parts)
    # Every piece but the last is as full as the next character allows.
    assert all(len((part + after[0]).encode("utf-8", "surrogatepass")) > limit for part, after in pairwise(parts))


@given(TEXTS.map(lambda text: text * 100))
def test_a_long_text_is_spread_over_attributes_and_gathered(text):
    attributes = pieces.spread("key", "key_piece", text)
    assert pieces.gather("key", "key_piece", {**attributes, "other": 1}) == text
    assert all(len(value.encode("utf-8", "surrogatepass")) <= pieces.MAX_PIECE_BYTES for value in attributes.values())


def test_pieces_are_numbered_from_one():
    assert pieces.spread("k", "p", "") == {"k": ""}
    assert pieces.spread("k", "p", "a" * 4001) == {"k": "a" * 2000, "p.1": "a" * 2000, "p.2": "a"}


def test_a_lost_piece_ends_the_text():
    assert pieces.gather("k", "p", {"k": "a", "p.2": "c"}) == "a"
    assert pieces.gather("k", "p", {"p.1": "b"}) is None
    assert pieces.gather("k", "p", {"k": 5}) is None


def test_a_piece_must_hold_a_character():
    with pytest.raises(ValueError, match="room"):
        pieces.split("text", 3)
