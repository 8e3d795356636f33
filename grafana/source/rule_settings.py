"""What whoever compiles the rules may set, and how fast time passes in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DAY", "HOUR", "MINUTE", "RuleSettings"]

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@dataclass(frozen=True)
class RuleSettings:
    """What the rules are compiled with.

    Attributes:
        objective: The share of set-ups that is meant to come through, between 0 and 1.
        minimum: How many set-ups there must be before their failure rate says anything.
        grafana_url: Where an operator's browser finds Grafana.
        tempo_url: Where an operator's terminal finds Tempo.
        docs_url: The folder that holds the project's files, for the links to runbooks.
        webhook_url: Where the contact point of the example sends alerts.
        pace: How many times faster time passes. For tests, which cannot wait for hours.
        shortest_wait: Seconds below which the pace makes no interval of Grafana's, which knows none under 10 s.
    """

    objective: float = 0.99
    minimum: int = 10
    grafana_url: str = "http://localhost:3000"
    tempo_url: str = "http://tempo:3200"
    docs_url: str = "https://github.com/otel-multisig/otel-multisig/blob/main"
    webhook_url: str = "http://localhost:9099/alerts"
    pace: int = 1
    shortest_wait: int = 10

    def __post_init__(self) -> None:
        """Refuse an objective that is none.

        Raises:
            ValueError: It is not between 0 and 1.
        """
        if not 0 < self.objective < 1:
            raise ValueError(f"an objective is above 0 and below 1, like 0.99, not {self.objective}")

    def seconds(self, seconds: int) -> int:
        """So many seconds at this pace, one at least where there were any."""
        return -(-seconds // self.pace)

    def span(self, seconds: int) -> str:
        """A duration as Prometheus writes it, at this pace: ``10m``."""
        left, text = self.seconds(seconds), ""
        for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)):
            text += f"{left // size}{unit}" if left >= size else ""
            left %= size
        return text or "0s"
