"""What the driver did, as the corpus states it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from otel_multisig.semconv.attributes import FaultType  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["NONE", "Label", "Truth", "read_labels", "write_labels"]


class Truth(msgspec.Struct, frozen=True):
    """What was done to a set-up, or as much of it as a form of its record can show.

    Attributes:
        fault: one of `FaultType`; None where nothing was done, or nothing did harm.
        role: the wallet that the cause is at; None where it is at none.
        round: where the cause arose: 0 before the first snapshot or call of round 1, 4 after the last exchange. What is
            done between the last call of a round and the first of the next belongs to the next.
        interfering: the ids of other escrows that took part.
    """

    fault: FaultType | None = None
    role: str | None = None
    round: int | None = None
    interfering: tuple[str, ...] = ()


NONE = Truth()
"""A healthy set-up."""


class Label(msgspec.Struct, frozen=True):
    """One set-up of the corpus.

    Attributes:
        group: the folder of the set-ups that ran together.
        setup_id: the set-up's id.
        escrow_id: its escrow's.
        file: its legacy file, in the folder of the group.
        scenario: the function in `tools.corpus.scenarios` that provoked it, which says why it is labelled so.
        wallets: ``real`` or ``simulated``.
        half: ``written`` (rules may be written against it) or ``held`` (it is only judged).
        truth: what the driver did.
        legacy: the most specific verdict that the legacy form can support.
        note: what the driver did, in words.
    """

    group: str
    setup_id: str
    escrow_id: str
    file: str
    scenario: str
    wallets: str
    half: str
    truth: Truth
    legacy: Truth
    note: str


def read_labels(corpus: Path) -> list[Label]:
    """The labels of a corpus; none where there is no corpus yet.

    Raises:
        msgspec.ValidationError: the file does not hold labels.
    """
    path = corpus / "labels.json"
    return msgspec.json.decode(path.read_bytes(), type=list[Label]) if path.exists() else []


def write_labels(corpus: Path, labels: Iterable[Label]) -> None:
    """Write the labels, in the order of groups and set-ups."""
    in_order = sorted(labels, key=lambda label: (label.group, label.setup_id))
    text = msgspec.json.format(msgspec.json.encode(in_order), indent=1)
    (corpus / "labels.json").write_bytes(text + b"\n")
