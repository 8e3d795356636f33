"""`configure` as programs have it: tracing is set up, and set-ups are diagnosed while they run."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from otel_multisig.tracing import configuration, settings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["configure"]

_P = ParamSpec("_P")


def _with_live_rules(set_up_tracing: Callable[_P, bool]) -> Callable[_P, bool]:
    @wraps(set_up_tracing)
    def configure(*args: _P.args, **kwargs: _P.kwargs) -> bool:
        traced = set_up_tracing(*args, **kwargs)
        if not settings.current().live_rules:
            _stop()
        elif traced:
            from otel_multisig.live import rules

            rules.start()
        return traced

    return configure


def _stop() -> None:
    """Stop what an earlier call started; where there was none, the rules are not even loaded."""
    rules = sys.modules.get("otel_multisig.live.rules")
    if rules is not None:
        rules.stop()


configure = _with_live_rules(configuration.configure)
