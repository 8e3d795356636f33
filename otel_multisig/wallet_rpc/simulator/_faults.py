"""Faults that a simulated server can be given, and how long its methods take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class FaultKind(StrEnum):
    """What goes wrong with a call.

    ``HANG`` the server does not answer, and no other call either, until the time of the fault is over (then it does) or
    the server is stopped. ``GARBAGE`` the answer is no JSON. ``HTTP_500`` the answer is that status, with no body.
    ``DROP`` the connection is closed and nothing was done. ``LOST_ANSWER`` it was done, then the connection is closed.
    ``RPC_ERROR`` an error of the protocol, nothing was done.
    """

    HANG = "hang"
    GARBAGE = "garbage"
    HTTP_500 = "http_500"
    DROP = "drop"
    LOST_ANSWER = "lost_answer"
    RPC_ERROR = "rpc_error"


@dataclass(frozen=True)
class Fault:
    """A fault of certain calls.

    Attributes:
        kind: What goes wrong.
        method: Of which method, by its canonical name.
        call: From which of its calls on, counted from 1 since the server started.
        times: For how many calls.
        seconds: How long it hangs; None: until the server is stopped.
        code: The code of the error.
        message: The text of the error.
    """

    kind: FaultKind
    method: str
    call: int = 1
    times: int = 1
    seconds: float | None = None
    code: int = -1
    message: str = "injected fault"

    def strikes(self, method: str, call: int) -> bool:
        """Whether the n-th call of a method is one that goes wrong."""
        return method == self.method and self.call <= call < self.call + self.times


MEASURED_DELAYS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "create_wallet": 2.0,
        "open_wallet": 1.3,
        "make_multisig": 0.5,
        "exchange_multisig_keys": 0.4,
    }
)
"""Seconds that calls take on a real server (0.18.0.0, an ordinary computer), where it is noticeable at all."""
