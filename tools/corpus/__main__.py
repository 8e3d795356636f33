"""Build the corpus: provoke, record, label.

``python -m tools.corpus --out DIR [--only SCENARIO] [--wallets real|simulated|both] [--seed N] [--missing]``
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tools.corpus.bench import Bench
from tools.corpus.driver import Group, run_group
from tools.corpus.labels import read_labels, write_labels
from tools.corpus.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.corpus.scenarios import Scenario

_KINDS: Final[tuple[Literal["real", "simulated"], ...]] = ("simulated", "real")
_HALVES: Final = ("written", "held")
_PER_SCENARIO: Final = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what is asked for; 1 where a scenario did not provoke what it meant to, 130 after Ctrl-C."""
    asked = _parser().parse_args(arguments)
    unknown = [name for name in asked.only if name not in SCENARIOS]
    if unknown:
        print(f"error: no scenario is called {', '.join(unknown)}; known are {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    chosen = [SCENARIOS[name] for name in asked.only] or list(SCENARIOS.values())
    kinds: Sequence[Literal["real", "simulated"]] = _KINDS if asked.wallets == "both" else (asked.wallets,)
    asked.out.mkdir(parents=True, exist_ok=True)
    started, failures = time.monotonic(), 0
    try:
        for kind in kinds:
            failures += _build(asked.out, kind, chosen, asked.seed, missing=asked.missing)
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)
        return 130
    print(f"{len(read_labels(asked.out))} set-ups labelled, {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


def _build(
    out: Path, kind: Literal["real", "simulated"], chosen: Sequence[Scenario], seed: int, *, missing: bool
) -> int:
    """Run all groups of a kind; gives how many failed to provoke."""
    groups = list(_groups(kind, chosen))
    failures = 0
    with Bench(kind, seed=seed) as bench:
        for place, (scenario, variant) in enumerate(groups, 1):
            name = f"{scenario.name}-{kind}-{variant:02d}"
            hour = 2 * (scenario.number * _PER_SCENARIO + variant) + _KINDS.index(kind)
            group = Group(bench, name, variant, hour, seed)
            if missing and (out / name).exists():
                continue
            shutil.rmtree(out / name, ignore_errors=True)
            started = time.monotonic()
            try:
                labels = run_group(
                    group, scenario.provoke, out / name, scenario=scenario.name, half=_HALVES[variant % 2]
                )
            except Exception as error:  # one that does not do what it should is no reason to lose the others
                failures += 1
                labels = []
                shutil.rmtree(out / name, ignore_errors=True)
                print(f"{name}: FAILED: {error!r} at {_place(error)}", flush=True)
            else:
                took = time.monotonic() - started
                print(f"[{kind} {place}/{len(groups)}] {name}: {len(labels)} set-ups, {took:.1f} s", flush=True)
            others = [label for label in read_labels(out) if label.group != name]
            write_labels(out, [*others, *labels])
    return failures


def _place(error: BaseException) -> str:
    """Where in a scenario it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if "scenarios" in frame.filename] or frames
    return f"{Path(found[-1].filename).name}:{found[-1].lineno}: {found[-1].line}"


def _groups(kind: str, chosen: Sequence[Scenario]) -> Iterator[tuple[Scenario, int]]:
    """The first variant of each scenario, then the second: what is interrupted has something of everything."""
    for variant in range(max((scenario.count(kind) for scenario in chosen), default=0)):
        yield from ((scenario, variant) for scenario in chosen if variant < scenario.count(kind))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.corpus", description="Provoke every fault and record it.")
    parser.add_argument("--out", type=Path, default=Path("tests/corpus"), help="folder of the corpus")
    parser.add_argument("--only", action="append", default=[], metavar="SCENARIO", help="may be given several times")
    parser.add_argument("--wallets", choices=[*_KINDS, "both"], default="both", help="which wallet servers")
    parser.add_argument("--missing", action="store_true", help="only the groups that are not there yet")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    return parser


if __name__ == "__main__":
    sys.exit(main())
