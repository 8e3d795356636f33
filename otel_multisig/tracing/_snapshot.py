"""Asking wallets for their state: bounded in time, never raising, never traced as calls of the escrow."""

from __future__ import annotations

import asyncio
import stat
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import attach, detach, get_current

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.tracing import _ambient, _errors, _guard
from otel_multisig.tracing._capture import record_file_name, record_result
from otel_multisig.tracing._details import safe_id
from otel_multisig.tracing._wallets import RefusedError, endpoint, resolved

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_multisig.tracing._node import Attributes
    from otel_multisig.tracing._wallets import TracedWallet

__all__ = ["SnapshotReport", "capture_all", "capture_all_async"]

# What is asked, and the fields without which an answer is none.
_QUESTIONS: Final[tuple[tuple[str, tuple[str, ...], type], ...]] = (
    ("is_multisig", ("multisig",), bool),
    ("get_address", ("address",), str),
    ("get_balance", ("balance", "unlocked_balance"), int),
)

# A client without a time-out of its own leaves a thread behind for each snapshot of a hung wallet, up to this many.
_MOST_PENDING: Final = 4
_pending: Final = Counter[int]()
_pending_lock: Final = threading.Lock()


class SnapshotReport:
    """What became of asking one wallet.

    Attributes:
        role: Whose wallet it is.
        complete: Whether it answered all that was asked.
        attributes: The state where `complete`, else which call failed and how.
    """

    __slots__ = ("_question", "_started", "attributes", "complete", "role", "wallet")

    def __init__(self, role: str, wallet: TracedWallet) -> None:
        self.role = role
        self.wallet = wallet
        self.complete = False
        self.attributes: Attributes = {}
        self._question = _QUESTIONS[0][0]
        self._started = time.perf_counter()

    def capture(self, timeout: float, loop: asyncio.AbstractEventLoop | None) -> None:
        """Ask the wallet all questions, in the calling thread; what is awaitable is awaited in `loop`."""
        try:
            found: Attributes = {}
            ask = self.wallet.reader(timeout)
            for question in _QUESTIONS:
                self._question = question[0]
                answer = ask(question[0], {})
                if isinstance(answer, Awaitable):
                    answer = _await_elsewhere(answer, loop, timeout)
                _take(question, answer, found)
            self._succeed(found)
        except BaseException as error:  # whatever a client raises is a failed capture, no more; the thread is our own
            self.fail(error)

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
        attributes = self._place() | {upstream.RPC_METHOD: self._question}
        if isinstance(error, RefusedError):
            attributes[upstream.ERROR_TYPE] = attributes[upstream.RPC_RESPONSE_STATUS_CODE] = str(error.code)
        else:
            attributes[upstream.ERROR_TYPE] = _errors.class_name(error)
        self.attributes = attributes
        self.complete = False
        attributes.update(_errors.message_attributes(_errors.safe_message(error)))

    def _succeed(self, found: Attributes) -> None:
        if not found.get(attr.MONERO_WALLET_IS_MULTISIG):
            # A plain wallet answers 0 of 0, which says nothing.
            found.pop(attr.MONERO_MULTISIG_THRESHOLD, None)
            found.pop(attr.MONERO_MULTISIG_PARTICIPANTS, None)
        if self.wallet.id is not None:
            found[attr.MONERO_WALLET_ID] = safe_id(self.wallet.id)
        if self.wallet.file is not None:
            record_file_name(self.wallet.file, found)
            found |= _file_facts(self.wallet.file)
        found[attr.MONERO_SNAPSHOT_DURATION] = time.perf_counter() - self._started
        self.attributes = self._place() | found
        self.complete = True

    def _place(self) -> Attributes:
        _, port = endpoint(self.wallet.backend)
        return {} if port is None else {upstream.SERVER_PORT: port}

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
    reports = [(SnapshotReport(role, wallet), threading.Event()) for role, wallet in wallets.items()]
    for report, done in reports:
        _ask_in_thread(report, timeout, None, done.set)
    deadline = time.monotonic() + timeout
    return [
        report if done.wait(max(0.0, deadline - time.monotonic())) else report.timed_out(timeout)
        for report, done in reports
    ]


