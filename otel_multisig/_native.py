"""The compiled counterparts of what is hot, where the distribution ``otel-multisig-native`` is installed.

Nothing needs them: each takes what is usual and gives None for anything else, which the Python code then does, and
without them it does all.
"""

from __future__ import annotations

import importlib
import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from otel_multisig._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["VARIABLE", "find", "make"]

T = TypeVar("T")

VARIABLE: Final = "OTEL_MULTISIG_NATIVE"
"""Environment variable: ``0``, ``false``, ``no`` or ``off`` leaves the compiled counterparts aside."""

_OFF: Final = frozenset({"0", "false", "no", "off"})
_DISTRIBUTION: Final = "otel_multisig_native"
_logger: Final = logging.getLogger(__name__)


def find(name: str) -> ModuleType | None:
    """The compiled module of this name; None where there is none, it is of another version, or switched off."""
    if os.environ.get(VARIABLE, "").strip().lower() in _OFF:
        return None
    try:
        distribution = importlib.import_module(_DISTRIBUTION)
        if not _is_fitting(getattr(distribution, "__version__", None)):
            return None
        return importlib.import_module(f"{_DISTRIBUTION}.{name}")
    except ImportError:
        return None


@cache
def _is_fitting(version: str | None) -> bool:
    """Whether a version is that of the core; said once where it is another one."""
    if version != __version__:
        _logger.warning(
            "otel-multisig-native %s does not fit otel-multisig %s and is not used; install the same version of it",
            version,
            __version__,
        )
    return version == __version__


def make(name: str, build: Callable[[ModuleType], T]) -> T | None:
    """What `build` makes of the compiled module of this name; None where `find` gives none, or it does not fit.

    It does not fit where the core or msgspec have changed: it reads the fields of structs where they lie.
    """
    module = find(name)
    if module is None:
        return None
    try:
        return build(module)
    except (TypeError, ValueError) as error:
        _logger.warning("otel-multisig-native does not fit, and is not used for %s: %s", name, error)
        return None
