"""What must hold of the files of collector-config/ without running them: names, components, compose, the page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from otel_multisig.semconv import definitions, events, upstream
from tests.running.configured import BACKENDS, CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "collector.md"
MAIN = ("all-in-one.yaml", "agent.yaml", "load-balancer.yaml", "gateway.yaml")
TOGETHER = (
    *((name,) for name in MAIN),
    ("agent.yaml", "secure-agent.yaml"),
    ("load-balancer.yaml", "dns-gateways.yaml"),
    ("load-balancer.yaml", "secure-load-balancer.yaml"),
    ("load-balancer.yaml", "dns-gateways.yaml", "secure-load-balancer.yaml"),
    ("gateway.yaml", "tail-sampling.yaml"),
    ("gateway.yaml", "secure-gateway.yaml"),
    ("gateway.yaml", "tail-sampling.yaml", "secure-gateway.yaml"),
    ("all-in-one.yaml", "secure-gateway.yaml"),
    ("all-in-one.yaml", "tail-sampling.yaml"),
)
COLLECTOR_FILES = sorted({name for names in TOGETHER for name in names})
SETTING = re.compile(r"\$\{(?:env:)?([A-Z_]+):-([^}]*)\}")


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((CONFIG / name).read_text())


@pytest.mark.parametrize("names", TOGETHER, ids="+".join)
def test_the_collector_takes_it(names: tuple[str, ...], require_server: Any, tmp_path: Path) -> None:
    program = require_server("otelcol-multisig")
    (tmp_path / "token").write_text("a")
    env = {"COLLECTOR_CONFIG": str(CONFIG), "COLLECTOR_TOKEN_FILE": str(tmp_path / "token")}
    arguments = [f"--config={CONFIG / name}" for name in names]
    done = subprocess.run(
        [program, "validate", *arguments], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()


def test_every_file_is_among_those_tested() -> None:
    services = {"builder.yaml", "compose.yaml"}
    assert {path.name for path in CONFIG.glob("*.yaml")} == services | set(COLLECTOR_FILES)


def test_prometheus_and_alertmanager_take_theirs(require_server: Any) -> None:
    for server, program, arguments in (
        ("prometheus", "promtool", ["check", "config", "--syntax-only", BACKENDS / "prometheus.yaml"]),
        ("alertmanager", "amtool", ["check-config", BACKENDS / "alertmanager.yaml"]),
    ):
        path = require_server(server).with_name(program)
        done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_allow_list_is_the_registry() -> None:
    expected = []
    for name, kind in sorted({**definitions.TYPES, **upstream.TYPES}.items()):
        pattern = name.replace(".", "[.]")
        expected.append(pattern + "[.][0-9]{1,4}" if kind.startswith("template") else pattern)
    # Else write this line into the file.
    assert (CONFIG / "fence" / "allowed.regex").read_text() == "|".join(expected) + "\n"


def test_what_is_masked_in_names_is_what_is_masked_in_values() -> None:
    values = load("fence/values.yaml")["blocked_values"]
    expected = "|".join(values).replace("\\", "\\\\") + "\n"
    assert (CONFIG / "fence" / "secrets.regex").read_text() == expected


def names_in(value: Any) -> Iterator[str]:
    """Everything in the values of a file that looks like a name of an attribute, an event or a metric."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from names_in(key)
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)
    elif isinstance(value, str):
        yield from re.findall(r"\b(?:monero|rpc|server|exception|error)(?:\.[a-z_]+)+\b", value)


def known_names() -> set[str]:
    named = {value for key, value in vars(events).items() if key.isupper() and isinstance(value, str)}
    return {*definitions.TYPES, *upstream.TYPES, *named}


@pytest.mark.parametrize("name", [*COLLECTOR_FILES, "fence/names.yaml", "fence/values.yaml"])
def test_names_are_those_of_the_registry(name: str) -> None:
    assert set(names_in(load(name))) - known_names() == set()


def test_the_files_speak_of_the_registry_at_all() -> None:
    assert set(names_in(load("gateway.yaml"))) > {"monero.wallet.role", "monero.span.continuation"}
    assert "monero.fault" in set(names_in(load("tail-sampling.yaml")))


def components(configuration: dict[str, Any]) -> set[tuple[str, str]]:
    kinds = ("receivers", "processors", "exporters", "connectors", "extensions")
    return {(kind, name.partition("/")[0]) for kind in kinds for name in configuration.get(kind) or {}}


# How modules are called that are not called like their component.
MODULES = {
    "otlp_grpc": "otlpexporter",
    "bearertokenauth": "bearertokenauthextension",
    "file_storage": "filestorage",
    "health_check": "healthcheckextension",
}


def module_of(kind: str, name: str) -> str:
    suffix = kind.removesuffix("s")
    return MODULES.get(name, name.replace("_", "") + suffix)


