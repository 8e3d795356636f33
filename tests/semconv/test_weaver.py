"""The registry as OpenTelemetry's own tool sees it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from otel_multisig.semconv import definitions, upstream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Weaver = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def registry(repository: Path, upstream_model: Path, tmp_path: Path) -> Path:
    """The registry, with a manifest that finds the upstream model on disk: there need be no network."""
    folder = tmp_path / "registry"
    shutil.copytree(repository / "otel_multisig/semconv/registry", folder)
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    manifest["dependencies"][0]["registry_path"] = str(upstream_model)
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def weaver(require_server: Callable[[str], Path], registry: Path) -> Weaver:
    binary = require_server("weaver")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(binary), "registry", *arguments, "-r", str(registry)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_the_registry_passes(weaver: Weaver) -> None:
    done = weaver("check")
    assert done.returncode == 0, done.stderr


def test_nothing_in_the_registry_draws_a_warning_even_under_the_rules_to_come(
    weaver: Weaver, upstream_model: Path
) -> None:
    diagnostics = diagnose(weaver("check", "--future", "--diagnostic-format", "json", "--diagnostic-stdout"))
    # OpenTelemetry's own files draw warnings about their format; only what concerns ours counts.
    assert [message for message in diagnostics if str(upstream_model) not in message] == []


def test_weaver_refuses_a_name_that_nobody_defines(weaver: Weaver, registry: Path) -> None:
    events = registry / "events.yaml"
    events.write_text(events.read_text(encoding="utf-8").replace("ref: error.type", "ref: error.tipe"), "utf-8")
    done = weaver("check", "--diagnostic-format", "json", "--diagnostic-stdout")
    assert done.returncode == 1
    assert any("error.tipe" in message for message in diagnose(done))


def test_weaver_resolves_every_signal_as_the_generator_does(weaver: Weaver, tmp_path: Path) -> None:
    output = tmp_path / "resolved.json"
    done = weaver("resolve", "--format", "json", "--output", str(output))
    assert done.returncode == 0, done.stderr
    theirs: dict[str, dict[str, definitions.Signal]] = {"span": {}, "event": {}, "metric": {}}
    for group in json.loads(output.read_text(encoding="utf-8"))["groups"]:
        if group["type"] in theirs:
            theirs[group["type"]][signal_name(group)] = signal(group)
    assert theirs == {
        "span": dict(definitions.SPANS),
        "event": dict(definitions.EVENTS),
        "metric": dict(definitions.METRICS),
    }


def diagnose(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [entry["diagnostic"]["message"] for entry in json.loads(done.stdout)]


def signal_name(group: dict[str, Any]) -> str:
    return str(group.get("metric_name") or group.get("name") or group["id"].removeprefix("span."))


def signal(group: dict[str, Any]) -> definitions.Signal:
    attributes = {entry["name"]: entry["requirement_level"] for entry in group.get("attributes", ())}
    required = frozenset(name for name, level in attributes.items() if level == "required")
    return definitions.Signal(
        kind=group.get("span_kind") or group.get("instrument") or "",
        unit=group.get("unit") or "",
        required=required,
        optional=frozenset(attributes) - required,
    )


def test_the_published_manifest_depends_on_the_release_whose_names_are_used(repository: Path) -> None:
    text = (repository / "otel_multisig/semconv/registry/manifest.yaml").read_text(encoding="utf-8")
    (dependency,) = yaml.safe_load(text)["dependencies"]
    version = upstream.SCHEMA_URL.rpartition("/")[2]
    assert dependency["schema_url"] == upstream.SCHEMA_URL
    assert dependency["registry_path"].startswith("https://github.com/open-telemetry/semantic-conventions.git")
    assert f"@v{version}[" in dependency["registry_path"]
