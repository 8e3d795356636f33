"""What one set-up costs behind the application: Collector CPU and memory, bytes in Jaeger, in Tempo and in files.

``python -m benchmarks.collector [SETUPS]``: 1,000 unless told otherwise, made by the SDK on simulated wallets with all
snapshots, and sent through the files of ``collector-config/``. Needs otelcol-multisig, jaeger and tempo on PATH.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from otel_multisig.demo.scenario import new_escrows, run_alone
from otel_multisig.otlp import encode_protobuf, from_sdk_span
from otel_multisig.testing.recording import recorded_spans
from otel_multisig.testing.required_servers import find_server
from otel_multisig.testing.wallet_servers import WalletServers
from tests.running.configured import BACKENDS, Collector, Jaeger, Tempo
from tests.running.programs import Server, wait_until
from tests.running.spans import Sink, copy_of, send

SETUPS_A_REQUEST = 10
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


class Used(NamedTuple):
    """What a process has used: seconds of CPU, its largest resident memory without mapped files, in MB."""

    cpu: float
    memory: float


def record_one() -> list[Any]:
    with recorded_spans() as recorded, WalletServers(kind="simulated") as servers:
        run_alone(new_escrows()["alone"], servers.ports)
    return [from_sdk_span(span) for span in recorded.spans]


def another(setup: list[Any]) -> list[Any]:
    """A set-up as different from the others as real ones are: backends compress what is alike."""
    digests: dict[str, str] = {}
    spans = {record.span_id: f"{random.getrandbits(64):016x}" for record in setup}

    def text(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return DIGEST.sub(lambda match: digests.setdefault(match[0], f"{random.getrandbits(256):064x}"), value)

    def attributes(found: Any) -> dict[str, Any]:
        # Durations too: each is a number of its own.
        return {
            key: value * random.uniform(0.5, 2) if isinstance(value, float) else text(value) for key, value in found
        }

    def moved(time_ns: int) -> int:
        return time_ns + random.randrange(1_000_000)

    return [
        replace(
            record,
            span_id=spans[record.span_id],
            parent_span_id=spans.get(record.parent_span_id, ""),
            start_time_unix_nano=moved(record.start_time_unix_nano - 1_000_000),
            end_time_unix_nano=moved(record.end_time_unix_nano),
            attributes=attributes(record.attributes.items()),
            events=tuple(
                replace(
                    event,
                    time_unix_nano=moved(event.time_unix_nano),
                    attributes=attributes(event.attributes.items()),
                )
                for event in record.events
            ),
        )
        for record in setup
    ]


def used(server: Server) -> Used:
    assert server.process
    folder = Path(f"/proc/{server.process.pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Used((int(fields[11]) + int(fields[12])) / 100, int(status["RssAnon"].split()[0]) / 1000)


def size_of(*folders: Path) -> int:
    """Bytes on disk, not what is only reserved: Badger's files are sparse."""
    done = subprocess.run(["du", "--block-size=1", "--summarize", *folders], capture_output=True, text=True, check=True)
    return sum(int(line.split()[0]) for line in done.stdout.splitlines())


def report(name: str, value: str) -> None:
    print(f"{name:<62} {value}", flush=True)


