"""The cases of the alerts for ``promtool test rules``.

They are compiled to *.test.yaml, so that whoever changes the rules by hand can run them too. There each case is a
service, or a Collector, of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grafana.source.prometheus import written
from grafana.source.rule_cases import all_cases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grafana.source.rule_case import Case

__all__ = ["compiled"]

_RULES: Final = ["recording.rules.yaml", "alerts.rules.yaml"]
# Without it promtool takes them in any order, and alerts may see what was recorded one step before.
_GROUPS: Final = ["multisig-recording", "multisig-alerts"]


def compiled() -> dict[str, str]:
    """The text of each file, by its path under ``grafana/``."""
    cases = list(all_cases())
    return {
        f"prometheus/alerts-{step}m.test.yaml": _file([case for case in cases if case.step == step], step)
        for step in sorted({case.step for case in cases})
    }


def _file(cases: list[Case], step: int) -> str:
    # That there is no Collector is so for all: those have a test of their own. The others run together, which is a
    # hundred times faster.
    alone = [[case] for case in cases if case.alert == "MultisigTelemetryMissing"]
    together = [case for case in cases if case.alert != "MultisigTelemetryMissing"]
    tests = [_test(some, step) for some in (together, *alone) if some]
    head = {"rule_files": _RULES, "group_eval_order": _GROUPS, "evaluation_interval": f"{step}m"}
    return written({**head, "tests": tests})


def _test(cases: list[Case], step: int) -> dict[str, Any]:
    owns = [case.own if len(cases) > 1 else {} for case in cases]
    cases = [case.renamed() if own else case for case, own in zip(cases, owns, strict=True)]
    series = {name: values for case in cases for name, values in case.series.items()}
    return {
        "interval": f"{step}m",
        "input_series": [
            {"series": name, "values": " ".join("_" if value is None else f"{value:g}" for value in values)}
            for name, values in series.items()
        ],
        "promql_expr_test": [_look(case, own) for case, own in zip(cases, owns, strict=True)],
    }


def _look(case: Case, own: Mapping[str, str]) -> dict[str, Any]:
    selected = "".join(f',{name}="{value}"' for name, value in own.items())
    alerts = f'ALERTS{{alertname="{case.alert}",alertstate="firing"{selected}}}'
    return {
        "expr": f"count without (alertname, alertstate, severity, fault) ({alerts})",
        "eval_time": f"{case.minute}m",
        "exp_samples": [
            {"labels": "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}", "value": 1}
            for labels in case.fires
        ],
    }
