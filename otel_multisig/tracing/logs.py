"""The ids of the current set-up in the application's own log lines."""

from __future__ import annotations

import logging

from opentelemetry import trace

from otel_multisig.tracing._ambient import current_setup

__all__ = ["EscrowLogFilter"]


class EscrowLogFilter(logging.Filter):
    """Gives every log record `escrow_id`, `setup_id`, `trace_id` and `span_id`; each is empty outside a set-up.

    Add it to a handler and name the fields in the format: `%(trace_id)s %(escrow_id)s %(message)s`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the ids; every record passes."""
        setup = current_setup()
        context = trace.get_current_span().get_span_context()
        known = context.is_valid
        record.escrow_id = setup.escrow_id if setup is not None else ""
        record.setup_id = setup.setup_id if setup is not None else ""
        record.trace_id = trace.format_trace_id(context.trace_id) if known else ""
        record.span_id = trace.format_span_id(context.span_id) if known else ""
        return True
