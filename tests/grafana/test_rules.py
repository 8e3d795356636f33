"""What is compiled for Prometheus, checked by its own tools; and its twin in Grafana's file, by one Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from grafana.source import prometheus, provisioning
from grafana.source.alerts import all_alerts
from grafana.source.rule_cases import all_cases
from grafana.source.rule_settings import RuleSettings
from tests.running.programs import Server, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grafana.source.rule_case import Case

ROOT = Path(__file__).parents[2]
RULES = ROOT / "grafana" / "prometheus"
ABSENT = "MultisigTelemetryMissing"
ALERTMANAGER = ROOT / "collector-config" / "backends" / "alertmanager.yaml"


def beside(program: Path, name: str) -> str:
    """A tool that comes with a server."""
    found = shutil.which(name) or shutil.which(name, path=str(program.parent))
    assert found, f"{name} comes with {program}, and is missing"
    return found


@pytest.fixture(scope="session")
def promtool(require_server: Callable[[str], Path]) -> Callable[..., str]:
    program = beside(require_server("prometheus"), "promtool")

    def run(*arguments: str | Path) -> str:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    return run


def rules_of(path: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((ROOT / "grafana" / path).read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def test_prometheus_takes_the_rules(promtool: Callable[..., str]) -> None:
    files = sorted(RULES.glob("*.rules.yaml"))
    said = promtool("check", "rules", "--lint-fatal", *files)
    assert said.count("SUCCESS") == len(files) == 2


def test_alertmanager_takes_its_configuration(require_server: Callable[[str], Path]) -> None:
    amtool = beside(require_server("alertmanager"), "amtool")
    done = subprocess.run([amtool, "check-config", ALERTMANAGER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "SUCCESS" in done.stdout


def test_alertmanager_groups_by_labels_that_alerts_have() -> None:
    """By no id, and what wakes somebody goes another way."""
    route = yaml.safe_load(ALERTMANAGER.read_text())["route"]
    labels = {"alertname", *(label for case in all_cases() for fired in case.fires for label in fired)}
    assert set(route["group_by"]) <= labels
    assert any('severity="critical"' in inner["matchers"] for inner in route["routes"])


@pytest.mark.parametrize("path", sorted(RULES.glob("*.test.yaml")), ids=lambda path: path.stem)
def test_every_case_of_every_alert(promtool: Callable[..., str], path: Path) -> None:
    assert "SUCCESS" in promtool("test", "rules", path)


def test_no_case_is_for_nothing(promtool: Callable[..., str], tmp_path: Path) -> None:
    """Rules that never fire, and rules that always do, fail the cases: those can tell."""
    settings = RuleSettings(minimum=100_000)
    for path, text in prometheus.rule_files(settings).items():
        (tmp_path / Path(path).name).write_text(text)
    shutil.copy(RULES / "alerts-10m.test.yaml", tmp_path)
    with pytest.raises(AssertionError, match="multisigburnrateslow_just_above"):
        promtool("test", "rules", tmp_path / "alerts-10m.test.yaml")
    text = prometheus.rule_files(RuleSettings())[prometheus.ALERTS_FILE]
    (tmp_path / "alerts.rules.yaml").write_text(text.replace(" > 6\n", " > 0\n").replace("> bool 6.0", "> bool 0.0"))
    with pytest.raises(AssertionError, match="multisigburnrateslow_just_below"):
        promtool("test", "rules", tmp_path / "alerts-10m.test.yaml")


def test_every_alert_has_a_case_below_and_one_above() -> None:
    cases = list(all_cases())
    for alert in all_alerts(RuleSettings()):
        own = [bool(case.fires) for case in cases if case.alert == alert.name]
        assert own.count(False) >= 2, alert.name
        assert True in own, alert.name
    assert {case.alert for case in cases} == {alert.name for alert in all_alerts(RuleSettings())}


def test_every_recorded_series_that_alerts_ask_for_is_recorded() -> None:
    recorded = {rule["record"] for rule in rules_of(prometheus.RECORDING_FILE)}
    words = {
        word
        for alert in all_alerts(RuleSettings())
        for word in alert.value.replace("(", " ").replace("{", " ").replace("[", " ").replace(")", " ").split()
    }
    asked = {word for word in words if word.startswith("multisig:")}
    assert len(asked) > 5
    assert asked <= recorded


class Prometheus:
    """A real one over what the cases scrape, and over what the recording rules make of it."""

    def __init__(self, url: str, start: int) -> None:
        self.url = url
        self.start = start

    def ask(self, expr: str, minute: int) -> dict[frozenset[tuple[str, str]], float]:
        """The value of each series of the answer, by its labels."""
        form = urllib.parse.urlencode({"query": expr, "time": self.start + 60 * minute}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/query", form, timeout=30) as answer:
            result = json.load(answer)["data"]["result"]
        return {frozenset(each["metric"].items()): float(each["value"][1]) for each in result}


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    (folder / "prometheus.yaml").write_text("scrape_configs: []\n")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command: list[str | Path] = [
        program,
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with Server(command, {}, folder, f"{url}/-/ready"):
        yield url


def openmetrics(cases: list[Case], start: int) -> str:
    """What is scraped, as a file to fill a Prometheus with."""
    series = {name: values for case in cases for name, values in case.series.items()}
    lines = []
    for name, values in sorted(series.items()):
        lines += [f"{name} {v!r} {start + 60 * minute}" for minute, v in enumerate(values) if v is not None]
    return "\n".join([*lines, "# EOF\n"])


MINUTES = 90


@pytest.fixture(scope="module")
def filled(
    require_server: Callable[[str], Path],
    promtool: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Prometheus]:
    program, folder = require_server("prometheus"), tmp_path_factory.mktemp("twins")
    # So long ago that all of it lies in blocks; on the minute.
    start = int(time.time()) // 3600 * 3600 - 8 * 3600
    cases = [case.renamed() for case in all_cases() if case.step == 1 and case.alert != ABSENT]
    (folder / "scraped.txt").write_text(openmetrics(cases, start))
    promtool("tsdb", "create-blocks-from", "openmetrics", folder / "scraped.txt", folder / "data")
    (rules,) = (group["rules"] for group in yaml.safe_load((RULES / "recording.rules.yaml").read_text())["groups"])
    counts = [rule for rule in rules if "multisig:" in rule["expr"]]
    # First those that come of what is scraped, then those that come of these: promtool sees what is there already.
    for number, some in enumerate(([rule for rule in rules if rule not in counts], counts)):
        path = folder / f"{number}.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "some", "interval": "1m", "rules": some}]}))
        with serving(program, folder) as url:
            span = [f"--start={start}", f"--end={start + 60 * MINUTES}", "--eval-interval=1m"]
            promtool(
                "tsdb", "create-blocks-from", "rules", f"--url={url}", *span, f"--output-dir={folder / 'new'}", path
            )
        for block in (folder / "new").iterdir():
            block.rename(folder / "data" / block.name)
    with serving(program, folder) as url:
        yield Prometheus(url, start)


def grafana_fires(rule: dict[str, Any], prometheus: Prometheus, minute: int) -> set[frozenset[tuple[str, str]]]:
    """What Grafana's rule does with the answer to its query: last value, threshold."""
    queries = {each["refId"]: each["model"] for each in rule["data"]}
    condition = queries[rule["condition"]]
    reduced = queries[condition["expression"]]
    assert reduced["reducer"] == "last"
    (evaluator,) = (each["evaluator"] for each in condition["conditions"])
    (limit,) = evaluator["params"]
    answer = prometheus.ask(queries[reduced["expression"]]["expr"], minute)
    fires = {"gt": lambda value: value > limit, "lt": lambda value: value < limit}[evaluator["type"]]
    return {without_name(labels) for labels, value in answer.items() if fires(value)}


