"""Every fault has its remedy and its page, and the two say the same."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from otel_multisig.diagnosis.remedies import REMEDIES
from otel_multisig.semconv.attributes import FaultType

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "docs" / "faults"
SECTIONS = [
    "In Jaeger",
    "In the legacy JSON",
    "Why it happens",
    "What to do",
    "What looks like it",
]
LINE = 118


def page(fault: FaultType) -> str:
    return (ROOT / REMEDIES[fault].page).read_text()


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_each_fault_has_a_remedy() -> None:
    assert set(REMEDIES) == set(FaultType)


def test_each_fault_has_a_page_and_each_page_a_fault() -> None:
    assert {path.stem for path in FAULTS.glob("*.md")} - {"README"} == set(FaultType)
    assert {fault: REMEDIES[fault].page for fault in FaultType} == {
        fault: f"docs/faults/{fault}.md" for fault in FaultType
    }


@pytest.mark.parametrize("fault", FaultType)
def test_a_remedy_says_something(fault: FaultType) -> None:
    remedy = REMEDIES[fault]
    assert remedy.title == remedy.title.strip()
    assert len(remedy.title) <= 40
    assert remedy.meaning.endswith(".")
    assert len(remedy.words) >= 3
    assert remedy.commands
    assert "{" not in "".join((remedy.title, remedy.meaning, *remedy.words))
    assert all(words[0].isupper() and words.rstrip().endswith(".") for words in remedy.words)


@pytest.mark.parametrize("fault", FaultType)
def test_commands_can_be_typed(fault: FaultType) -> None:
    for command in REMEDIES[fault].commands_for(port=18083, source="'my recordings'"):
        assert "PORT" not in command
        assert "SOURCE" not in command
        assert shlex.split(command)[0] in {
            "curl", "monero-wallet-cli", "monero-wallet-rpc", "mv", "otel-multisig", "ss",
        }  # fmt: skip


def test_what_is_not_known_stays_a_placeholder() -> None:
    remedy = REMEDIES[FaultType.WALLET_SWAPPED]
    assert remedy.commands_for() == remedy.commands
    assert any("PORT" in command for command in remedy.commands_for(source="x"))


@pytest.mark.parametrize("fault", FaultType)
def test_a_page_has_the_shape_of_all_pages(fault: FaultType) -> None:
    text = page(fault)
    assert text.startswith(f"# {fault}: {REMEDIES[fault].title}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert re.search(r"^```json\n\{.*?^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("fault", FaultType)
def test_a_page_says_what_the_remedy_says(fault: FaultType) -> None:
    text = in_one_line(page(fault))
    remedy = REMEDIES[fault]
    assert [words for words in remedy.words if in_one_line(words) not in text] == []
    assert [command for command in remedy.commands if in_one_line(command) not in text] == []


@pytest.mark.parametrize("fault", FaultType)
def test_a_page_tells_it_from_what_looks_like_it(fault: FaultType) -> None:
    alike = page(fault).partition("## What looks like it")[2]
    named = set(re.findall(r"^- \[(\w+)\]\(\w+\.md\): ", alike, re.MULTILINE))
    assert named
    assert named <= set(FaultType) - {fault}


def test_the_index_leads_to_every_page() -> None:
    index = (FAULTS / "README.md").read_text()
    assert re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \|", index, re.MULTILINE) == [(fault, fault) for fault in FaultType]


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (FaultType.CACHE_POLLUTION, ("Longer waits", "Purge", "Check the wallet's state")),
        (FaultType.RACE, ("global lock", "pool with RPC instances of its own", "Locks on the files")),
        (FaultType.STATE_DIVERGENCE, ("Sort the infos", "length and content", "SHA-256")),
    ],
)
def test_what_was_advised_before_is_there_or_said_to_be_wrong(fault: FaultType, advice: tuple[str, ...]) -> None:
    words = " ".join(REMEDIES[fault].words)
    assert [piece for piece in advice if piece not in words] == []
