"""The names in `upstream`, against the model that OpenTelemetry published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from otel_multisig.semconv import metrics, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def documents(upstream_model: Path) -> list[dict[str, Any]]:
    files = [path for path in upstream_model.rglob("*.yaml") if "deprecated" not in path.parts]
    return [yaml.safe_load(path.read_text(encoding="utf-8")) or {} for path in files]


@pytest.fixture(scope="module")
def groups(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [group for document in documents for group in document.get("groups", ())]


@pytest.fixture(scope="module")
def definitions(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Attributes by name; the model has files of two formats."""

    def entries() -> Iterator[tuple[str, dict[str, Any]]]:
        for document in documents:
            for entry in document.get("attributes", ()):
                yield entry["key"], entry
            for group in document.get("groups", ()):
                yield from ((entry["id"], entry) for entry in group.get("attributes", ()) if "id" in entry)

    return dict(entries())


@pytest.mark.parametrize("name", sorted(upstream.TYPES))
def test_the_attribute_is_defined_with_this_type(definitions: dict[str, dict[str, Any]], name: str) -> None:
    definition = definitions[name]
    assert "deprecated" not in definition
    type_ = definition["type"]
    if isinstance(type_, dict):
        values = {type(member["value"]) for member in type_["members"]}
        assert values == {str}
        type_ = "string"
    assert type_ == upstream.TYPES[name]


def test_every_attribute_has_its_type_here() -> None:
    constants = {name: value for name, value in vars(upstream).items() if name.isupper() and isinstance(value, str)}
    others = {
        "SCHEMA_URL",
        "RPC_SYSTEM_JSONRPC",
        "METHOD_OTHER",
        "ERROR_TYPE_OTHER",
        "EVENT_EXCEPTION",
        "METRIC_RPC_CLIENT_CALL_DURATION",
    }
    assert {value for name, value in constants.items() if name not in others} == set(upstream.TYPES)


def test_constants_are_named_after_their_attribute() -> None:
    for name in upstream.TYPES:
        assert getattr(upstream, name.upper().replace(".", "_")) == name


def test_json_rpc_is_a_system(definitions: dict[str, dict[str, Any]]) -> None:
    members = definitions[upstream.RPC_SYSTEM_NAME]["type"]["members"]
    assert upstream.RPC_SYSTEM_JSONRPC in {member["value"] for member in members}


def test_an_unknown_method_is_named_like_this(definitions: dict[str, dict[str, Any]]) -> None:
    assert upstream.METHOD_OTHER in definitions[upstream.RPC_METHOD]["examples"]


def test_the_exception_event_is_defined(groups: list[dict[str, Any]]) -> None:
    assert upstream.EVENT_EXCEPTION in {group.get("name") for group in groups if group["type"] == "event"}


def test_the_metric_is_defined_with_this_unit(groups: list[dict[str, Any]]) -> None:
    name = upstream.METRIC_RPC_CLIENT_CALL_DURATION
    (metric,) = [group for group in groups if group.get("metric_name") == name]
    assert (metric["unit"], metric["instrument"]) == (metrics.UNITS[name], "histogram")


def test_the_schema_url_is_that_of_the_model(upstream_model: Path) -> None:
    manifest = yaml.safe_load((upstream_model / "manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["schema_url"] == upstream.SCHEMA_URL
