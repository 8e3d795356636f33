"""Whether the compiled counterparts are used."""

from __future__ import annotations

import logging
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import otel_multisig_native
import pytest

import otel_multisig
from otel_multisig import _native

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "native" / "otel_multisig_native").glob("[!_]*.pyx"))


@pytest.fixture(autouse=True)
def _not_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(_native.VARIABLE, raising=False)


@pytest.mark.parametrize("name", MODULES)
def test_each_is_found(name: str) -> None:
    module = _native.find(name)
    assert module is not None
    assert module.__name__ == f"otel_multisig_native.{name}"


@pytest.mark.parametrize("value", ["0", "off", " False "])
def test_they_are_left_aside_on_request(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(_native.VARIABLE, value)
    assert _native.find(MODULES[0]) is None


def test_those_of_another_version_are_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otel_multisig_native, "__version__", "0.0.1")
    with caplog.at_level(logging.WARNING):
        assert [_native.find(name) for name in MODULES] == [None] * len(MODULES)
    (record,) = caplog.records  # said once
    assert "otel-multisig-native 0.0.1 does not fit" in record.getMessage()


def test_an_unknown_one_is_none() -> None:
    assert _native.find("nothing") is None


def test_one_that_does_not_fit_is_not_used(caplog: pytest.LogCaptureFixture) -> None:
    def build(_native: ModuleType) -> None:
        raise TypeError("Span has other fields")

    with caplog.at_level(logging.WARNING):
        assert _native.make(MODULES[0], build) is None
    (record,) = caplog.records
    assert record.getMessage().endswith(f"is not used for {MODULES[0]}: Span has other fields")


def test_without_them_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_native.VARIABLE, "0")
    assert _native.make(MODULES[0], lambda native: native) is None


def test_all_three_places_name_the_same_version() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["native"]
    assert extra == [f"otel-multisig-native=={otel_multisig.__version__}"]
    assert otel_multisig_native.__version__ == otel_multisig.__version__