def send_all(collector: Collector, one: list[Any], number: int) -> Used:
    """All of them through a Collector, until its queues are empty; what that took, and its memory at the largest."""
    before, memory = used(collector), 0.0
    for _ in range(number // SETUPS_A_REQUEST):
        records = [record for _ in range(SETUPS_A_REQUEST) for record in another(copy_of(one))]
        send(collector.http, records)
        memory = max(memory, used(collector).memory)
    assert wait_until(lambda: collector.metric("otelcol_exporter_queue_size") == 0, 300)
    return Used(used(collector).cpu - before.cpu, max(memory, used(collector).memory))


def measure_collector(folder: Path, one: list[Any], number: int, *files: str, **env: str) -> None:
    program = find_server("otelcol-multisig")
    assert program
    folder.mkdir()
    with Sink() as sink:
        sink.keeps = False
        to = dict.fromkeys(("GATEWAY_ENDPOINT", "TEMPO_ENDPOINT", "JAEGER_ENDPOINT"), sink.address)
        with Collector(program, files, to | {"GATEWAYS": f"[{sink.address}]"} | env, folder) as collector:
            done = send_all(collector, one, number)
    name = " + ".join(files)
    report(f"{name}: CPU for 1,000 set-ups", f"{done.cpu * 1000 / number:8.2f} s")
    report(f"{name}: memory of its own at most", f"{done.memory:8.0f} MB")


def tempo_file(folder: Path) -> Path:
    """tempo.yaml, but what has come goes to a block after half a minute, so that it can be weighed."""
    text = (BACKENDS / "tempo.yaml").read_text()
    pace = {"flush_check_period": "1s", "max_trace_live": "2s", "max_trace_idle": "1s", "max_block_duration": "30s"}
    lines = "".join(f"  {key}: {value}\n" for key, value in pace.items())
    path = folder / "tempo.yaml"
    path.write_text(text.replace("live_store:\n", "live_store:\n" + lines))
    return path


def traces_in(blocks: Path) -> int:
    return sum(json.loads(path.read_bytes())["totalObjects"] for path in blocks.rglob("meta.json"))


def measure_backends(folder: Path, one: list[Any], number: int) -> None:
    """Jaeger on Badger, Tempo in blocks, and the Collector's file: bytes on disk after a clean end."""
    jaeger_program, tempo_program, collector_program = map(find_server, ("jaeger", "tempo", "otelcol-multisig"))
    assert jaeger_program
    assert tempo_program
    assert collector_program
    for name in ("jaeger", "tempo", "collector"):
        (folder / name).mkdir()
    jaeger = Jaeger(jaeger_program, folder / "jaeger")
    tempo = Tempo(tempo_program, folder / "tempo", tempo_file(folder))
    to = {"JAEGER_ENDPOINT": jaeger.otlp, "TEMPO_ENDPOINT": tempo.otlp}
    # One file, and not the newest few.
    to["COLLECTOR_FILE_MEGABYTES"] = "100000"
    collector = Collector(collector_program, ["all-in-one.yaml"], to, folder / "collector")
    try:
        jaeger.start()
        tempo.start()
        collector.start()
        before = used(jaeger), used(tempo)
        started = time.perf_counter()
        send_all(collector, one, number)
        took = time.perf_counter() - started
        for name, server, old in (("Jaeger", jaeger, before[0]), ("Tempo", tempo, before[1])):
            now = used(server)
            report(f"{name}: CPU for 1,000 set-ups", f"{(now.cpu - old.cpu) * 1000 / number:8.2f} s")
            report(f"{name}: memory of its own", f"{now.memory:8.0f} MB")
        report("all of it, on the cores of this machine: set-ups a second", f"{number / took:8.0f}")
        blocks = folder / "tempo" / "tempo-data" / "blocks"
        assert wait_until(lambda: traces_in(blocks) == number, 300)
        report("Tempo: bytes a set-up in blocks", f"{size_of(blocks) / number:8.0f}")
    finally:
        for server in (collector, jaeger):
            server.end()
        tempo.kill()
    report("Jaeger on Badger: bytes a set-up", f"{size_of(folder / 'jaeger' / 'jaeger-data') / number:8.0f}")
    report("file, JSON Lines: bytes a set-up", f"{size_of(folder / 'collector' / 'traces') / number:8.0f}")


def main(number: int) -> int:
    missing = [name for name in ("otelcol-multisig", "jaeger", "tempo") if find_server(name) is None]
    if missing:
        print(f"not measured: {', '.join(missing)} missing", file=sys.stderr)
        return 2
    one = record_one()
    events = sum(len(record.events) for record in one)
    report("one set-up", f"{len(one)} spans, {events} events, {len(encode_protobuf(one)):,} bytes of OTLP")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure_collector(folder / "agent", one, number, "agent.yaml")
        measure_collector(folder / "balancer", one, number, "load-balancer.yaml")
        to_one = {"COLLECTOR_TRACES_TO": "[otlp_grpc/tempo]"}
        measure_collector(folder / "gateway", one, number, "gateway.yaml", **to_one)
        sampling = to_one | {"SAMPLING_WAIT": "1h"}
        measure_collector(folder / "sampling", one, number, "gateway.yaml", "tail-sampling.yaml", **sampling)
        (folder / "all").mkdir()
        measure_backends(folder / "all", one, number)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
