"""Names stand in one place: other code imports them, configuration and documents use no others."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from otel_multisig.semconv import definitions, metrics, spans, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Where names may be spelled: what is generated, and what is written by hand in their place.
SPELLED = {
    f"otel_multisig/semconv/{name}.py"
    for name in ("attributes", "definitions", "events", "metrics", "spans", "upstream")
}

NAMES = {*definitions.TYPES, *definitions.EVENTS, *definitions.METRICS, *definitions.SPANS} - {upstream.EVENT_EXCEPTION}
NAMESPACES = {name[:end] for name in NAMES for end, letter in enumerate(name) if letter == "."}

# The library of the same name, on PyPI, has modules where we have attributes.
LIBRARY = re.compile(
    r"monero\.(backends|exceptions)(\.\w+)*|monero\.(wallet|daemon|account|address|seed|const)(\.[A-Z]\w*(\.\w+)*)?"
)

DOTTED = re.compile(r"(?<![\w./-])[a-z_]+(?:\.[a-z_]+)+")
OURS = re.compile(r"(?<![\w./-])monero\.[a-z_.]+")
RPC = re.compile(r"(?<![\w./-])rpc\.[a-z_.]+")
OUR_NAMESPACES = "|".join(sorted({name.split(".")[1] for name in NAMES if OURS.match(name)}))
PROMETHEUS = re.compile(rf"(?<![\w.-])(?:monero_(?:{OUR_NAMESPACES})|rpc_client)_[a-z0-9_]+")


def spelled(source: str) -> Iterator[tuple[int, str]]:
    """Lines and texts of string literals, f-strings too, that spell a name. Docstrings and comments may."""
    tree = ast.parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            text = node.value
            begins = text.startswith("monero.") and not LIBRARY.fullmatch(text)
            is_span = text in {spans.SETUP, spans.ROUND, spans.CONTINUED_SUFFIX} or text.startswith(f"{spans.ROUND} ")
            if begins or is_span or not NAMES.isdisjoint(DOTTED.findall(text)):
                yield node.lineno, text


def unknown(text: str) -> set[str]:
    """Tokens in a document or a configuration that look like names of ours, and are none."""
    tokens = {token.rstrip("._") for pattern in (OURS, RPC) for token in pattern.findall(text)}
    found = {token for token in tokens if token not in NAMES | NAMESPACES and not LIBRARY.fullmatch(token)}
    return found | {token for token in PROMETHEUS.findall(text) if token.rstrip("_") not in PROMETHEUS_NAMES}


def prometheus_names() -> Iterator[str]:
    """The registered names in the spelling of Prometheus, and what they begin with."""
    yield from (name.replace(".", "_") for name in {*definitions.TYPES, *NAMESPACES})
    for name, unit in metrics.UNITS.items():
        kind = definitions.METRICS[name].kind
        base = name.replace(".", "_") + ("_seconds" if unit == "s" else "")
        yield from (
            base + suffix
            for suffix in {"histogram": ("", "_bucket", "_sum", "_count"), "counter": ("", "_total")}.get(kind, ("",))
        )
    yield "monero_wallet_rpc"


PROMETHEUS_NAMES = frozenset(prometheus_names())


def test_no_other_module_spells_a_name(repository: Path) -> None:
    files = [path for folder in ("otel_multisig", "exporters") for path in (repository / folder).rglob("*.py")]
    assert len(files) > len(SPELLED)
    found = [
        f"{name}:{line}: {text!r}"
        for path in files
        if (name := path.relative_to(repository).as_posix()) not in SPELLED
        for line, text in spelled(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'span.set_attribute("monero.escrow.id", 1)',
        'key = "monero.nothing.yet"',
        'key = f"monero.{part}.id"',
        'key = f"{prefix}monero.escrow.id"',
        'key = "monero." + part',
        'key = "rpc.method"',
        '"the attribute error.type is missing".upper()',
        'name = "rpc.client.call.duration"',
        'name = "multisig_setup"',
        'name = f"multisig_round {n}"',
        'QUERY = """{ span.x = 1 && monero.fault.type = 2 }"""',
    ],
)  # fmt: skip
def test_a_spelled_name_is_found(code: str) -> None:
    assert list(spelled(code)) != []


@pytest.mark.parametrize(
    "code",
    [
        '"""About monero.escrow.id."""',
        'def f():\n    """About rpc.method."""',
        'X = 1\n"""The attribute monero.escrow.id."""',
        "x = attr.MONERO_ESCROW_ID  # monero.escrow.id",
        'module = "monero.backends.jsonrpc"',
        'target = "monero.wallet.Wallet.new_address"',
        'text = "see www.getmonero.org, or the folder /etc/monero.escrow.id"',
        'word = "exception"',
        'text = "a multisig_setup that failed"',
    ],
)
def test_what_spells_no_name_is_left_alone(code: str) -> None:
    assert list(spelled(code)) == []


def documents(repository: Path) -> Iterator[Path]:
    yield from repository.glob("*.md")
    yield from repository.glob("exporters/*/*.md")
    for folder in ("docs", "collector-config", "grafana"):
        yield from (path for path in (repository / folder).rglob("*") if path.is_file())


def test_documents_and_configuration_use_registered_names_only(repository: Path) -> None:
    found = {}
    for path in documents(repository):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        if names := unknown(text):
            found[path.relative_to(repository).as_posix()] = sorted(names)
    assert found == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("`monero.escrow.id` and monero.escrow.ids.", {"monero.escrow.ids"}),
        ('attributes["monero.wallet.roles"]', {"monero.wallet.roles"}),
        ("monero.escrow.*, monero.wallet.{role,id}", set()),
        ("a span monero.multisig.setup, an event monero.custom, a metric monero.escrow.faults", set()),
        ("monero.custom.details_piece.1", set()),
        ("from monero.wallet import Wallet; monero.backends.jsonrpc.JSONRPCWallet", set()),
        ("https://getmonero.org https://monero.stackexchange.com", set()),
        ("`rpc.method`, `rpc.service`", {"rpc.service"}),
        ("rate(monero_escrow_setup_duration_seconds_bucket[5m])", set()),
        ("monero_escrow_setup_duration_bucket", {"monero_escrow_setup_duration_bucket"}),
        ("sum by (monero_fault_type) (monero_escrow_faults_total)", set()),
        ("by (monero_fault_kind)", {"monero_fault_kind"}),
        ("rpc_client_call_duration_seconds_count / rpc_client_calls", {"rpc_client_calls"}),
        ("otel_multisig, monero_wallet_rpc, monero_log_level", set()),
    ],
)
def test_unknown_names_in_a_text(text: str, names: set[str]) -> None:
    assert unknown(text) == names
