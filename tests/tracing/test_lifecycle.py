"""How what is open ends when the process does: at a clean exit, on SIGTERM, in a forked child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.model import SpanKind, assemble
from otel_multisig.otlp import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from otel_multisig.model import EscrowTrace

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and forks as POSIX has them")

# Spans are exported in batches, as in production: what is not flushed at the end is lost.
BEGIN = """
import asyncio, os, signal, sys, threading
from pathlib import Path
from otel_multisig import configure, trace_escrow
from otel_multisig.sinks.otlp_file import OtlpJsonLinesExporter

exporter = OtlpJsonLinesExporter(Path("spans.jsonl"))
assert configure(enabled=True, exporters=[exporter], metric_readers=[])

def open_all(escrow_id="e-1"):
    escrow = trace_escrow(escrow_id).__enter__()
    with escrow.round(1), escrow.call("buyer", "prepare_multisig"):
        pass
    round_ = escrow.round(2).__enter__()
    call = escrow.call("buyer", "exchange_multisig_keys").__enter__()
    for _ in range(101):
        escrow.custom("tick")
    return escrow, round_, call

def ready():
    print("ready", flush=True)

def wait():
    threading.Event().wait(60)
"""


def read(folder: Path) -> tuple[EscrowTrace, ...]:
    return assemble(decode((folder / "spans.jsonl").read_bytes())).traces


def assert_interrupted(trace: EscrowTrace) -> None:
    assert trace.outcome == "interrupted"
    assert trace.gaps == ()
    interrupted = [span for span in trace.spans if span.interrupted]
    assert [(span.kind, span.name) for span in interrupted] == [
        (SpanKind.SETUP, "multisig_setup"),
        (SpanKind.ROUND, "multisig_round 2"),
        (SpanKind.CALL, "exchange_multisig_keys"),
        (SpanKind.CONTINUATION, "multisig_round 2 (continued)"),
    ]
    assert len(trace.spans) == 6
    assert all(span.ended for span in trace.spans)
    assert sum(len(span.events) for span in trace.spans) == 101
    # The innermost ends first.
    ends = [span.end.sequence for span in interrupted if span.end]
    assert ends == sorted(ends, key=lambda end: -(end or 0))


@pytest.fixture
def terminate(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program and send it a signal as soon as it says that it is ready."""

    def run(code: str, with_signal: int = signal.SIGTERM, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        with subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment | variables,
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
                process.send_signal(with_signal)
                output, errors = process.communicate(timeout=60)
            finally:
                process.kill()
        return subprocess.CompletedProcess(code, process.returncode, output, errors)

    return run


@pytest.mark.parametrize(
    "ending",
    [
        "open_all()\nready()\nwait()",
        "open_all()\nready()\nsignal.pause()",
        "async def main():\n    open_all()\n    ready()\n    await asyncio.Event().wait()\nasyncio.run(main())",
        # Begun in another thread than the main one, the only one in which Python takes handlers.
        "thread = threading.Thread(target=open_all)\nthread.start()\nthread.join()\nready()\nwait()",
    ],
    ids=["waiting", "pausing", "asyncio", "begun in a thread"],
)
def test_sigterm_ends_and_exports_what_is_open_and_kills_as_ever(terminate: Any, tmp_path: Path, ending: str) -> None:
    done = terminate(BEGIN + ending)
    assert done.returncode == -signal.SIGTERM
    assert done.stderr == ""
    (trace,) = read(tmp_path)
    assert_interrupted(trace)


def test_sigterm_while_the_interrupted_code_holds_a_lock_that_ending_needs(run_python: Any, tmp_path: Path) -> None:
    done = run_python(BEGIN + "open_all()\nwith exporter._lock:\n    os.kill(os.getpid(), signal.SIGTERM)\nwait()")
    assert done.returncode == -signal.SIGTERM
    (trace,) = read(tmp_path)
    assert_interrupted(trace)


def test_sigterm_inside_the_recording_of_an_event(run_python: Any, tmp_path: Path) -> None:
    code = """
from otel_multisig import add_recorder
class Killer:
    def started(self, node): pass
    def ended(self, node): pass
    def happened(self, node, event):
        if event.sequence > 50 and not hasattr(self, "done"):
            self.done = True
            os.kill(os.getpid(), signal.SIGTERM)
add_recorder(Killer())
open_all()
wait()
"""
    done = run_python(BEGIN + code)
    assert done.returncode == -signal.SIGTERM
    (trace,) = read(tmp_path)
    assert trace.outcome == "interrupted"


def test_a_collector_that_does_not_answer_does_not_hold_up_the_end(terminate: Any) -> None:
    code = """
from otel_multisig.tracing import _lifecycle
_lifecycle._FLUSH_SECONDS = 0.2
class Hanging(OtlpJsonLinesExporter):
    def export(self, spans):
        wait()
from opentelemetry import trace
from opentelemetry.sdk.trace.export import BatchSpanProcessor
trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(Hanging(Path("nothing"))))
open_all()
ready()
wait()
"""
    done = terminate(BEGIN + code)
    assert done.returncode == -signal.SIGTERM


def test_a_handler_of_the_application_s_own_is_left_alone(terminate: Any, tmp_path: Path) -> None:
    code = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
    begin = BEGIN.replace("exporter =", code + "exporter =")
    for program in (begin + "open_all()\nready()\nwait()", BEGIN + "open_all()\n" + code + "ready()\nwait()"):
        done = terminate(program)
        assert done.returncode == 3
        (trace,) = read(tmp_path)
        assert_interrupted(trace)
        (tmp_path / "spans.jsonl").unlink()


def test_sigint_is_the_application_s(terminate: Any, tmp_path: Path) -> None:
    done = terminate(BEGIN + "with trace_escrow('e-1'):\n    ready()\n    wait()", with_signal=signal.SIGINT)
    assert done.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in done.stderr
    assert read(tmp_path)[0].outcome == "interrupted"


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("open_all()", 0),
        ("open_all()\nsys.exit(5)", 5),
        ("threading.Thread(target=lambda: (open_all(), done.set(), wait()), daemon=True).start()\ndone.wait(60)", 0),
    ],
    ids=["end of the program", "exit", "daemon thread"],
)
def test_a_clean_exit_ends_and_exports_what_is_open(run_python: Any, tmp_path: Path, ending: str, code: int) -> None:
    done = run_python(BEGIN + "done = threading.Event()\n" + ending)
    assert (done.returncode, done.stderr) == (code, "")
    (trace,) = read(tmp_path)
    assert_interrupted(trace)


