"""Generate the constants and the reference page from the registry of semantic conventions.

    python tools/semconv.py            write what changed
    python tools/semconv.py --check    write nothing; name what is out of date, and exit with 1

Needs PyYAML and no other program; `weaver registry check` looks at the registry itself, in the tests.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from semconv_page import page
from semconv_python import attributes_module, definitions_module, events_module, metrics_module, spans_module
from semconv_registry import ROOT, SEMCONV, RegistryError, load

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "semantic-conventions.md"


def generate() -> dict[Path, str]:
    """The text of each file that is generated.

    Raises:
        RegistryError: the registry is wrong.
    """
    registry = load()
    return {
        SEMCONV / "attributes.py": attributes_module(registry),
        SEMCONV / "spans.py": spans_module(registry),
        SEMCONV / "events.py": events_module(registry),
        SEMCONV / "metrics.py": metrics_module(registry),
        SEMCONV / "definitions.py": definitions_module(registry),
        PAGE: page(registry),
    }


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description="Generate constants and reference page from the registry.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 if a file is out of date")
    check = parser.parse_args().check
    try:
        texts = generate()
    except RegistryError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            print(f"out of date: {path.relative_to(ROOT)} (run: make generate)", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
