"""The compiled counterparts against the Python code, which says what is right."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

CAN_COMPILE = Path(__file__).parents[2] / "native" / "can_compile.py"

if importlib.util.find_spec("otel_multisig_native") is None:
    # `make test` compiles them where that can be done: there, it is a failure that they are missing.
    if subprocess.run([sys.executable, CAN_COMPILE], check=False).returncode == 0:
        raise pytest.UsageError("the native part is not compiled: pip install --no-build-isolation -e native")
    collect_ignore_glob = ["test_*.py"]
