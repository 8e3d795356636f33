"""The servers that tests may ask for, what their programs are called and how to get them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRE_VARIABLE: Final = "OTEL_MULTISIG_REQUIRE"
"""Environment variable: names of servers, separated by commas, whose absence is a failure instead of a skip."""


class RequiredServer(NamedTuple):
    """A server that tests may ask for.

    Attributes:
        programs: The names its program goes by, the first found on PATH is taken.
        how_to_get: What a person does to have it, in a few words.
    """

    programs: tuple[str, ...]
    how_to_get: str


REQUIRED_SERVERS: Final[Mapping[str, RequiredServer]] = {
    "monero": RequiredServer(("monero-wallet-rpc",), "apt install monero"),
    "jaeger": RequiredServer(("jaeger",), "put the release binary of Jaeger 2 on PATH"),
    "tempo": RequiredServer(("tempo",), "put the release binary of Grafana Tempo 3 on PATH"),
    "otelcol-multisig": RequiredServer(("otelcol-multisig",), "build it with the OpenTelemetry Collector builder"),
    "grafana-server": RequiredServer(("grafana-server",), "put Grafana's bin folder on PATH"),
    "weaver": RequiredServer(("weaver",), "put the release binary of OpenTelemetry weaver on PATH"),
    "prometheus": RequiredServer(("prometheus",), "apt install prometheus"),
    "alertmanager": RequiredServer(("prometheus-alertmanager", "alertmanager"), "apt install prometheus-alertmanager"),
    "chromium": RequiredServer(("chromium", "chromium-browser", "google-chrome"), "apt install chromium"),
}


def find_server(name: str) -> Path | None:
    """The program of a server, or None where it is not on PATH.

    Raises:
        KeyError: No server has this name.
    """
    found = (shutil.which(program) for program in REQUIRED_SERVERS[name].programs)
    return next((Path(path) for path in found if path), None)


def names_that_must_be_there() -> frozenset[str]:
    """The servers named in the environment variable OTEL_MULTISIG_REQUIRE.

    Raises:
        ValueError: It names one that is not known.
    """
    names = frozenset(name.strip() for name in os.environ.get(REQUIRE_VARIABLE, "").split(",") if name.strip())
    if unknown := sorted(names - REQUIRED_SERVERS.keys()):
        known = ", ".join(REQUIRED_SERVERS)
        raise ValueError(f"{REQUIRE_VARIABLE} names unknown servers: {', '.join(unknown)}; known are: {known}")
    return names
