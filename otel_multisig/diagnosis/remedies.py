"""What to do about each fault: in words, in order, and in lines that can be typed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from otel_multisig.diagnosis._remedy_texts import SHARED, TEXTS
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, metrics
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REMEDIES", "Remedy"]

_PORT: Final = "PORT"
_SOURCE: Final = "SOURCE"


class Remedy(msgspec.Struct, frozen=True):
    """What a fault means, and what to do about it.

    Attributes:
        title: the fault in a few words, to stand above a finding.
        meaning: what happened, in one or two sentences that hold for every set-up.
        words: what to do, in this order; the last ones say what only hides the fault, where that was once advised.
        commands: lines to type in a shell, with ``PORT`` for the port of the wallet's server, ``SOURCE`` for the
            recordings, ``GOOD`` for one of a set-up that came through and ``NAME`` for a wallet's file.
        page: the page that says more, as a path below the project's root.
    """

    title: str
    meaning: str
    words: tuple[str, ...]
    commands: tuple[str, ...]
    page: str

    def commands_for(self, *, port: int | None = None, source: str | None = None) -> tuple[str, ...]:
        """The commands with what is known filled in.

        Args:
            port: the port of the wallet's server.
            source: the recordings, quoted for a shell where that is needed.
        """
        filled = self.commands
        for placeholder, value in ((_PORT, port), (_SOURCE, source)):
            if value is not None:
                filled = tuple(command.replace(placeholder, str(value)) for command in filled)
        return filled


def _ask(method: str, params: str = "") -> str:
    """A line that asks the server on ``PORT``."""
    body = f'{{"jsonrpc":"2.0","id":"0","method":"{method}"{params}}}'
    return f"curl -s http://127.0.0.1:{_PORT}/json_rpc -H 'Content-Type: application/json' -d '{body}'"


_ADDRESS: Final = _ask("get_address")
_IS_MULTISIG: Final = _ask("is_multisig")
_VERSION: Final = _ask("get_version")
_SAVE_AND_CLOSE: Final = _ask("close_wallet", ',"params":{"autosave_current":true}')
_OWN_SERVER: Final = (
    f"monero-wallet-rpc --stagenet --offline --rpc-bind-port {_PORT} --wallet-dir wallets-{_PORT} "
    "--disable-rpc-login --rpc-ssl disabled"
)
_ENABLE: Final = "monero-wallet-cli --offline --wallet-file NAME set enable-multisig-experimental 1"
_ANALYZE: Final = f"otel-multisig analyze {_SOURCE}"
_TIMELINE: Final = f"{_ANALYZE} --timeline"
_SNAPSHOTS: Final = f"{_ANALYZE} --snapshots-only"
_ERRORS: Final = f"{_ANALYZE} --errors-only"
_CALLS: Final = f"{_ANALYZE} --rpc-only"
_SECONDS: Final = f"{_ANALYZE} --time"
_COMPARE: Final = f"otel-multisig compare GOOD {_SOURCE}"

_COMMANDS: Final[Mapping[FaultType, tuple[str, ...]]] = {
    FaultType.CACHE_POLLUTION: (_SNAPSHOTS, _IS_MULTISIG, _ADDRESS, _SAVE_AND_CLOSE),
    FaultType.WALLET_SWAPPED: (_TIMELINE, _SNAPSHOTS, _ADDRESS, _OWN_SERVER),
    FaultType.STALE_WALLET_AFTER_FAILED_OPEN: (_TIMELINE, _ERRORS, _ADDRESS),
    FaultType.EXPERIMENTAL_FLAG_LOST: (_TIMELINE, _ADDRESS, _ENABLE),
    FaultType.ALREADY_FINALIZED: (_CALLS, _IS_MULTISIG, _ADDRESS),
    FaultType.NOT_FINALIZED: (_SNAPSHOTS, _IS_MULTISIG, _ADDRESS),
    FaultType.MIXED_SESSION_INPUTS: (_TIMELINE, _COMPARE, _ADDRESS),
    FaultType.WRONG_ROUND: (_TIMELINE, _ERRORS, _COMPARE),
    FaultType.STATE_DIVERGENCE: (_SNAPSHOTS, _COMPARE, _ADDRESS),
    FaultType.SERVER_UNREACHABLE: (_VERSION, f"ss -ltnp 'sport = :{_PORT}'", _OWN_SERVER),
    FaultType.TIMEOUT: (_CALLS, _SECONDS, _VERSION),
    FaultType.LOST_ANSWER_RETRY: (_CALLS, _TIMELINE, _IS_MULTISIG),
    FaultType.UNSAVED_CLOSE: (_TIMELINE, _ask("store"), _SAVE_AND_CLOSE, "mv NAME NAME.old-cache"),
    FaultType.POOL_EXHAUSTED: (_SECONDS, _TIMELINE, _OWN_SERVER),
    FaultType.LOCK_CONTENTION: (_SECONDS, _TIMELINE),
    FaultType.RACE: (_COMPARE, _TIMELINE, _OWN_SERVER),
    FaultType.STALLED: (_TIMELINE, _VERSION, f"ss -tnp 'dport = :{_PORT}'"),
    FaultType.UNKNOWN: (_ERRORS, _COMPARE, _VERSION),
}


# What the texts refer to by a name in braces.
_NAMED: Final = {
    "output hash": attr.MONERO_MULTISIG_INFO_HASH,
    "input hash": attr.MONERO_MULTISIG_INFO_INPUT_HASH,
    "active": metrics.MONERO_ESCROW_ACTIVE,
    "stalled time": metrics.MONERO_ESCROW_STALLED_TIME,
    "lock released": events.LOCK_RELEASED,
    **SHARED,
}


def _remedy(fault: FaultType, text: str) -> Remedy:
    """Read the text of a remedy: title, meaning and steps, with an empty line between two."""
    for name, named in _NAMED.items():
        text = text.replace(f"{{{name}}}", named)
    title, meaning, steps = text.strip().split("\n\n")
    words = tuple(" ".join(step.split()) for step in steps.removeprefix("- ").split("\n- "))
    return Remedy(title, " ".join(meaning.split()), words, _COMMANDS[fault], f"docs/faults/{fault.value}.md")


REMEDIES: Final[Mapping[FaultType, Remedy]] = MappingProxyType(
    {fault: _remedy(fault, text) for fault, text in TEXTS.items()}
)
"""What to do about each type of fault."""
