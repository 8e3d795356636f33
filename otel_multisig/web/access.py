"""How a backend is reached: who asks, whom he trusts, how long he waits."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Access", "AccessError", "split_credentials"]

DEFAULT_TIMEOUT: Final = 30.0
DEFAULT_ATTEMPTS: Final = 5


class AccessError(ValueError):
    """Something about the access that cannot be used; the text says what."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How a backend is reached.

    Attributes:
        headers: sent with every request, by name.
        bearer: a bearer token.
        basic: ``user:password``.
        ca_file: certificates to trust instead of the system's (PEM).
        timeout: seconds that one attempt may take until bytes come.
        attempts: how often a request is tried in all.
    """

    headers: tuple[tuple[str, str], ...] = ()
    bearer: str | None = None
    basic: str | None = None
    ca_file: Path | None = None
    timeout: float = DEFAULT_TIMEOUT
    attempts: int = DEFAULT_ATTEMPTS

    def all_headers(self) -> dict[str, str]:
        """What is sent with every request, credentials among it."""
        headers = dict(self.headers)
        if self.bearer is not None:
            headers["Authorization"] = f"Bearer {self.bearer}"
        elif self.basic is not None:
            headers["Authorization"] = f"Basic {base64.b64encode(self.basic.encode()).decode()}"
        return headers

    def ssl_context(self) -> ssl.SSLContext:
        """Whom to trust.

        Raises:
            AccessError: the file of certificates cannot be used.
        """
        try:
            return ssl.create_default_context(cafile=None if self.ca_file is None else str(self.ca_file))
        except (OSError, ssl.SSLError) as error:
            raise AccessError(f"{self.ca_file} holds no certificates ({error})") from None


def split_credentials(url: str, access: Access) -> tuple[str, Access]:
    """A URL without the credentials that it may bear, and the access with them: no message ever shows a password.

    Raises:
        AccessError: it is no URL of HTTP.
    """
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port >= 0
    except ValueError as error:
        raise AccessError(f"no URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not known:
        raise AccessError("a URL begins with http:// or https:// and names a host")
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    if parts.username is None or access.basic is not None or access.bearer is not None:
        return bare, access
    basic = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return bare, msgspec.structs.replace(access, basic=basic)
