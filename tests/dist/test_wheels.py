"""The wheels, installed where nothing else is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CAN_COMPILE = subprocess.run([sys.executable, ROOT / "native" / "can_compile.py"], check=False).returncode == 0
CORE = {"opentelemetry-api", "typing-extensions", "msgspec", "click", "rich", "markdown-it-py", "mdurl", "pygments"}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheels of all distributions, as `make dist` builds them."""
    source = tmp_path_factory.mktemp("source") / "tree"
    ignored = shutil.ignore_patterns(".git", ".venv", "dist", "demo-output", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, source, ignore=ignored)
    # A stamp later than every requirement tells make that the environment is there.
    (source / ".venv").symlink_to(Path(sys.prefix))
    run("make", "dist", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.dev", cwd=source)
    found = sorted((source / "dist").glob("*.whl"))
    expected = ["otel_multisig", "otel_multisig_exporter_legacy_json", *["otel_multisig_native"] * CAN_COMPILE]
    assert [wheel.name.split("-")[0] for wheel in found] == expected
    return found


def environment(folder: Path, requirements: Path, wheels: list[Path]) -> Path:
    venv.create(folder)
    # Our own pip serves it, and compiles nothing: what a test imports is compiled then.
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "--quiet", "--disable-pip-version-check"]
    pip += ["install", "--no-compile"]
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "build.txt", cwd=folder)
    run(*pip, "--require-hashes", "--no-build-isolation", "--use-pep517", "-r", requirements, cwd=folder)
    run(*pip, "--no-deps", "--no-index", *wheels, cwd=folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, wheels: list[Path]) -> Path:
    """Programs of an environment with everything."""
    return environment(tmp_path_factory.mktemp("whole"), ROOT / "requirements" / "run.txt", wheels[:2])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, wheels: list[Path]) -> Path:
    """Programs of an environment with the core and what it needs, no more."""
    folder = tmp_path_factory.mktemp("bare")
    pinned = (ROOT / "requirements" / "run.txt").read_text()
    blocks = re.split(r"\n(?=\S)", pinned)
    core = [block for block in blocks if re.split(r"[=\[ ]", block)[0] in CORE]
    assert len(core) == len(CORE)
    requirements = folder / "core.txt"
    requirements.write_text("\n".join(core))
    return environment(folder / "environment", requirements, [wheels[0]])


def test_the_demo_runs_from_the_wheels(whole: Path, tmp_path: Path) -> None:
    printed = run(whole / "otel-multisig", "demo", "--wallets", "simulated", cwd=tmp_path)
    assert "-28 This wallet is already multisig" in printed
    found = sorted(path.name for path in (tmp_path / "demo-output").iterdir())
    assert len([name for name in found if name.endswith("_FAILED.json")]) == 2
    assert len([name for name in found if name.endswith(".json")]) == 4
    assert "traces.otlp.jsonl" in found


def test_the_bare_core_converts_and_traces_nothing(bare: Path, whole: Path, tmp_path: Path) -> None:
    run(whole / "otel-multisig", "demo", "--wallets", "simulated", cwd=tmp_path)
    run(bare / "otel-multisig", "export-json", "demo-output/traces.otlp.jsonl", "--out", "converted", cwd=tmp_path)
    live = {path.name: path.read_bytes() for path in (tmp_path / "demo-output").glob("escrow_*.json")}
    converted = {path.name: path.read_bytes() for path in (tmp_path / "converted").iterdir()}
    assert converted == live
    script = (
        "from otel_multisig import trace_escrow\n"
        "with trace_escrow('x') as escrow, escrow.round(1), escrow.call('buyer', 'is_multisig') as call:\n"
        "    call.answer({})\n"
        "print(escrow.is_traced)"
    )
    assert run(bare / "python", "-c", script, cwd=tmp_path) == "False\n"


@pytest.mark.skipif(not CAN_COMPILE, reason="the native part is not compiled: it needs a C compiler")
def test_the_native_wheel_is_found_and_changes_nothing(
    bare: Path, whole: Path, wheels: list[Path], tmp_path: Path
) -> None:
    run(whole / "otel-multisig", "demo", "--wallets", "simulated", cwd=tmp_path)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps", "--no-index"]
    run(*pip, "--target", "native", wheels[2], cwd=tmp_path)
    script = (
        "import sys\n"
        "sys.path.append('native')\n"
        "from otel_multisig.cli import main\n"
        "import otel_multisig.legacy\n"
        "print(sorted(name for name in sys.modules if name.startswith('otel_multisig_native.')))\n"
        "main(['export-json', 'demo-output/traces.otlp.jsonl', '--out', 'converted'])"
    )
    printed = run(bare / "python", "-c", script, cwd=tmp_path)
    assert "otel_multisig_native.legacy_reading" in printed
    live = {path.name: path.read_bytes() for path in (tmp_path / "demo-output").glob("escrow_*.json")}
    assert {path.name: path.read_bytes() for path in (tmp_path / "converted").iterdir()} == live


def test_the_bare_core_says_what_it_lacks(bare: Path, tmp_path: Path) -> None:
    done = subprocess.run([bare / "otel-multisig", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "pip install 'otel-multisig[all]'" in done.stderr
    assert "Traceback" not in done.stderr
    script = "from otel_multisig import configure\nconfigure(enabled=True)"
    done = subprocess.run([bare / "python", "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'otel-multisig[otlp]'" in done.stderr.splitlines()[-1]


def test_types_and_registry_ship(whole: Path, tmp_path: Path) -> None:
    script = (
        "import json, pathlib, otel_multisig, otel_multisig_exporter_legacy_json as exporter\n"
        "core, ours = (pathlib.Path(p.__file__).parent for p in (otel_multisig, exporter))\n"
        "print(json.dumps([(core / 'py.typed').exists(), (ours / 'py.typed').exists(),"
        " (core / 'semconv/registry/manifest.yaml').exists()]))"
    )
    assert json.loads(run(whole / "python", "-c", script, cwd=tmp_path)) == [True, True, True]
