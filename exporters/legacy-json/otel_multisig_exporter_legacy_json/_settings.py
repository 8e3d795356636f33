"""The exporter's settings, read from the environment: exporters that are chosen by name are built without arguments."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Settings", "read_settings"]

_T = TypeVar("_T")

_log = logging.getLogger("otel_multisig")

ENV_DIR: Final = "OTEL_MULTISIG_JSON_DIR"
ENV_MODE: Final = "OTEL_MULTISIG_JSON_MODE"
ENV_IDLE: Final = "OTEL_MULTISIG_JSON_IDLE"
ENV_MAX_AGE: Final = "OTEL_MULTISIG_JSON_MAX_AGE"
ENV_MAX_FILES: Final = "OTEL_MULTISIG_JSON_MAX_FILES"

_MODE: Final = re.compile(r"(?:0o)?([0-7]{3,4})")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_OWNER_MAY_READ_AND_WRITE: Final = 0o600


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set.

    Attributes:
        folder: where the files go; the current folder, as with the legacy system.
        mode: the permissions of the files.
        idle: seconds without news after which an open set-up is written as partial; 0 never does.
        max_age: seconds after which a recording is removed; None keeps it.
        max_files: number of recordings that are kept; None keeps all.
    """

    folder: Path
    mode: int = 0o600
    idle: float = 300.0
    max_age: float | None = None
    max_files: int | None = None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. A value that cannot be is reported, and the default used: telemetry stops no program."""
    defaults = Settings(folder=Path())

    def read(name: str, parse: Callable[[str], _T], default: _T) -> _T:
        text = environment.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            _log.warning("otel-multisig: %s=%r: %s; using the default", name, text, error)
            return default

    return Settings(
        # Made absolute at once: the program may change its folder later.
        folder=read(ENV_DIR, Path, defaults.folder).absolute(),
        mode=read(ENV_MODE, _parse_mode, defaults.mode),
        idle=read(ENV_IDLE, _parse_duration, defaults.idle),
        max_age=read(ENV_MAX_AGE, _parse_duration, None),
        max_files=read(ENV_MAX_FILES, _parse_number, None),
    )


def _parse_mode(text: str) -> int:
    match = _MODE.fullmatch(text)
    mode = int(match[1], 8) if match else 0
    # Files that their own writer cannot read again could never be replaced by their final form.
    if mode & _OWNER_MAY_READ_AND_WRITE != _OWNER_MAY_READ_AND_WRITE:
        raise ValueError("give permissions in octal that let the owner read and write, such as 0600 or 0640")
    return mode


def _parse_duration(text: str) -> float:
    match = _DURATION.fullmatch(text.lower())
    if match is None:
        raise ValueError("give seconds, or a number with one of s, m, h, d, w, such as 7d")
    return float(match[1]) * _SECONDS[match[2]]


def _parse_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("give a whole number from 1")
    return int(text)