def without_name(labels: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in labels if pair[0] != "__name__")


def test_twins_fire_on_the_same_series(filled: Prometheus) -> None:
    twins = {rule["title"]: rule for rule in rules_of(provisioning.RULES_FILE)}
    rules = {rule["alert"]: rule for rule in rules_of(prometheus.ALERTS_FILE)}
    assert twins.keys() == rules.keys()
    silent = set()
    for name, rule in rules.items():
        # Where its cases look, and when all is over.
        minutes = {case.minute for case in all_cases() if case.alert == name and case.step == 1} | {66, 97}
        fired = {minute: {without_name(each) for each in filled.ask(rule["expr"], minute)} for minute in minutes}
        assert fired == {minute: grafana_fires(twins[name], filled, minute) for minute in minutes}, name
        if not any(fired.values()):
            silent.add(name)
    # Its cases take hours.
    assert silent <= {"MultisigBurnRateSlow"}


def test_twins_say_the_same() -> None:
    twins = {rule["title"]: rule for rule in rules_of(provisioning.RULES_FILE)}
    for rule in rules_of(prometheus.ALERTS_FILE):
        twin = twins[rule["alert"]]
        assert twin["labels"] == rule["labels"]
        assert twin["annotations"].keys() == rule["annotations"].keys()
        assert seconds(rule["for"]) <= seconds(twin["for"])
        assert {name for name, text in twin["annotations"].items() if ".Value" not in text} == {
            name for name, text in rule["annotations"].items() if ".Value" not in text and "query" not in text
        }


def seconds(duration: str) -> int:
    return sum(int(count) * {"s": 1, "m": 60, "h": 3600}[unit] for count, unit in re.findall(r"(\d+)([smh])", duration))
