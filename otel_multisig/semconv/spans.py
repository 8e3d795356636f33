"""Names of the spans, and parts of them.

Generated from `otel_multisig/semconv/registry` by `tools/semconv.py`: change it there.
"""

from __future__ import annotations

from typing import Final

SETUP: Final = "multisig_setup"
"""One set-up of one escrow, from its first call to its last.

The root of a trace of its own, with a link to the span of the caller; as a child of the caller's span only on
request. Readers know it by its name, wherever it hangs.
"""

ROUND: Final = "multisig_round"
"""One round of a set-up, in which every wallet makes its calls.

Form of the name: `multisig_round {monero.multisig.round}`. Child of the set-up. It is exported when it ends, so
that the rounds of a set-up that never ends can be seen.
"""

CONTINUED_SUFFIX: Final = " (continued)"
"""More events of its parent, which is full.

Form of the name: `{name of its parent} (continued)`. The name is that of the span that it continues, with a suffix.
Opened when that span holds 100 events. Readers put its events back where they belong.
"""
