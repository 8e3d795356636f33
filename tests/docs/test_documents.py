"""Every code block and every command of the documents is run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("**/*.md"),
        *ROOT.glob("exporters/*/README.md"),
        ROOT / "native" / "README.md",
    ]
)
FENCE = re.compile(r"^```(?P<language>[\w-]*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
KNOWN_LANGUAGES = {"python", "console", "json", "text", ""}

# Commands of other tools that a reader types and a test does not: they install software or need a page of their own.
NOT_RUN = re.compile(r"^(pip install|apt install|sudo apt|git clone|cd )")


class Block(NamedTuple):
    document: Path
    line: int
    language: str
    body: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    return [
        Block(document, text.count("\n", 0, match.start()) + 1, match["language"], match["body"])
        for document, text in ((document, document.read_text()) for document in DOCUMENTS)
        for match in FENCE.finditer(text)
        if match["language"] in languages
    ]


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `otel-multisig demo` was run."""
    folder = tmp_path_factory.mktemp("documents")
    run("otel-multisig demo --wallets simulated", folder)
    return folder


@pytest.fixture
def workplace(recordings: Path, tmp_path: Path) -> Path:
    """A copy of that folder, for one block to work in."""
    folder = tmp_path / "work"
    shutil.copytree(recordings, folder)
    return folder


def run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", f"set -e -o pipefail\n{command}"],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def commands(body: str) -> list[str]:
    """Return what stands behind the prompts; a line that ends in a backslash goes on."""
    return [line[2:] for line in body.replace("\\\n", "").splitlines() if line.startswith("$ ")]


def test_documents_are_found() -> None:
    assert {"README.md", "ARCHITECTURE.md"} <= {document.name for document in DOCUMENTS}
    assert len(blocks("python")) > 3
    assert len(blocks("console")) > 3


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_block_says_what_it_is(document: Path) -> None:
    languages = {match["language"] for match in FENCE.finditer(document.read_text())}
    assert languages <= KNOWN_LANGUAGES


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python(block: Block, workplace: Path) -> None:
    script = workplace / "block.py"
    script.write_text(block.body)
    run(f"{sys.executable} -W error::SyntaxWarning {script.name}", workplace)


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_commands(block: Block, workplace: Path) -> None:
    asked = commands(block.body)
    assert asked, "a console block has commands behind `$ `"
    for command in asked:
        if command.startswith("make "):
            # The targets are run by whoever runs these tests; here it counts that each exists.
            run(f"make -n -C {ROOT} {command.removeprefix('make ')}", workplace)
        elif not NOT_RUN.match(command):
            run(command, workplace)


LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(document.read_text())]
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []
