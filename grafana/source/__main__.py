"""Compile the dashboards, the rules and the provisioning: ``python -m grafana.source [--check]``."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1]

# Where there is nothing but what is compiled: a file that nobody compiles any more is out of date too.
_COMPILED: Final = ("dashboards/*.json", "provisioning/*/*.yaml", "prometheus/*.rules.yaml")


def compile_all(**settings: Any) -> dict[Path, str]:
    """Return the text of each file, by its path.

    Args:
        settings: What the user sets; each module is given what its ``compiled`` takes.

    Raises:
        ValueError: Two modules compile the same file.
    """
    texts: dict[Path, str] = {}
    names = sorted(module.name for module in iter_modules([str(Path(__file__).parent)]) if module.name != "__main__")
    for name in names:
        module = import_module(f"grafana.source.{name}")
        compiled: dict[str, str] = {}
        if hasattr(module, "compiled"):
            taken = signature(module.compiled).parameters
            compiled = module.compiled(**{name: value for name, value in settings.items() if name in taken})
        for path, text in compiled.items():
            if FOLDER / path in texts:
                raise ValueError(f"{name} compiles {path}, which another module does already")
            texts[FOLDER / path] = text
    return texts


def out_of_date(texts: dict[Path, str]) -> list[Path]:
    """Return the files that are not what they are compiled to, or that nobody compiles."""
    changed = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    strays = [path for pattern in _COMPILED for path in FOLDER.glob(pattern) if path not in texts]
    return sorted(changed + strays)


def main(arguments: list[str] | None = None) -> int:
    """Compile everything, or say what is out of date; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m grafana.source", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of date")
    parser.add_argument(
        "--objective", type=float, help="the share of set-ups that is meant to come through, as 0.99 (the default)"
    )
    options = parser.parse_args(arguments)
    texts = compile_all() if options.objective is None else compile_all(objective=options.objective)
    found = out_of_date(texts)
    for path in found:
        name = path.relative_to(FOLDER.parent)
        if path not in texts:
            sys.stderr.write(f"{name} is compiled from nothing: delete it\n")
        elif options.check:
            sys.stderr.write(f"{name} is out of date: run make grafana\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], "utf-8")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
