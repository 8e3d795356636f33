"""Grafana as tests run it: on the provisioning that it is given, without a log-in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.running.programs import Server, get, post

if TYPE_CHECKING:
    from pathlib import Path


class Grafana(Server):
    """Grafana.

    Attributes:
        url: Where it is.
    """

    def __init__(self, program: Path, folder: Path, provisioning: Path, port: int, **env: str) -> None:
        """Say what it shows.

        Args:
            program: Grafana.
            folder: As in `Server`.
            provisioning: Its folder of provisioning; it may yet be filled before the start.
            port: Where it listens.
            env: The addresses of the data sources, and what else it is to know.
        """
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "GF_SERVER_HTTP_ADDR": "127.0.0.1",
            "GF_SERVER_HTTP_PORT": str(port),
            "GF_PATHS_DATA": str(folder / "data"),
            "GF_PATHS_LOGS": str(folder / "logs"),
            "GF_PATHS_PROVISIONING": str(provisioning),
            "GF_AUTH_ANONYMOUS_ENABLED": "true",
            "GF_AUTH_ANONYMOUS_ORG_ROLE": "Admin",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_NEWS_NEWS_FEED_ENABLED": "false",
            "ALERTMANAGER_URL": "http://127.0.0.1:9",
        }
        super().__init__([program], settings | env, folder, f"{self.url}/api/health")

    def get(self, path: str) -> Any:
        """Ask it something."""
        return json.loads(get(self.url + path))

    def post(self, path: str, body: Any) -> Any:
        """Ask it something that takes a body."""
        return json.loads(post(self.url + path, json.dumps(body).encode(), "application/json"))
