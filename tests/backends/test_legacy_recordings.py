"""Legacy recordings through real backends: what comes back has the very bytes of what was imported."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from otel_multisig.cli.program import cli
from otel_multisig.legacy import LegacyEvent, encode
from tests.backends.recordings import LARGE, write_recordings
from tests.running.programs import wait_until

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = int(os.environ.get("OTEL_MULTISIG_TEST_RECORDINGS", "200"))


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("recordings") / "legacy"
    return folder, write_recordings(folder, NUMBER)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False, standalone_mode=False)


def import_all(folder: Path, endpoint: str, query: str) -> dict[str, Any]:
    result = run("import-json", folder, "--to", endpoint, "--verify-url", query, "--keep-sensitive", "--json")
    assert result.return_value == 0, result.stderr
    return json.loads(result.stdout)


def check_all_there(out: Path, made: dict[str, bytes]) -> None:
    # A backend may hold other tests' set-ups too.
    found = {path.name: path.read_bytes() for path in out.iterdir()}
    assert made.keys() - found.keys() == set()
    assert [name for name in made if found[name] != made[name]] == []


def test_jaeger_in_memory(jaeger: Any, recordings: Any, tmp_path: Path) -> None:
    folder, made = recordings
    report = import_all(folder, jaeger.http, jaeger.query)
    assert report["read_back"] == NUMBER
    result = run("export-json", jaeger.query, "--out", tmp_path / "before")
    assert result.return_value == 0, result.stderr
    check_all_there(tmp_path / "before", made)
    # What anybody's open page does: Jaeger "mends" the traces, and in memory keeps them so.
    for item in report["converted"]:
        with urllib.request.urlopen(f"{jaeger.query}/api/v3/traces/{item['trace_id']}", timeout=30) as answer:
            answer.read()
    result = run("export-json", jaeger.query, "--out", tmp_path / "after")
    assert result.return_value == 0, result.stderr
    check_all_there(tmp_path / "after", made)


def test_jaeger_on_badger(badger: Any, recordings: Any, tmp_path: Path) -> None:
    folder, made = recordings
    assert import_all(folder, badger.grpc, badger.query)["read_back"] == NUMBER
    result = run("export-json", badger.query, "--out", tmp_path / "out")
    assert result.return_value == 0, result.stderr
    check_all_there(tmp_path / "out", made)


def test_tempo_from_the_live_store(tempo: Any, recordings: Any, tmp_path: Path) -> None:
    folder, made = recordings
    report = import_all(folder, tempo.http, tempo.query)
    assert report["read_back"] == NUMBER
    # By id: search lags behind, and finds old set-ups by the time of their import only.
    wanted = [text for item in report["converted"] for text in ("--trace-id", item["trace_id"])]
    result = run("export-json", tempo.query, *wanted, "--out", tmp_path / "out")
    assert result.return_value == 0, result.stderr
    check_all_there(tmp_path / "out", made)


def objects_in(blocks: Path) -> int:
    return sum(json.loads(path.read_bytes())["totalObjects"] for path in blocks.rglob("meta.json"))


def test_tempo_after_the_flush_to_blocks(start_tempo_on: Any, recordings: Any, tmp_path: Path) -> None:
    folder, made = recordings
    blocks = tmp_path / "blocks"
    with start_tempo_on(blocks) as tempo:
        report = import_all(folder, tempo.grpc, tempo.query)
        assert wait_until(lambda: objects_in(blocks) >= NUMBER, 90)
    # Another process with an empty live store: what it gives, it has from the blocks.
    with start_tempo_on(blocks) as tempo:
        wanted = [text for item in report["converted"] for text in ("--trace-id", item["trace_id"])]
        result = run("export-json", tempo.query, *wanted, "--out", tmp_path / "by-id")
        assert result.return_value == 0, result.stderr
        check_all_there(tmp_path / "by-id", made)


def export_when_found(query: str, out: Path, number: int, *wanted: str) -> None:
    said = ""

    def found() -> bool:
        nonlocal said
        result = run("export-json", query, *wanted, "--out", out, "--force")
        said = result.stderr
        assert result.return_value == 0, said
        return f"{number} set-ups converted" in said

    assert wait_until(found, 60), said


def test_tempo_by_search_in_blocks(start_tempo_on: Any, tmp_path: Path) -> None:
    made = write_recordings(tmp_path / "legacy", 12, odd=False)
    with start_tempo_on(tmp_path / "blocks") as tempo:
        import_all(tmp_path / "legacy", tempo.grpc, tempo.query)
        # Wider than Tempo searches at once.
        export_when_found(tempo.query, tmp_path / "out", 12, "--from", "2023-10-01", "--to", "2023-12-01")
    check_all_there(tmp_path / "out", made)


def test_tempo_by_search(searchable_tempo: Any, tmp_path: Path) -> None:
    # Only what is sent soon after it happened can be found by its time: Tempo's search believes no older times.
    made = write_recordings(tmp_path / "legacy", 2, int(time.time() - 60) * 1000)
    import_all(tmp_path / "legacy", searchable_tempo.http, searchable_tempo.query)
    export_when_found(searchable_tempo.query, tmp_path / "out", 2, "--since", "1h")
    check_all_there(tmp_path / "out", made)
    one = f"{1:08x}-0000-4000-8000-{1:012x}"
    run("export-json", searchable_tempo.query, "--since", "1h", "--escrow-id", one, "--out", tmp_path / "one")
    assert [path.name for path in (tmp_path / "one").iterdir()] == [name for name in made if one in name]


def test_jaeger_gives_what_was_asked_for(jaeger: Any, tmp_path: Path) -> None:
    made = write_recordings(tmp_path / "legacy", 1, 1_600_000_000_000)
    import_all(tmp_path / "legacy", jaeger.http, jaeger.query)
    times = ("--from", "2020-09-13T12:00", "--to", "2020-09-13T13:00")
    assert run("export-json", jaeger.query, *times, "--failed", "--out", tmp_path / "out").return_value == 0
    check_all_there(tmp_path / "out", made)
    result = run("export-json", jaeger.query, "--trace-id", "f" * 32, "--out", tmp_path / "none")
    assert result.return_value == 2
    assert f"{jaeger.query}: Jaeger has no trace {'f' * 32}; check the id" in result.stderr


def test_what_is_sensitive_stays_behind(jaeger: Any, tmp_path: Path) -> None:
    write_recordings(tmp_path / "legacy", 1, 1_500_000_000_000)
    result = run("import-json", tmp_path / "legacy", "--to", jaeger.http, "--verify-url", jaeger.query, "--json")
    assert result.return_value == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["reduced"]["addresses"] > 0
    assert report["reduced"]["details"] > 0
    trace_id = report["converted"][0]["trace_id"]
    with urllib.request.urlopen(f"{jaeger.query}/api/v3/traces/{trace_id}", timeout=30) as answer:
        text = answer.read().decode()
    assert "x" * 100 not in text
    assert '"monero.wallet.address.value"' not in text
    assert '"monero.wallet.address.hash"' in text


def test_through_a_collectors_files(collector: Any, tmp_path: Path) -> None:
    made = write_recordings(tmp_path / "legacy", 40)
    half = sorted(path for path in (tmp_path / "legacy").iterdir())
    for endpoint, files in ((collector.http, half[:20]), (collector.grpc, half[20:])):
        result = run("import-json", *files, "--to", endpoint, "--no-verify", "--keep-sensitive")
        assert result.return_value == 0, result.stderr
    for layout in ("lines", "packed"):
        out = tmp_path / layout

        def all_there(layout: str = layout, out: Path = out) -> bool:
            result = run("export-json", collector.folder / layout, "--out", out, "--force")
            return result.return_value == 0 and len(list(out.iterdir())) >= len(made)

        assert wait_until(all_there)  # it writes a little later
        assert {path.name: path.read_bytes() for path in out.iterdir()} == made


def write_beginnings(folder: Path, made: dict[str, bytes]) -> None:
    """Recordings as far as they had come at some time."""
    folder.mkdir()
    for place, (name, data) in enumerate(made.items()):
        events = json.loads(data)
        cut = events[: max(1, len(events) * (place + 1) // (len(made) + 1))]
        begun = name.removesuffix(".json").removesuffix("_FAILED") + "_PARTIAL.json"
        (folder / begun).write_bytes(encode([LegacyEvent(**event) for event in cut]))


@pytest.mark.parametrize("name", ["jaeger", "badger", "tempo"])
def test_a_beginning_and_later_the_whole(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = write_recordings(tmp_path / "whole", 9, 1_650_000_000_000)
    write_beginnings(tmp_path / "begun", made)
    backend = request.getfixturevalue(name)
    first = import_all(tmp_path / "begun", backend.http, backend.query)
    second = import_all(tmp_path / "whole", backend.http, backend.query)
    ids = [item["trace_id"] for item in second["converted"]]
    assert sorted(item["trace_id"] for item in first["converted"]) == sorted(ids)
    wanted = [text for trace_id in ids for text in ("--trace-id", trace_id)]
    result = run("export-json", backend.query, *wanted, "--out", tmp_path / "out")
    assert result.return_value == 0, result.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == made


def test_tempo_has_a_limit_that_earlier_imports_count_for(tempo: Any, tmp_path: Path) -> None:
    made = write_recordings(tmp_path / "all", LARGE + 1, 1_640_000_000_000)
    large = list(made)[-1]
    write_beginnings(tmp_path / "begun", {large: made[large]})
    import_all(tmp_path / "begun", tempo.http, tempo.query)
    again = ("--verify-url", tempo.query, "--verify-timeout", "1", "--keep-sensitive")
    result = run("import-json", tmp_path / "all" / large, "--to", tempo.http, *again)
    assert result.return_value == 2
    assert "of its 7 spans are missing" in result.stderr
    assert "counts each sending of it" in result.stderr