async def capture_all_async(wallets: Mapping[str, TracedWallet], timeout: float) -> list[SnapshotReport]:
    """Ask all wallets at the same time without blocking the event loop; return their reports in the order given."""
    token = attach(_ambient.without_tracing(get_current()))
    try:
        reports = [SnapshotReport(role, wallet) for role, wallet in wallets.items()]
        asked = ((_ask_in_task if report.wallet.is_async else _ask_beside_loop)(report, timeout) for report in reports)
        return await asyncio.gather(*asked)
    finally:
        detach(token)


async def _ask_in_task(report: SnapshotReport, timeout: float) -> SnapshotReport:
    # Not `wait_for`, which would go on waiting for a client that does not let itself be cancelled.
    task = asyncio.create_task(report.capture_async(timeout))
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout)
    finally:
        task.cancel()
    if not done:
        return report.timed_out(timeout)
    if task.cancelled():
        report.fail(asyncio.CancelledError("the client cancelled its own call"))
    return report


async def _ask_beside_loop(report: SnapshotReport, timeout: float) -> SnapshotReport:
    # Not the loop's own pool of threads, which calls that hang may have filled.
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def tell() -> None:
        with suppress(RuntimeError):  # the loop may be closed by the time that a hung wallet answers
            loop.call_soon_threadsafe(done.set)

    _ask_in_thread(report, timeout, loop, tell)
    try:
        await asyncio.wait_for(done.wait(), timeout)
    except TimeoutError:
        return report.timed_out(timeout)
    return report


def _ask_in_thread(
    report: SnapshotReport, timeout: float, loop: asyncio.AbstractEventLoop | None, then: Callable[[], None]
) -> None:
    """Ask a wallet in a thread of its own and call `then` there when it has answered, or failed to."""
    backend = id(report.wallet.backend)

    def ask() -> None:
        try:
            attach(_ambient.without_tracing(get_current()))
            report.capture(timeout, loop)
        except Exception as error:
            _guard.swallow("asking a wallet", error)
        finally:
            _count_pending(backend, -1)
            then()

    if _count_pending(backend, +1) > _MOST_PENDING:
        failure: Exception = TimeoutError(f"{_MOST_PENDING} snapshots of this wallet still wait for an answer")
    else:
        try:
            threading.Thread(target=ask, name="otel-multisig-snapshot", daemon=True).start()
        except RuntimeError as error:  # no more threads
            failure = error
        else:
            return
    _count_pending(backend, -1)
    report.fail(failure)
    then()


def _count_pending(backend: int, change: int) -> int:
    with _pending_lock:
        _pending[backend] = count = _pending[backend] + change
        if not count:
            del _pending[backend]
        return count


def _await_elsewhere(answer: Awaitable[Any], loop: asyncio.AbstractEventLoop | None, timeout: float) -> Any:
    """Await what a callable returned that did not look async, in the event loop that the snapshot is taken in."""
    if loop is None:
        if asyncio.iscoroutine(answer):
            answer.close()
        raise TypeError("the wallet is async: use snapshot_async")
    future = asyncio.run_coroutine_threadsafe(resolved(answer), loop)
    try:
        return future.result(timeout)
    finally:
        future.cancel()


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
    except (OSError, ValueError):  # not there, or no path at all
        return {attr.MONERO_WALLET_FILE_EXISTS: False}
    bits = ((stat.S_IRUSR, "r"), (stat.S_IWUSR, "w"), (stat.S_IXUSR, "x"))
    permissions = "".join(letter if mode & bit else "-" for bit, letter in bits)
    return {attr.MONERO_WALLET_FILE_EXISTS: True, attr.MONERO_WALLET_FILE_PERMISSIONS: permissions}
