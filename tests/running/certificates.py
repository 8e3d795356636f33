"""Certificates of tests, made anew."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext"


def make_certificate(folder: Path, name: str = "tls") -> Path:
    """The certificate of a server at 127.0.0.1, signed by itself, ``NAME.crt``; its key lies beside it, ``NAME.key``.

    Without openssl the test is skipped.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("making a certificate needs the program openssl")
    certificate = folder / f"{name}.crt"
    files = ["-keyout", certificate.with_suffix(".key"), "-out", certificate]
    subprocess.run([openssl, *WORDS.split(), "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True)
    return certificate
