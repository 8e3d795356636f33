"""What is generated from the registry is up to date, and a wrong registry is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = "otel_multisig/semconv/registry"


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/semconv.py", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """A copy of what the generator reads and writes."""
    for folder in ("tools", "otel_multisig/semconv", "docs"):
        shutil.copytree(repository / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_all_files_are_up_to_date(repository: Path) -> None:
    done = run(repository, "--check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "name",
    [
        "otel_multisig/semconv/attributes.py",
        "otel_multisig/semconv/definitions.py",
        "otel_multisig/semconv/events.py",
        "otel_multisig/semconv/metrics.py",
        "otel_multisig/semconv/spans.py",
        "docs/semantic-conventions.md",
    ],
)
def test_the_check_names_a_stale_file_and_leaves_it_alone(copy: Path, name: str) -> None:
    stale = copy / name
    fresh = stale.read_bytes()
    stale.write_bytes(fresh + b"\n")
    done = run(copy, "--check")
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if name in line] == done.stderr.splitlines()
    assert stale.read_bytes() == fresh + b"\n"


def test_generating_restores_what_is_missing(copy: Path, repository: Path) -> None:
    for name in ("attributes.py", "definitions.py"):
        (copy / "otel_multisig/semconv" / name).unlink()
    assert run(copy).returncode == 0
    for name in ("attributes.py", "definitions.py"):
        path = f"otel_multisig/semconv/{name}"
        assert (copy / path).read_bytes() == (repository / path).read_bytes()


def test_a_change_of_the_registry_makes_files_stale(copy: Path) -> None:
    replace(copy / REGISTRY / "escrow.yaml", "How a set-up ended.", "What became of a set-up.")
    stale = run(copy, "--check").stderr
    assert "attributes.py" in stale
    assert "semantic-conventions.md" in stale
    assert "metrics.py" not in stale


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("events.yaml", "ref: monero.state.from", "ref: monero.state.form", "monero.state.form"),
        ("spans.yaml", "extends: attributes.monero.span", "extends: attributes.nothing", "attributes.nothing"),
        ("state.yaml", "id: monero.state.to", "id: monero.state.from", "defined twice"),
        ("state.yaml", "brief: State before the change.", "note: State before the change.", "no brief"),
        ("state.yaml", "examples: [created]", "examples: []", "no examples"),
        ("events.yaml", "requirement_level: recommended", "sampling_relevant: false", "requirement level"),
        ("metrics.yaml", "id: metric.monero.escrow.active", "id: metric.monero.escrow.faults", "same id"),
        ("lock.yaml", "groups:", "group:", "lock.yaml"),
    ],
)
def test_a_wrong_registry_is_refused_in_one_line(copy: Path, file: str, old: str, new: str, message: str) -> None:
    replace(copy / REGISTRY / file, old, new)
    done = run(copy)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
