"""The allow-list for custom details and names: whatever is given, no text of an undeclared key survives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_multisig.tracing import settings
from otel_multisig.tracing._details import details_text, safe_id, safe_name, text_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = "5" + "A1b2C3d4" * 12
SEED = " ".join(["abbey", "ablaze", "abort", "abducts", "ability"] * 5)
HEX_KEY = "0123456789abcdef" * 4

texts = st.text(min_size=1)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(texts | st.integers(), values, max_size=6))
@example({"a": "\ud800", "\ud800": 1})
@example({"key": {"key": {"key": [[["deep"]]]}}})
@example({HEX_KEY: 1, ADDRESS: 2})
def test_no_text_of_an_undeclared_key_survives(details: dict[Any, Any]) -> None:
    settings.reset()
    found = json.loads(details_text(details))
    assert isinstance(found, dict)
    for key, text in _leaves(found):
        if key not in settings.DEFAULT_ALLOWED_DETAILS:
            assert text.startswith(("sha256:", "<")) or text in {"nan", "inf", "-inf"}


@given(values)
def test_the_form_is_json_of_an_object_whatever_is_given(value: Any) -> None:
    text = details_text(value)
    assert isinstance(json.loads(text), dict)
    text.encode()
    assert len(text) <= 50_000


@given(st.dictionaries(st.sampled_from(["count", "ok"]), st.integers(-(2**63), 2**64 - 1) | st.booleans()))
def test_numbers_and_booleans_pass(details: dict[str, int]) -> None:
    assert json.loads(details_text(details)) == details


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, int(HEX_KEY, 16), 10**6000], ids=["u65", "i65", "key", "huge"])
def test_a_number_beyond_64_bits_may_be_a_key(number: int) -> None:
    assert json.loads(details_text({"n": number})) == {"n": "<int>"}


def test_declared_keys_pass_also_inside() -> None:
    settings.update(allow=("note", "tags"))
    details = {"note": "free text", "tags": ["a", "b"], "other": {"note": "inside", "kept": "secret words"}}
    found = json.loads(details_text(details))
    assert (found["note"], found["tags"], found["other"]["note"]) == ("free text", ["a", "b"], "inside")
    assert found["other"]["kept"] == text_digest("secret words")


def test_the_keys_of_legacy_custom_events_pass_by_default() -> None:
    details = {"event": "lock_acquired", "custom_event": "x y", "operation": "purge"}
    assert json.loads(details_text(details)) == details


@pytest.mark.parametrize("name", ["buyer", "awaiting funds", "wallet_pool", "räuber", "a.b:c/d-e", "x" * 31])
def test_what_a_programmer_calls_things_passes(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 65, ADDRESS, SEED, HEX_KEY, "/home/alice/w", "p@ss", "1st", "a\nb", "\ud800"]
)
def test_what_may_be_anything_else_becomes_a_digest(name: str) -> None:
    assert safe_name(name) == text_digest(name)


@pytest.mark.parametrize("id_", ["e946fef3-8734-4874-8528-71319317e131", "42", "buyer_temp_escrow_1", "w.1:2"])
def test_an_id_passes(id_: str) -> None:
    assert safe_id(id_) == id_


@pytest.mark.parametrize("id_", ["", ADDRESS, HEX_KEY, SEED, "/home/alice/w", "a b", "x" * 200])
def test_what_may_be_no_id_becomes_a_digest(id_: str) -> None:
    assert safe_id(id_) == text_digest(id_)


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)
    elif isinstance(value, str):
        yield key, value
