"""Set-ups and what the rules say of them, as one HTML page that needs nothing but a browser."""

from __future__ import annotations

from otel_multisig.report.html.page import render_page
from otel_multisig.report.html.reported import Reported, Unread

__all__ = ["Reported", "Unread", "render_page"]
