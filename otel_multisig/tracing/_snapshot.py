"""Asking wallets for their state: bounded in time, never raising, never traced as calls of the escrow."""

from __future__ import annotations

import asyncio
import stat
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import attach, detach, get_current

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.tracing import _ambient, _errors
from otel_multisig.tracing._capture import record_result
from otel_multisig.tracing._wallets import endpoint, resolved

if TYPE_CHECKING:
    from otel_multisig.tracing._node import Attributes
    from otel_multisig.tracing._wallets import TracedWallet

__all__ = ["SnapshotReport", "capture_all", "capture_all_async"]

# What is asked, and the fields without which an answer is none.
_QUESTIONS: Final[tuple[tuple[str, tuple[str, ...], type], ...]] = (
    ("is_multisig", ("multisig",), bool),
    ("get_address", ("address",), str),
    ("get_balance", ("balance", "unlocked_balance"), int),
)


class SnapshotReport:
    """What became of asking one wallet.

    Attributes:
        role: Whose wallet it is.
        complete: Whether it answered all that was asked.
        attributes: The state where `complete`, else which call failed and how.
    """

    __slots__ = ("_question", "_started", "attributes", "complete", "done", "role", "wallet")

    def __init__(self, role: str, wallet: TracedWallet) -> None:
        self.role = role
        self.wallet = wallet
        self.complete = False
        self.attributes: Attributes = {}
        self.done = threading.Event()
        self._question = _QUESTIONS[0][0]
        self._started = time.perf_counter()

    def capture(self, timeout: float) -> None:
        """Ask the wallet all questions, in the calling thread."""
        try:
            found: Attributes = {}
            ask = self.wallet.reader(timeout)
            for question in _QUESTIONS:
                self._question = question[0]
                _take(question, ask(question[0], {}), found)
            self._succeed(found)
        except Exception as error:  # whatever a client raises is a failed capture, no more
            self.fail(error)
        finally:
            self.done.set()

    async def capture_async(self, timeout: float) -> None:
        """Ask the wallet all questions, awaiting each."""
        try:
            found: Attributes = {}
            ask = self.wallet.reader(timeout)
            for question in _QUESTIONS:
                self._question = question[0]
                _take(question, await resolved(ask(question[0], {})), found)
            self._succeed(found)
        except Exception as error:  # as above
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Note that the wallet did not answer, and at which call."""
        name = _errors.class_name(error)
        self.attributes = self._place() | {upstream.RPC_METHOD: self._question, upstream.ERROR_TYPE: name}
        self.attributes.update(_errors.message_attributes(_errors.safe_message(error)))
        self.complete = False

    def _succeed(self, found: Attributes) -> None:
        if not found.get(attr.MONERO_WALLET_IS_MULTISIG):
            # A plain wallet answers 0 of 0, which is no set-up's threshold.
            found.pop(attr.MONERO_MULTISIG_THRESHOLD, None)
            found.pop(attr.MONERO_MULTISIG_PARTICIPANTS, None)
        if self.wallet.file is not None:
            found |= _file_facts(self.wallet.file)
        found[attr.MONERO_SNAPSHOT_DURATION] = time.perf_counter() - self._started
        self.attributes = self._place() | found
        self.complete = True

    def _place(self) -> Attributes:
        _, port = endpoint(self.wallet.backend)
        place: Attributes = {} if port is None else {upstream.SERVER_PORT: port}
        if self.wallet.id is not None:
            place[attr.MONERO_WALLET_ID] = str(self.wallet.id)
        return place

    def timed_out(self, timeout: float) -> SnapshotReport:
        """Return a report of the time-out; this one may still be written to by a thread that hangs."""
        late = SnapshotReport(self.role, self.wallet)
        late._question = self._question
        late.fail(TimeoutError(f"no answer within {timeout:g} s"))
        return late


def capture_all(wallets: Mapping[str, TracedWallet], timeout: float) -> list[SnapshotReport]:
    """Ask all wallets at the same time; return their reports in the order given.

    A wallet that does not answer within `timeout` seconds is left behind in its own thread: a hung server never holds
    up the caller for longer.
    """
    reports = [SnapshotReport(role, wallet) for role, wallet in wallets.items()]
    for report in reports:
        threading.Thread(
            target=_capture_untraced, args=(report, timeout), name="otel-multisig-snapshot", daemon=True
        ).start()
    deadline = time.monotonic() + timeout
    return [
        report if report.done.wait(max(0.0, deadline - time.monotonic())) else report.timed_out(timeout)
        for report in reports
    ]


async def capture_all_async(wallets: Mapping[str, TracedWallet], timeout: float) -> list[SnapshotReport]:
    """Ask all wallets at the same time without blocking the event loop; return their reports in the order given."""
    blocking = {role: wallet for role, wallet in wallets.items() if not wallet.is_async}
    awaited = [SnapshotReport(role, wallet) for role, wallet in wallets.items() if wallet.is_async]
    token = attach(_ambient.without_tracing(get_current()))
    try:
        in_threads = asyncio.create_task(asyncio.to_thread(capture_all, blocking, timeout))
        found = await asyncio.gather(*(_within(report, timeout) for report in awaited))
        found += await in_threads
    finally:
        detach(token)
    by_role = {report.role: report for report in found}
    return [by_role[role] for role in wallets]


async def _within(report: SnapshotReport, timeout: float) -> SnapshotReport:
    try:
        await asyncio.wait_for(report.capture_async(timeout), timeout)
    except TimeoutError:
        return report.timed_out(timeout)
    return report


def _capture_untraced(report: SnapshotReport, timeout: float) -> None:
    attach(_ambient.without_tracing(get_current()))
    report.capture(timeout)


def _take(question: tuple[str, tuple[str, ...], type], answer: Any, into: Attributes) -> None:
    method, fields, kind = question
    if not isinstance(answer, Mapping):
        raise TypeError(f"answer to {method} is no object")
    for field in fields:
        if type(answer.get(field)) is not kind:
            raise TypeError(f"answer to {method} lacks {field}")
    record_result(method, answer, into)


def _file_facts(path: str) -> Attributes:
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return {attr.MONERO_WALLET_FILE_EXISTS: False}
    bits = ((stat.S_IRUSR, "r"), (stat.S_IWUSR, "w"), (stat.S_IXUSR, "x"))
    permissions = "".join(letter if mode & bit else "-" for bit, letter in bits)
    return {attr.MONERO_WALLET_FILE_EXISTS: True, attr.MONERO_WALLET_FILE_PERMISSIONS: permissions}
