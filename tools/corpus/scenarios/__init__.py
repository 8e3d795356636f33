"""What is provoked: a function a scenario, a few lines each, that say what is done and why it is labelled so."""

from __future__ import annotations

from tools.corpus.scenarios import endings, healthy, inputs, meetings, servers, swaps, wallets
from tools.corpus.scenarios._registry import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Scenario"]

_ALL = (endings, healthy, inputs, meetings, servers, swaps, wallets)