def test_several_set_ups_end_each_for_itself(run_python: Any, tmp_path: Path) -> None:
    done = run_python(BEGIN + "open_all('a')\nopen_all('b')\nwith trace_escrow('c'): pass")
    assert (done.returncode, done.stderr) == (0, "")
    assert {trace.escrow_id: trace.outcome for trace in read(tmp_path)} == {
        "a": "interrupted",
        "b": "interrupted",
        "c": "success",
    }


def test_what_is_used_after_the_end_does_no_harm(run_python: Any, tmp_path: Path) -> None:
    code = """
import atexit
def late():
    escrow.custom("late")
    call.__exit__(None, None, None)
    round_.__exit__(None, None, None)
    escrow.__exit__(ValueError, ValueError("x"), None)
atexit.register(lambda: late())
escrow, round_, call = open_all()
"""
    # Registered before ours, so it runs after ours has ended everything.
    done = run_python(
        BEGIN.replace("assert configure", code.partition("escrow, ")[0] + "assert configure")
        + "escrow, round_, call = open_all()"
    )
    assert done.returncode == 0
    (trace,) = read(tmp_path)
    assert trace.outcome == "interrupted"


FORK = """
escrow, round_, call = open_all()
child = os.fork()
if child == 0:
    exporter.path = Path("child.jsonl")
    {child}
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
call.__exit__(None, None, None)
round_.__exit__(None, None, None)
escrow.__exit__(None, None, None)
sys.exit(status)
"""


@pytest.mark.parametrize(
    "child",
    [
        "sys.exit(7)",
        (
            "call.__exit__(None, None, None); round_.__exit__(None, None, None); escrow.__exit__(None, None, None); "
            "sys.exit(7)"
        ),
        (
            "escrow.custom('of the child'); escrow.round(3).__enter__(); escrow.call('buyer', 'x').__enter__(); "
            "round_.custom('of the child'); sys.exit(7)"
        ),
    ],
    ids=["exits", "leaves the blocks", "goes on"],
)
def test_a_forked_child_exports_nothing_of_its_parent_s(run_python: Any, tmp_path: Path, child: str) -> None:
    done = run_python(BEGIN + FORK.format(child=child), PYTHONWARNINGS="ignore")
    assert done.returncode == 7, done.stderr
    assert not (tmp_path / "child.jsonl").exists()
    (trace,) = read(tmp_path)
    assert trace.outcome == "success"
    assert trace.gaps == ()
    assert len(trace.spans) == 6


def test_a_forked_child_s_own_set_ups_are_traced(run_python: Any, tmp_path: Path) -> None:
    child = "trace_escrow('of the child').__enter__(); sys.exit(7)"
    done = run_python(BEGIN + FORK.format(child=child), PYTHONWARNINGS="ignore")
    assert (done.returncode, done.stderr) == (7, "")
    (trace,) = assemble(decode((tmp_path / "child.jsonl").read_bytes())).traces
    assert (trace.escrow_id, trace.outcome) == ("of the child", "interrupted")
    assert [span.name for span in trace.spans] == ["multisig_setup"]


def test_a_fork_while_another_thread_records_does_not_hang_the_child(run_python: Any, tmp_path: Path) -> None:
    code = FORK.replace("child = os.fork()", "round_._lock.acquire()\nchild = os.fork()").replace(
        "status =", "round_._lock.release()\nstatus ="
    )
    child = "round_.__exit__(None, None, None); escrow.__exit__(None, None, None); sys.exit(7)"
    done = run_python(BEGIN + code.format(child=child), PYTHONWARNINGS="ignore")
    assert done.returncode == 7, done.stderr
