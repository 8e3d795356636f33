"""Whether this Python can compile extension modules here: exit code 0 if there is a compiler, and Python's headers."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
headers = Path(sysconfig.get_path("include")) / "Python.h"
sys.exit(0 if shutil.which(compiler) and headers.is_file() else 1)
