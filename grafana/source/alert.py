"""What one alert is, before it is compiled for anybody."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from grafana.source.rule_settings import MINUTE, RuleSettings
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Alert", "Dialect", "Severity"]

Severity = Literal["critical", "warning"]
"""``critical`` wakes somebody, ``warning`` waits for the morning."""

_FIELDS: Final[Mapping[str, tuple[str, bool]]] = {
    "role": (attr.MONERO_WALLET_ROLE, True),
    "port": (upstream.SERVER_PORT, False),
    "method": (upstream.RPC_METHOD, True),
    "fault": (attr.MONERO_FAULT_TYPE, True),
    "job": (f"resource.{upstream.SERVICE_NAME}", True),
}
"""The attribute of a span that a label of an alert is, and whether it is a text."""

_VARIABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "multisig-overview": {"job": "service"},
    "multisig-wallet-rpc": {"job": "service", "method": "method", "role": "role", "port": "port"},
}
"""By dashboard, the variable that a label of an alert fills in."""


@dataclass(frozen=True)
class Dialect:
    """How templates say what they know of an alert: Prometheus and Grafana differ in little.

    There is no ``$`` in any text: Grafana takes it for a variable of the environment in some places and not in others.

    Attributes:
        value: The value of the expression.
        since: Makes of a number of seconds the time so long ago, in milliseconds since the Unix epoch.
    """

    value: str
    since: Callable[[int], str]


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert.

    In `summary` and `description`, ``<value>`` is the value and ``<role>`` the value of the label ``role``, so that of
    any other; ``<at>`` names the wallet server by role and port, as far as they are known.

    Attributes:
        name: Its name, and the section of docs/alerts.md that says what to do.
        severity: How urgent it is.
        value: PromQL of the number that is compared, with all other conditions in it: no series where they do not hold.
        threshold: What it is compared with.
        below: Whether it fires below the threshold, instead of above.
        wait: Seconds for which it must hold.
        shown: How the value is written: as ``percentage``, ``duration`` or ``number``.
        labels: Labels of its series, beside ``job``, that the texts and links use where a series has them.
        fixed: Labels that are always the same.
        summary: One line.
        description: What it means, what to look at.
        traceql: The spans concerned, without the conditions that come of labels.
        lookback: Seconds before now in which these are looked for.
        failed: Whether the terminal line asks for what failed only.
        dashboard: Uid of the dashboard that shows more.
    """

    name: str
    severity: Severity
    value: str
    threshold: float
    summary: str
    description: str
    traceql: str
    below: bool = False
    wait: int = 0
    shown: Literal["percentage", "duration", "number"] = "number"
    labels: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    lookback: int = 30 * MINUTE
    failed: bool = True
    dashboard: str = "multisig-overview"

    def all_labels(self) -> dict[str, str]:
        """The labels that are not of the series."""
        return {"severity": self.severity, **dict(self.fixed)}

    def annotations(self, settings: RuleSettings, dialect: Dialect) -> dict[str, str]:
        """The texts and links, with the templates of `dialect`."""
        return {
            "summary": self._filled(self.summary, dialect),
            "description": self._filled(self.description, dialect),
            "runbook_url": f"{settings.docs_url}/docs/alerts.md#{self.name.lower()}",
            "explore_url": self._explore_url(settings, dialect),
            "dashboard_url": self._dashboard_url(settings, dialect),
            "traceql": self._traceql(in_url=False),
            "terminal": self.terminal(settings),
        }

    def terminal(self, settings: RuleSettings) -> str:
        """The line that says more without Grafana."""
        hours, minutes = divmod(self.lookback // MINUTE, 60)
        span = f"{hours}h" if not minutes else f"{self.lookback // MINUTE}m"
        return f"otel-multisig analyze {settings.tempo_url} --since {span}" + (" --failed" if self.failed else "")

    def _filled(self, text: str, dialect: Dialect) -> str:
        shown = {"percentage": "humanizePercentage", "duration": "humanizeDuration", "number": "humanize"}[self.shown]
        text = text.replace("<value>", f"{{{{ {dialect.value} | {shown} }}}}")
        for label in ("job", "instance", *self.labels):
            text = text.replace(f"<{label}>", f'{{{{ index .Labels "{label}" }}}}')
        # Where a role or a port is not known, nothing is said of it.
        text = text.replace("<at>", _where("role", "the {}'s ") + "wallet server" + _where("port", " on port {}"))
        return " ".join(text.split())

    def _traceql(self, *, in_url: bool) -> str:
        """The spans concerned; for a link as text in JSON in a URL."""

        def written(text: str) -> str:
            return quote(json.dumps(text)[1:-1], safe="") if in_url else text

        value = "{{ . | urlquery }}" if in_url else "{{ . }}"
        conditions = written(self.traceql.removesuffix(" }"))
        for label in self.labels:
            if label in _FIELDS:
                attribute, is_text = _FIELDS[label]
                mark = written('"') if is_text else ""
                name = attribute if attribute.startswith("resource.") else f"span.{attribute}"
                conditions += _where(label, f"{written(f' && {name} = ')}{mark}{{}}{mark}", value)
        return conditions + written(" }")

    def _dashboard_url(self, settings: RuleSettings, dialect: Dialect) -> str:
        url = f"{settings.grafana_url}/d/{self.dashboard}?from={dialect.since(self.lookback)}&to=now"
        for label, variable in _VARIABLES.get(self.dashboard, {}).items():
            if label in self.labels:
                url += _where(label, f"&var-{variable}={{}}", "{{ . | urlquery }}")
        return url

    def _explore_url(self, settings: RuleSettings, dialect: Dialect) -> str:
        source = {"type": "tempo", "uid": "tempo"}
        left = {
            "datasource": "tempo",
            "queries": [
                {"refId": "A", "datasource": source, "queryType": "traceql", "limit": 20, "query": "TRACEQL"},
            ],
            "range": {"from": "SINCE", "to": "now"},
        }
        text = quote(json.dumps(left, separators=(",", ":")), safe="")
        text = text.replace("TRACEQL", self._traceql(in_url=True)).replace("SINCE", dialect.since(self.lookback))
        return f"{settings.grafana_url}/explore?orgId=1&left={text}"


def _where(label: str, text: str, value: str = "{{ . }}") -> str:
    """A text with a label's value in it; nothing, where there is no such label."""
    return f'{{{{ with index .Labels "{label}" }}}}{text.format(value)}{{{{ end }}}}'
