"""HTTP as a client of backends needs it: credentials, an own CA, time limits, retries. The standard library alone."""

from __future__ import annotations

from otel_multisig.web.access import Access, AccessError, split_credentials
from otel_multisig.web.client import Answer, Client, TooLargeError, WebError
from otel_multisig.web.retrying import Backoff

__all__ = [
    "Access",
    "AccessError",
    "Answer",
    "Backoff",
    "Client",
    "TooLargeError",
    "WebError",
    "split_credentials",
]
