"""What dashboards and alerts search for in Tempo."""

from __future__ import annotations

from typing import Final

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import spans
from otel_multisig.semconv.attributes import Outcome

ANY_SETUP: Final = f'{{ name = "{spans.SETUP}" }}'
"""All set-ups, also open ones."""

FAILED_SETUP: Final = f'{{ name = "{spans.SETUP}" && status = error }}'
"""Set-ups that failed, whether or not they say with what outcome."""

_SHOWN_OF_SETUP: Final = (
    f"span.{attr.MONERO_ESCROW_ID}, span.{attr.MONERO_FAULT_TYPE}, span.{attr.MONERO_ESCROW_OUTCOME}"
)
# Else a search ends with the first ones that it comes upon, whichever they are.
_NEWEST: Final = "with (most_recent=true)"

FAILED_SETUPS: Final = (
    f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_ESCROW_OUTCOME} != "{Outcome.SUCCESS.value}" }} '
    f"| select({_SHOWN_OF_SETUP}) {_NEWEST}"
)
"""Set-ups that failed or were interrupted."""

ALL_SETUPS: Final = (
    f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_ESCROW_OUTCOME} =~ ".+" }} | select({_SHOWN_OF_SETUP}) {_NEWEST}'
)
"""Set-ups that have ended."""

OPEN_SETUPS: Final = (
    f'{{ name = "{spans.SETUP}" && span.{attr.MONERO_SPAN_MARKERS} >= 0 }} '
    f"| max(span.{attr.MONERO_SPAN_MARKERS}) = 0 | select(span.{attr.MONERO_ESCROW_ID}) {_NEWEST}"
)
"""The markers of set-ups that have been open for long, and still are.

docs/queries.md asks the same as a metrics query, which a panel takes from Grafana 11 on only. This search, one row a
set-up, finds the same as long as Tempo has a marker and the span that came after it in one piece; later also those that
went on.
"""

ESCROW_TAGS: Final = f'{attr.MONERO_ESCROW_ID}="$escrow"'
"""The traces of one escrow, as tags: Grafana 9 puts variables into these, but not into TraceQL."""
