from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from otel_multisig.testing.required_servers import names_that_must_be_there

ARCHIVE_VARIABLE = "OTEL_MULTISIG_UPSTREAM_SEMCONV"


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def upstream_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OpenTelemetry's own model, unpacked from the archive that the environment names."""
    archive = os.environ.get(ARCHIVE_VARIABLE, "")
    if not archive:
        reason = (
            f"{ARCHIVE_VARIABLE} is not set: the path of a .tar.gz of the folder `model` "
            "of github.com/open-telemetry/semantic-conventions at v1.44.0"
        )
        if "weaver" in names_that_must_be_there():
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("upstream")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "model"