def test_the_builder_has_every_component_and_none_that_is_not_used() -> None:
    used = {(kind, module_of(kind, name)) for file in COLLECTOR_FILES for kind, name in components(load(file))}
    manifest = load("builder.yaml")
    kinds = ("receivers", "processors", "exporters", "connectors", "extensions")
    modules = [(kind, each["gomod"].split()) for kind in kinds for each in manifest[kind]]
    assert {(kind, path.rpartition("/")[2]) for kind, (path, _) in modules} == used
    assert {version for _, (_, version) in modules} == {"v0.158.0"} == {"v" + manifest["dist"]["version"]}
    text = "".join((CONFIG / name).read_text() for name in COLLECTOR_FILES)
    schemes = {scheme for scheme in ("env", "file") if f"${{{scheme}:" in text} | {"yaml"}  # of the page's example
    providers = {each["gomod"].split()[0].rpartition("/")[2].removesuffix("provider") for each in manifest["providers"]}
    assert providers == schemes


def test_the_versions_are_those_of_the_collector_here(require_server: Any) -> None:
    program = require_server("otelcol-multisig")
    done = subprocess.run([program, "components"], capture_output=True, text=True, check=True)
    there = set(re.findall(r"module: (\S+ v\S+)", done.stdout))
    manifest = load("builder.yaml")
    asked = {each["gomod"] for kind in manifest if kind != "dist" for each in manifest[kind]}
    assert asked - there == set()


def test_compose_is_valid() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", "vendor.compose-spec", CONFIG / "compose.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_pins_what_it_starts_and_shows_nothing_to_the_network() -> None:
    compose = load("compose.yaml")
    images = {name: service["image"] for name, service in compose["services"].items()}
    assert all(re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", image) for image in images.values())
    assert images["collector"].endswith(":" + load("builder.yaml")["dist"]["version"])
    assert images.keys() >= {"collector", "jaeger", "tempo", "prometheus", "alertmanager", "grafana"}
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_agrees_with_the_files_that_it_mounts() -> None:
    compose = load("compose.yaml")
    used: set[str] = set()
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            if source.startswith("."):
                # grafana/ has a folder for each of its mounts.
                assert (CONFIG / source).exists() or source.startswith("../grafana/"), source
            else:
                used.add(source)
    assert used == compose["volumes"].keys()
    files = {"collector": ["all-in-one.yaml"], "jaeger": ["backends/jaeger.yaml"], "tempo": ["backends/tempo.yaml"]}
    for name, read in files.items():
        every = (*read, "fence/names.yaml", "fence/values.yaml")
        settings = {setting for file in every for setting in settings_of(file)}
        given = {key for key in compose["services"][name]["environment"] if key != "GOMEMLIMIT"}
        assert given <= settings | {"COLLECTOR_CONFIG"}, name
    # Who is scraped is a service, at a port that its file opens to others.
    for path in sorted((CONFIG / "backends" / "targets").glob("*.yaml")):
        ((target,),) = [each["targets"] for each in yaml.safe_load(path.read_text())]
        assert target.partition(":")[0] in compose["services"], path


def settings_of(name: str) -> dict[str, str]:
    return dict(SETTING.findall((CONFIG / name).read_text()))


def test_the_page_lists_every_setting_with_its_default() -> None:
    listed: dict[str, str] = {}
    for line in PAGE.read_text().splitlines():
        if match := re.match(r"\| `([A-Z_]+)` \| (.*?) \|", line):
            listed[match[1]] = match[2]
    found: dict[str, set[str]] = {}
    files = [*COLLECTOR_FILES, "fence/names.yaml", "fence/values.yaml", "backends/jaeger.yaml", "backends/tempo.yaml"]
    for name in files:
        for setting, default in settings_of(name).items():
            found.setdefault(setting, set()).add(default)
    assert listed.keys() == found.keys()
    wrong = {
        name: sorted(defaults)
        for name, defaults in found.items()
        if any(f"`{default}`" not in listed[name] for default in defaults if default)
    }
    assert wrong == {}


def test_every_file_has_a_head_that_says_what_it_is_for_and_is_on_the_page() -> None:
    page = PAGE.read_text()
    for path in sorted(CONFIG.rglob("*.yaml")):
        assert path.read_text().startswith("# "), path
        if path.parent.name != "targets":
            assert f"`{path.relative_to(CONFIG)}`" in page, path


def test_the_two_that_share_their_parts_share_them_to_the_letter() -> None:
    """all-in-one.yaml and gateway.yaml differ in what they are for, and nowhere else."""
    one, gateway = load("all-in-one.yaml"), load("gateway.yaml")
    for kind, names in {
        "processors": ("transform/fence", "redaction/fence", "filter/measured", "transform/measured"),
        "connectors": ("span_metrics",),
        "exporters": ("otlp_grpc/jaeger", "otlp_grpc/tempo"),
    }.items():
        for name in names:
            assert one[kind][name] == gateway[kind][name]


def test_nothing_is_sent_by_a_processor_that_says_accepted_too_early() -> None:
    for name in COLLECTOR_FILES:
        assert not any(kind == "processors" and component == "batch" for kind, component in components(load(name)))


@pytest.mark.parametrize("name", MAIN)
def test_every_queue_to_another_machine_is_on_disk_and_has_no_end(name: str) -> None:
    exporters: Callable[[str], bool] = lambda key: key.startswith(("otlp_grpc", "load_balancing"))  # noqa: E731
    for key, exporter in load(name)["exporters"].items():
        if exporters(key):
            assert exporter["sending_queue"]["storage"] == "file_storage/queue"
            assert exporter["sending_queue"]["block_on_overflow"] is True
            assert exporter["retry_on_failure"]["max_elapsed_time"] == 0
