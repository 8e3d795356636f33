from __future__ import annotations

import pytest

from otel_multisig.testing.required_servers import REQUIRED_SERVERS, find_server

ASKS_FOR_ALL = """
    import pytest

    @pytest.mark.parametrize("name", ["monero", "monero", "jaeger"])
    def test_asks(require_server, name):
        print("FOUND", require_server(name))
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    (pytester.path / "programs").mkdir()
    monkeypatch.setenv("PATH", str(pytester.path / "programs"))
    monkeypatch.delenv("OTEL_MULTISIG_REQUIRE", raising=False)

    def run_test(source: str = ASKS_FOR_ALL, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest("-p", "otel_multisig.testing.pytest_plugin", "-p", "no:asyncio", *arguments)

    return run_test


@pytest.fixture
def provide(pytester: pytest.Pytester, run):
    def provide_program(program: str) -> None:
        path = pytester.path / "programs" / program
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)

    return provide_program


def test_a_missing_server_skips_and_one_line_names_it_and_how_to_get_it(run):
    result = run()
    result.assert_outcomes(skipped=3)
    (line,) = [line for line in result.outlines if "NOT TESTED" in line]
    assert line == (
        "!!! NOT TESTED, server missing: jaeger (1 test; put the release binary of Jaeger 2 on PATH), "
        "monero (2 tests; apt install monero). OTEL_MULTISIG_REQUIRE=jaeger,monero makes this a failure."
    )


def test_a_server_on_path_is_found(run, provide, pytester):
    provide("monero-wallet-rpc")
    result = run(ASKS_FOR_ALL, "-s")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines([f"*FOUND {pytester.path}/programs/monero-wallet-rpc*"])


def test_a_required_server_that_is_missing_fails(run, monkeypatch):
    monkeypatch.setenv("OTEL_MULTISIG_REQUIRE", "monero, weaver")
    result = run()
    result.assert_outcomes(errors=0, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        ["*the server monero is missing (apt install monero)*OTEL_MULTISIG_REQUIRE requires it*"]
    )


def test_the_summary_is_silent_when_nothing_is_missing(run, provide):
    provide("monero-wallet-rpc")
    provide("jaeger")
    assert "NOT TESTED" not in run().stdout.str()


def test_other_skips_are_not_counted(run):
    result = run("import pytest\ndef test_skips(): pytest.skip('the server room is cold')\n")
    result.assert_outcomes(skipped=1)
    assert "NOT TESTED" not in result.stdout.str()


def test_an_unknown_required_server_is_refused_at_once(run, monkeypatch):
    monkeypatch.setenv("OTEL_MULTISIG_REQUIRE", "monera")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown servers: monera; known are: monero, jaeger*"])


def test_asking_for_an_unknown_server_is_a_mistake_of_the_test(run):
    run("def test_asks(require_server): require_server('monera')").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("name", "program"),
    [(name, program) for name, server in REQUIRED_SERVERS.items() for program in server.programs],
)
def test_each_server_goes_by_each_of_its_names(run, provide, pytester, name, program):
    assert find_server(name) is None
    provide(program)
    assert find_server(name) == pytester.path / "programs" / program
