"""The registry of semantic conventions, read from its YAML files and resolved.

Reads the part of weaver's format that the registry uses: `groups` of the types attribute_group, span, event and metric,
`ref`, and `extends` of a group in the registry. What does not resolve is an error: weaver says so too, but weaver is a
binary that need not be there.
"""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SEMCONV = ROOT / "otel_multisig" / "semconv"
REGISTRY = SEMCONV / "registry"
MANIFEST = "manifest.yaml"
ANNOTATIONS = "otel_multisig"
"""Key of the annotations that are meant for this generator: what weaver's format has no field for."""

if TYPE_CHECKING:
    from collections.abc import Mapping


class RegistryError(Exception):
    """The registry is wrong; the message names the file or the group, and says what is."""


@dataclass(frozen=True)
class Member:
    """One value of an enumeration."""

    id: str
    value: str
    brief: str


@dataclass(frozen=True)
class Attribute:
    """An attribute as it is defined."""

    name: str
    type: str
    brief: str
    note: str
    stability: str
    examples: tuple[str, ...]
    members: tuple[Member, ...] = ()
    enum: str = ""
    """Name of the class that is generated for an enumeration."""
    open: bool = False
    """Whether an enumeration takes further values."""


@dataclass(frozen=True)
class Section:
    """Attributes that belong together."""

    title: str
    brief: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class Use:
    """An attribute as a signal uses it."""

    name: str
    type: str
    brief: str
    level: str
    condition: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Signal:
    """A span, an event or a metric."""

    id: str
    kind: str
    """Kind of the span or of the instrument; empty for an event."""
    name: str
    brief: str
    note: str
    stability: str
    uses: tuple[Use, ...]
    constant: str = ""
    pattern: str = ""
    """Form of the name of a span whose name is not fixed."""
    unit: str = ""


@dataclass(frozen=True)
class Registry:
    """All of it, in the order of the files."""

    sections: tuple[Section, ...]
    spans: tuple[Signal, ...]
    events: tuple[Signal, ...]
    metrics: tuple[Signal, ...]
    attributes: Mapping[str, Attribute]
    types: Mapping[str, str]
    """Type of each attribute by name, with those of upstream."""


def load(folder: Path = REGISTRY) -> Registry:
    """Read and resolve the registry in a folder.

    Raises:
        RegistryError: a name is defined twice or not at all, or something required is missing.
    """
    groups = [group for path in sorted(folder.glob("*.yaml")) if path.name != MANIFEST for group in _groups(path)]
    by_id = {group["id"]: group for group in groups}
    if len(by_id) != len(groups):
        raise RegistryError("two groups have the same id")
    sections = tuple(_section(group) for group in groups if group["id"].startswith("registry."))
    attributes: dict[str, Attribute] = {}
    for attribute in (attribute for section in sections for attribute in section.attributes):
        if attribute.name in attributes:
            raise RegistryError(f"{attribute.name} is defined twice")
        attributes[attribute.name] = attribute

    types = {name: attribute.type for name, attribute in attributes.items()} | upstream_types()

    def signals(kind: str) -> tuple[Signal, ...]:
        return tuple(_signal(group, by_id, attributes, types) for group in groups if group["type"] == kind)

    return Registry(sections, signals("span"), signals("event"), signals("metric"), attributes, types)


def _groups(path: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or not isinstance(document.get("groups"), list):
        raise RegistryError(f"{path.name}: no list of groups")
    return document["groups"]


def _section(group: dict[str, Any]) -> Section:
    attributes = tuple(_attribute(entry) for entry in group["attributes"])
    return Section(group["display_name"], _text(group["brief"]), attributes)


def _attribute(entry: dict[str, Any]) -> Attribute:
    name = entry["id"]
    missing = [key for key in ("type", "brief", "stability") if not entry.get(key)]
    if missing:
        raise RegistryError(f"{name}: no {', '.join(missing)}")
    members: tuple[Member, ...] = ()
    type_ = entry["type"]
    if isinstance(type_, dict):
        members = tuple(Member(m["id"], m["value"], _text(m["brief"])) for m in type_["members"])
        type_ = "string"
    elif not entry.get("examples"):
        raise RegistryError(f"{name}: no examples")
    ours = _annotations(entry)
    return Attribute(
        name=name,
        type=type_,
        brief=_text(entry["brief"]),
        note=_text(entry.get("note", "")),
        stability=entry["stability"],
        examples=tuple(_example(example) for example in entry.get("examples", ())) or tuple(m.value for m in members),
        members=members,
        enum=ours.get("enum", ""),
        open=ours.get("open", False),
    )


def upstream_types() -> dict[str, str]:
    """Type of each attribute of OpenTelemetry that the package knows.

    The module is run by its path: importing it would import the package, which needs the generated modules.
    """
    return dict(runpy.run_path(str(SEMCONV / "upstream.py"))["TYPES"])


def _signal(
    group: dict[str, Any],
    by_id: dict[str, dict[str, Any]],
    attributes: Mapping[str, Attribute],
    types: Mapping[str, str],
) -> Signal:
    ours = _annotations(group)
    uses: dict[str, Use] = {}
    for entry in _entries(group, by_id):
        uses[entry["ref"]] = _use(entry, group["id"], attributes, types)
    return Signal(
        id=group["id"],
        kind=group.get("span_kind") or group.get("instrument") or "",
        name=ours.get("name") or group.get("name") or group.get("metric_name") or "",
        brief=_text(group["brief"]),
        note=_text(group.get("note", "")),
        stability=group["stability"],
        uses=tuple(uses.values()),
        constant=ours.get("constant", ""),
        pattern=ours.get("pattern", ""),
        unit=group.get("unit", ""),
    )


def _entries(group: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    inherited: list[dict[str, Any]] = []
    if "extends" in group:
        if group["extends"] not in by_id:
            raise RegistryError(f"{group['id']}: extends {group['extends']}, which is not here")
        inherited = _entries(by_id[group["extends"]], by_id)
    return [*inherited, *group.get("attributes", ())]


def _use(entry: dict[str, Any], group_id: str, attributes: Mapping[str, Attribute], types: Mapping[str, str]) -> Use:
    name = entry["ref"]
    attribute = attributes.get(name)
    if name not in types:
        raise RegistryError(f"{group_id}: {name} is neither defined here nor in upstream.py")
    brief = entry.get("brief") or (attribute.brief if attribute else "")
    examples = tuple(_example(example) for example in entry.get("examples", ()))
    if not examples and attribute:
        examples = attribute.examples
    if not brief or not examples:
        raise RegistryError(f"{group_id}: {name} needs a brief and examples, because it is not defined here")
    level = entry.get("requirement_level")
    condition = ""
    if isinstance(level, dict):
        ((level, condition),) = level.items()
    if level not in {"required", "conditionally_required", "recommended", "opt_in"}:
        raise RegistryError(f"{group_id}: {name} has no requirement level")
    return Use(name, types[name], _text(brief), level, _text(condition), examples)


def _annotations(entry: dict[str, Any]) -> dict[str, Any]:
    ours: dict[str, Any] = entry.get("annotations", {}).get(ANNOTATIONS, {})
    return ours


def _text(text: str) -> str:
    return " ".join(text.split())


def _example(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
