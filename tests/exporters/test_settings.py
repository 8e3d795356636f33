from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from otel_multisig_exporter_legacy_json._settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings({}) == Settings(folder=tmp_path, mode=0o600, idle=300.0, max_age=None, max_files=None)
    assert read_settings({"OTEL_MULTISIG_JSON_DIR": " ", "OTEL_MULTISIG_JSON_MODE": ""}) == read_settings({})


def test_every_setting(tmp_path: Path) -> None:
    environment = {
        "OTEL_MULTISIG_JSON_DIR": str(tmp_path / "x"),
        "OTEL_MULTISIG_JSON_MODE": "0640",
        "OTEL_MULTISIG_JSON_IDLE": "90",
        "OTEL_MULTISIG_JSON_MAX_AGE": "7d",
        "OTEL_MULTISIG_JSON_MAX_FILES": "1000",
    }
    assert read_settings(environment) == Settings(
        folder=tmp_path / "x", mode=0o640, idle=90.0, max_age=7 * 86_400.0, max_files=1000
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("1.5", 1.5), ("30s", 30), ("5m", 300), ("12 h", 43_200), ("7D", 604_800), ("2w", 1_209_600)],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_settings({"OTEL_MULTISIG_JSON_MAX_AGE": text}).max_age == seconds


@pytest.mark.parametrize(("text", "mode"), [("600", 0o600), ("0o644", 0o644), ("0666", 0o666)])
def test_modes(text: str, mode: int) -> None:
    assert read_settings({"OTEL_MULTISIG_JSON_MODE": text}).mode == mode


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MODE", "rw"),
        ("MODE", "999"),
        ("MODE", "0400"),
        ("IDLE", "soon"),
        ("IDLE", "-1"),
        ("IDLE", "nan"),
        ("MAX_AGE", "7 years"),
        ("MAX_FILES", "0"),
        ("MAX_FILES", "1.5"),
        ("MAX_FILES", "-3"),
    ],
)
def test_a_wrong_value_is_reported_and_the_default_used(name: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert read_settings({f"OTEL_MULTISIG_JSON_{name}": text}) == read_settings({})
    assert f"OTEL_MULTISIG_JSON_{name}" in caplog.text
    assert repr(text) in caplog.text
