"""Requests to one backend."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.web.access import Access, AccessError, split_credentials
from otel_multisig.web.retrying import Backoff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Answer", "Client", "TooLargeError", "WebError"]

MAX_ANSWER_BYTES: Final = 256 * 1024 * 1024
"""No answer is read beyond this."""

_CHUNK_BYTES: Final = 1 << 20
_RETRIED: Final = frozenset({429, 502, 503, 504})
_MAX_SHOWN: Final = 200
_SUCCESS: Final = range(200, 300)
_REFUSED: Final = frozenset({401, 403})


class WebError(Exception):
    """A request that came to nothing.

    Attributes:
        status: the status of the last answer, None where there was none.
        remedy: what to do about it.
    """

    def __init__(self, what: str, *, status: int | None = None, remedy: str = "check the URL and the server") -> None:
        super().__init__(what)
        self.status = status
        self.remedy = remedy


class TooLargeError(WebError):
    """An answer of more bytes than is read."""


class Answer(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is one of success."""
        return self.status in _SUCCESS

    def text(self) -> str:
        """Its beginning as one line, for messages."""
        line = " ".join(self.body[: 4 * _MAX_SHOWN].decode("utf-8", "replace").split())
        return line[:_MAX_SHOWN]


class Client:
    """Asks one server, again and again where it is busy or away.

    Args:
        url: its base URL; credentials in it are taken out of it.
        access: how it is reached.

    Raises:
        AccessError: the URL or the access cannot be used.
    """

    def __init__(self, url: str, access: Access) -> None:
        self.url, self._access = split_credentials(url, access)
        handler = urllib.request.HTTPSHandler(context=self._access.ssl_context())
        self._opener = urllib.request.build_opener(handler)
        self._headers = self._access.all_headers()

    def get(
        self, path: str, query: Sequence[tuple[str, str]] = (), *, accept: str = "application/json", attempts: int = 0
    ) -> Answer:
        """The answer to a GET, whatever its status but those that are tried again.

        Args:
            path: behind the base URL, with a slash.
            query: the parameters.
            accept: the wanted type.
            attempts: how often to try instead of as often as the access says.

        Raises:
            WebError: no answer, or only those that say: try again.
            TooLargeError: the answer has too many bytes.
        """
        text = f"?{urllib.parse.urlencode(query)}" if query else ""
        return self._send(self.url + path + text, None, {"Accept": accept}, attempts)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to a POST; errors as with `get`."""
        return self._send(self.url + path, body, headers, 0)

    def _send(self, url: str, body: bytes | None, headers: Mapping[str, str], attempts: int) -> Answer:
        backoff = Backoff(attempts or self._access.attempts)
        while True:
            try:
                answer, retry_after = self._send_once(url, body, headers)
                failure = WebError(f"answers {answer.status}: {answer.text()}", status=answer.status)
                if answer.status in _REFUSED:
                    failure.remedy = "it wants credentials: --bearer, --basic or --header"
                    raise failure
                if answer.status not in _RETRIED:
                    return answer
                failure.remedy = "it was asked several times: try later"
            except (OSError, http.client.HTTPException) as error:
                reason = error.reason if isinstance(error, urllib.error.URLError) else error
                untrusted = _untrusted(reason)
                if untrusted is not None:
                    raise untrusted from None
                failure, retry_after = WebError(f"cannot be reached: {_in_words(reason)}"), None
            if not backoff.wait(retry_after):
                raise failure from None

    def _send_once(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[Answer, str | None]:
        try:
            # The scheme was checked when the client was made.
            request = urllib.request.Request(url, data=body)  # noqa: S310
        except ValueError as error:
            raise AccessError(f"no URL: {error}") from None
        for name, value in headers.items():
            request.add_header(name, value)
        for name, value in self._headers.items():
            # "Unredirected": a redirect to another server must not carry the credentials there.
            request.add_unredirected_header(name, value)
        try:
            with self._opener.open(request, timeout=self._access.timeout) as response:
                return Answer(response.status, _read(response)), response.headers.get("Retry-After")
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _read(error)), error.headers.get("Retry-After")


def _read(stream: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
    data = bytearray()
    while chunk := stream.read(_CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise TooLargeError(
                f"answers with more than {MAX_ANSWER_BYTES >> 20} MiB", remedy="ask for less: a shorter time range"
            )
    return bytes(data)


def _untrusted(reason: object) -> WebError | None:
    """The failure, where it is that the server cannot prove who it is: trying again does not help."""
    if not isinstance(reason, ssl.SSLCertVerificationError):
        return None
    return WebError(
        f"cannot be reached: its certificate is not trusted ({reason.verify_message})",
        remedy="--ca names the file of its authority",
    )


def _in_words(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return "it takes too long to answer"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__
