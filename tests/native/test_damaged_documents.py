"""Damaged documents of every form, with the compiled counterparts and without."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from otel_multisig._native import VARIABLE

FUZZ = Path(__file__).parents[2] / "tools" / "fuzz.py"
DOCUMENTS = 2_000


def test_what_comes_of_them_is_the_same() -> None:
    command = [sys.executable, FUZZ, str(DOCUMENTS), str(random.SystemRandom().randrange(10**9))]
    told = [
        subprocess.run(command, env=os.environ | {VARIABLE: native}, capture_output=True, text=True, check=True).stdout
        for native in ("1", "0")
    ]
    digests = [text.split()[-1] for text in told]
    assert len(digests[0]) == 64
    assert digests[0] == digests[1], told[0].splitlines()[0]
