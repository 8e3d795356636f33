"""Many set-ups at a glance: what went wrong how often, then which set-ups."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from otel_multisig.report._facts_in_words import arose, sentence_of
from otel_multisig.report._layout import Grid, Paragraph, heading, unbroken
from otel_multisig.report._words import number_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from otel_multisig.report.results import Judged, Results

__all__ = ["headline", "overview", "summary_sentence"]

_CAP_ESCROWS: Final = 20
_CAP_HEALTHY: Final = 10
_NAMED_FAULTS: Final = 3


def summary_sentence(results: Results) -> str:
    """The verdict over all set-ups, in one sentence."""
    total, faulty = len(results.judged), results.faulty
    if not faulty:
        return f"No fault in {number_of(total, 'set-up')}."
    kinds = Counter(str(judged.verdict.kind) for judged in faulty if judged.verdict is not None)
    named = [f"{count:,} {kind}" for kind, count in kinds.most_common(_NAMED_FAULTS)]
    if len(kinds) > _NAMED_FAULTS:
        named.append(f"{len(kinds) - _NAMED_FAULTS} other kinds" if len(kinds) > _NAMED_FAULTS + 1 else "1 other kind")
    has = "has a fault" if len(faulty) == 1 else "have a fault"
    return f"{len(faulty):,} of {number_of(total, 'set-up')} {has}: {', '.join(named)}."


def headline(results: Results) -> RenderableType:
    """That sentence, behind a word that says whether there is a fault."""
    word = Text("FAULT  ", style="bold red") if results.faulty else Text("OK     ", style="bold green")
    return Paragraph(summary_sentence(results), word)


def overview(results: Results, *, whole: bool = False) -> RenderableType:
    """A table by fault, then one by escrow.

    Args:
        results: the set-ups.
        whole: whether long lists are shown to their ends.
    """
    return Group(*_overview(results, whole=whole))


def _overview(results: Results, *, whole: bool) -> Iterator[RenderableType]:
    faulty = results.faulty
    if faulty:
        yield Text()
        yield heading("By fault")
        yield Grid(_fault_rows(results), titles=("fault", "set-ups", "wallets", "arose"), right=(1,), flexible=3)
    yield Text()
    yield heading("By escrow")
    shown = faulty if whole else faulty[:_CAP_ESCROWS]
    for judged in shown:
        yield from _escrow(judged)
    if len(shown) < len(faulty):
        yield Text(f"  and {len(faulty) - len(shown):,} more with a fault: --all", style="dim")
    healthy = [judged for judged in results.judged if judged.verdict is None]
    if whole or len(healthy) <= _CAP_HEALTHY:
        for judged in healthy:
            yield from _escrow(judged)
    elif healthy:
        yield Text(f"  and {len(healthy):,} without a fault: --all", style="dim")


def _fault_rows(results: Results) -> Iterator[tuple[str, str, str, str]]:
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for judged in results.faulty:
        if (verdict := judged.verdict) is not None:
            role = plain(verdict.role) if verdict.role else "all"
            when = arose(verdict, judged.diagnosis.setup) or "unknown when"
            by_kind.setdefault(str(verdict.kind), []).append((role, when))
    for kind, found in sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0])):
        yield kind, f"{len(found):,}", _counted(role for role, _ in found), _counted(when for _, when in found)


def _counted(words: Iterable[str]) -> str:
    counts = Counter(words).most_common()
    return counts[0][0] if len(counts) == 1 else ", ".join(f"{word} {count:,}" for word, count in counts)


def _escrow(judged: Judged) -> Iterator[RenderableType]:
    verdict = judged.verdict
    line = Text("  ")
    line.append(plain(judged.escrow_id), style="bold")
    if verdict is None:
        line.append("  no fault", style="green")
    else:
        line.append(f"  {verdict.kind}", style="red")
        line.append("" if verdict.sure else ", likely", style="yellow")
    yield line
    yield Paragraph(sentence_of(judged.diagnosis), indent=4)
    # Not broken into lines: they are there to be copied.
    yield from (unbroken(Text(f"    {plain(source)}", style="dim")) for source in judged.sources)
