"""The extension modules; all else stands in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("otel_multisig_native/*.pyx"))
DIRECTIVES = {
    "language_level": 3,
    # Every access to bytes is checked by hand, once for a whole field and not for each of its bytes.
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    # What points into C cannot be pickled.
    "auto_pickle": False,
}

setup(
    ext_modules=cythonize(
        [Extension(f"otel_multisig_native.{name}", [f"otel_multisig_native/{name}.pyx"]) for name in MODULES],
        compiler_directives=DIRECTIVES,
    )
)
