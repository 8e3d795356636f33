"""An exception passes unchanged and is recorded exactly once, where it happened."""

# Which block an exception passes is what is tested here, and in which of them it is raised.
# ruff: noqa: B904, PT012, SIM117, TRY301

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode

from otel_multisig import trace_escrow
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream

if TYPE_CHECKING:
    from otel_multisig.model import EscrowTrace, Span
    from otel_multisig.testing.recording import Recorded


class WalletError(Exception):
    pass


@dataclass(frozen=True)
class FrozenError(Exception):
    """An exception that refuses new attributes."""

    reason: str


def exceptions(trace: EscrowTrace) -> list[tuple[str, Any]]:
    """Where an exception is recorded, and its class."""
    return [
        (item.span.name, item.event.attributes.get(upstream.EXCEPTION_TYPE))
        for item in trace.timeline()
        if item.event is not None and item.event.name == upstream.EVENT_EXCEPTION
    ]


def failing_span(trace: EscrowTrace) -> Span:
    assert trace.failure is not None
    return trace.failure.span


@pytest.mark.parametrize("error", [WalletError("Failed to open wallet"), FrozenError("x"), RuntimeError()])
def test_it_passes_through_all_levels_and_is_recorded_on_the_innermost(
    recorded_spans: Recorded, error: Exception
) -> None:
    with pytest.raises(type(error)) as caught, trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "open_wallet"):
            raise error
    assert caught.value is error
    assert error.__cause__ is None
    assert error.__context__ is None
    (trace,) = recorded_spans.traces()
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    assert exceptions(trace) == [("open_wallet", name)]
    assert {span.status.status_code for span in recorded_spans.spans} == {StatusCode.ERROR}
    assert {span.error_type for span in trace.spans} == {name}
    assert trace.outcome == "failure"
    assert failing_span(trace) is trace.calls[0]


def test_only_the_innermost_span_has_the_text(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "open_wallet"):
            raise WalletError("Failed to open wallet")
    call, round_, root = recorded_spans.spans
    assert call.status.description == "Failed to open wallet"
    assert round_.status.description is None
    assert root.status.description is None
    assert call.events[0].attributes is not None
    assert call.events[0].attributes[upstream.EXCEPTION_MESSAGE] == "Failed to open wallet"
    assert round_.events == root.events == ()


@pytest.mark.parametrize("place", ["call", "round", "escrow"])
def test_the_owner_is_wherever_it_happened(recorded_spans: Recorded, place: str) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow:
        with escrow.round(1):
            with escrow.call("buyer", "open_wallet"):
                if place == "call":
                    raise WalletError
            if place == "round":
                raise WalletError
        raise WalletError
    (trace,) = recorded_spans.traces()
    owner = {"call": "open_wallet", "round": "multisig_round 1", "escrow": "multisig_setup"}[place]
    assert [span for span, _ in exceptions(trace)] == [owner]
    assert failing_span(trace).name == owner


def test_an_error_answer_of_the_server_gives_code_and_text(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "make_multisig") as call:
            call.response({"id": 0, "error": {"code": -28, "message": "This wallet is already multisig"}})
            raise WalletError("the library says it in other words: -1")
    (trace,) = recorded_spans.traces()
    (call_span,) = trace.calls
    assert (call_span.error_type, call_span.error_code) == ("-28", -28)
    assert call_span.status_message == "This wallet is already multisig"
    assert trace.failure is not None
    assert trace.failure.error_code == -28
    assert trace.failure.message == "This wallet is already multisig"
    assert len(exceptions(trace)) == 1


@pytest.mark.parametrize(
    ("answer", "error_type", "code"),
    [
        ({"error": {"code": -28, "message": "x"}}, "-28", -28),
        ({"error": {"message": "no code"}}, "_OTHER", None),
        ({"error": {"code": "-28"}}, "_OTHER", None),
        ({"error": {"code": True}}, "_OTHER", None),
        ({"error": {"code": 2**63}}, "_OTHER", None),
        ({"error": {}}, "_OTHER", None),
        ({"error": "just a text"}, "_OTHER", None),
        ({"error": None, "result": {}}, None, None),
        ({"result": {}}, None, None),
        ({}, None, None),
        ([], None, None),
        (None, None, None),
        ("garbage", None, None),
    ],
)
def test_a_code_is_what_the_answer_says_and_nothing_else(
    recorded_spans: Recorded, answer: Any, error_type: str | None, code: int | None
) -> None:
    with trace_escrow("e-1") as escrow, escrow.call("buyer", "make_multisig") as call:
        call.response(answer)
    (trace,) = recorded_spans.traces()
    assert (trace.calls[0].error_type, trace.calls[0].error_code) == (error_type, code)
    assert len(exceptions(trace)) == (error_type is not None)


def test_an_exception_s_text_is_no_code(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.call("buyer", "make_multisig"):
        raise WalletError("failed with code -28")
    (trace,) = recorded_spans.traces()
    assert trace.calls[0].error_code is None


def test_an_error_answer_without_an_exception_fails_the_call_alone(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1), escrow.call("buyer", "make_multisig") as call:
        call.error_answer(-28, "This wallet is already multisig")
    (trace,) = recorded_spans.traces()
    assert trace.calls[0].error_type == "-28"
    assert trace.rounds[0].error_type is None
    assert trace.outcome == "success"


@pytest.mark.parametrize("form", ["from the error", "while handling it", "from None", "twice over"])
def test_a_wrapped_one_is_not_recorded_again(recorded_spans: Recorded, form: str) -> None:
    def set_up() -> None:
        with trace_escrow("e-1") as escrow, escrow.round(1):
            try:
                with escrow.call("buyer", "open_wallet"):
                    raise ConnectionRefusedError("refused")
            except ConnectionRefusedError as error:
                match form:
                    case "from the error":
                        raise WalletError("wrapped") from error
                    case "while handling it":
                        raise WalletError("wrapped")
                    case "from None":
                        raise WalletError("wrapped") from None
                try:
                    raise WalletError("wrapped") from error
                except WalletError as inner:
                    raise RuntimeError("wrapped again") from inner

    with pytest.raises((WalletError, RuntimeError)):
        set_up()
    (trace,) = recorded_spans.traces()
    assert exceptions(trace) == [("open_wallet", "ConnectionRefusedError")]
    assert failing_span(trace) is trace.calls[0]
    assert trace.rounds[0].error_type == ("RuntimeError" if form == "twice over" else f"{__name__}.WalletError")


@pytest.mark.asyncio
async def test_a_group_of_exceptions_has_each_recorded_where_it_happened(recorded_spans: Recorded) -> None:
    async def fail(role: str) -> None:
        async with escrow.call(role, "prepare_multisig"):
            raise WalletError(role)

    with pytest.raises(ExceptionGroup) as caught:
        async with trace_escrow("e-1") as escrow, escrow.round(1), asyncio.TaskGroup() as group:
            for role in ("buyer", "vendor", "arbiter"):
                group.create_task(fail(role))
    assert len(caught.value.exceptions) == 3
    (trace,) = recorded_spans.traces()
    assert [name for name, _ in exceptions(trace)] == ["prepare_multisig"] * 3
    assert [call.role for call in trace.calls] == ["buyer", "vendor", "arbiter"]
    assert failing_span(trace) is trace.calls[0]  # the earliest of the group


def test_a_large_group_is_searched_to_its_end(recorded_spans: Recorded) -> None:
    with pytest.raises(ExceptionGroup), trace_escrow("e-1") as escrow, escrow.round(1):
        errors: list[Exception] = [ValueError(str(number)) for number in range(100)]
        try:
            with escrow.call("buyer", "open_wallet"):
                raise WalletError
        except WalletError as error:
            errors.append(error)
        raise ExceptionGroup("many", errors)
    (trace,) = recorded_spans.traces()
    assert len(exceptions(trace)) == 1


def test_a_circle_of_causes_is_walked_once(recorded_spans: Recorded) -> None:
    first, second = WalletError("first"), WalletError("second")
    first.__cause__, second.__cause__ = second, first
    with pytest.raises(WalletError), trace_escrow("e-1"):
        raise first
    (trace,) = recorded_spans.traces()
    assert len(exceptions(trace)) == 1


def test_a_retry_is_a_second_call_and_a_later_success_counts(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1):
        for attempt in range(3):
            try:
                with escrow.call("buyer", "prepare_multisig"):
                    if attempt < 2:
                        raise WalletError(str(attempt))
            except WalletError:
                continue
    (trace,) = recorded_spans.traces()
    assert [call.error_type for call in trace.calls] == [f"{__name__}.WalletError"] * 2 + [None]
    assert len(exceptions(trace)) == 2
    assert trace.outcome == "success"


def test_a_call_object_that_is_entered_again_is_a_second_call_too(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1):
        call = escrow.call("buyer", "prepare_multisig", params={"enable_multisig_experimental": True})
        with call:
            call.error_answer(-28, "This wallet is already multisig")
        with call:
            call.answer({})
    (trace,) = recorded_spans.traces()
    assert [found.error_code for found in trace.calls] == [-28, None]
    assert [found.status_code for found in trace.calls] == [2, 0]
    assert len(exceptions(trace)) == 1
    assert trace.gaps == ()


def test_the_last_of_failed_attempts_ends_the_set_up(recorded_spans: Recorded) -> None:
    def attempt(number: int) -> None:
        try:
            with escrow.call("buyer", "prepare_multisig"):
                raise WalletError(str(number))
        except WalletError:
            if number == 3:
                raise
            attempt(number + 1)  # while the one before is being handled

    with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.round(1):
        attempt(1)
    (trace,) = recorded_spans.traces()
    assert len(exceptions(trace)) == 3
    assert failing_span(trace) is trace.calls[2]


def test_one_exception_object_raised_by_two_attempts_is_recorded_on_both(recorded_spans: Recorded) -> None:
    the_error = WalletError("always the same object")
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.round(1):
        for _ in range(2):
            try:
                with escrow.call("buyer", "prepare_multisig"):
                    raise the_error
            except WalletError:
                pass
        raise the_error
    (trace,) = recorded_spans.traces()
    assert [name for name, _ in exceptions(trace)] == ["prepare_multisig"] * 2


def test_a_call_inside_a_call_records_it_alone(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "prepare_multisig"), escrow.call("buyer", "is_multisig"):
            raise WalletError
    (trace,) = recorded_spans.traces()
    assert [name for name, _ in exceptions(trace)] == ["is_multisig"]
    assert [call.error_type for call in trace.calls] == [f"{__name__}.WalletError"] * 2


def test_one_exception_through_two_set_ups_is_recorded_once_in_each(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError):
        with trace_escrow("a") as one, trace_escrow("b") as other, one.round(1), other.round(1):
            with one.call("buyer", "prepare_multisig"):
                raise WalletError
    first, second = recorded_spans.traces()
    assert [name for name, _ in exceptions(first)] == ["prepare_multisig"]
    assert [name for name, _ in exceptions(second)] == ["multisig_round 1"]


def test_an_exception_object_does_not_gather_marks_for_ever(recorded_spans: Recorded) -> None:
    the_error = WalletError()
    for number in range(50):
        with pytest.raises(WalletError), trace_escrow(f"e-{number}"):
            raise the_error
    (marks,) = vars(the_error).values()
    assert len(marks) < 10
    assert all(len(exceptions(trace)) == 1 for trace in recorded_spans.traces())


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
def test_what_is_no_error_interrupts(recorded_spans: Recorded, kind: type[BaseException]) -> None:
    with pytest.raises(kind), trace_escrow("e-1") as escrow, escrow.round(1):
        with escrow.call("buyer", "prepare_multisig"):
            raise kind
    (trace,) = recorded_spans.traces()
    assert trace.outcome == "interrupted"
    assert all(span.interrupted for span in trace.spans)
    assert exceptions(trace) == []
    assert {span.status.status_code for span in recorded_spans.spans} == {StatusCode.UNSET}


@pytest.mark.asyncio
async def test_a_cancelled_task_interrupts_its_set_up_alone(recorded_spans: Recorded) -> None:
    async def set_up(escrow_id: str, begun: asyncio.Event, go_on: asyncio.Event) -> None:
        async with trace_escrow(escrow_id) as escrow, escrow.round(1), escrow.call("buyer", "prepare_multisig"):
            begun.set()
            await go_on.wait()

    events = [asyncio.Event() for _ in range(4)]
    cancelled = asyncio.create_task(set_up("a", events[0], events[1]))
    other = asyncio.create_task(set_up("b", events[2], events[3]))
    await events[0].wait()
    await events[2].wait()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    events[3].set()
    await other
    assert {trace.escrow_id: trace.outcome for trace in recorded_spans.traces()} == {
        "a": "interrupted",
        "b": "success",
    }


def test_error_records_a_failure_that_no_exception_tells(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(3):
        escrow.error("Multisig address mismatch", role="arbiter")
    (trace,) = recorded_spans.traces()
    assert trace.outcome == "failure"
    assert trace.failure is not None
    assert trace.failure.message == "Multisig address mismatch"
    assert trace.failure.event.role == "arbiter"
    assert trace.failure.span.name == "multisig_round 3"
    assert upstream.EXCEPTION_TYPE not in trace.failure.event.attributes


def test_error_with_an_exception_that_a_call_has_recorded(recorded_spans: Recorded) -> None:
    with trace_escrow("e-1") as escrow, escrow.round(1):
        try:
            with escrow.call("buyer", "open_wallet"):
                raise WalletError
        except WalletError as error:
            escrow.error(error)
    (trace,) = recorded_spans.traces()
    assert len(exceptions(trace)) == 1
    assert trace.outcome == "failure"
    assert failing_span(trace) is trace.calls[0]


def test_error_and_then_another_exception(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow:
        escrow.error("first")
        raise WalletError("second")
    (trace,) = recorded_spans.traces()
    assert trace.failure is not None
    assert trace.failure.event.attributes[upstream.EXCEPTION_TYPE] == f"{__name__}.WalletError"


def test_a_text_with_no_utf_8_and_one_too_long_for_a_backend(recorded_spans: Recorded) -> None:
    # That no attribute is too long or holds a lone surrogate is checked by the fixture.
    for text in ("\ud800 and more", "No. 1 failed; " * 250):
        with pytest.raises(WalletError), trace_escrow("e-1") as escrow, escrow.call("buyer", "open_wallet"):
            raise WalletError(text)
    traces = recorded_spans.traces()
    assert traces[1].failure is not None
    assert (traces[1].failure.message or "").startswith("No. 1 failed; No. 1")
    assert len(traces[1].failure.message or "") > 2000
    assert recorded_spans.spans[0].status.description == "\ufffd and more"


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def test_an_exception_that_cannot_say_what_it_is(recorded_spans: Recorded) -> None:
    with pytest.raises(UnprintableError), trace_escrow("e-1"):
        raise UnprintableError
    (trace,) = recorded_spans.traces()
    assert exceptions(trace) == [("multisig_setup", f"{__name__}.UnprintableError")]


def test_passwords_of_the_request_are_not_quoted_from_an_error(recorded_spans: Recorded) -> None:
    with pytest.raises(WalletError), trace_escrow("e-1") as escrow:
        with escrow.call("buyer", "open_wallet", params={"filename": "x", "password": "correct horse"}) as call:
            call.error_answer(-1, "cannot open with correct horse as key")
            raise WalletError("correct horse")
    assert "correct horse" not in str([span.to_json() for span in recorded_spans.spans])
    assert attr.MONERO_WALLET_FILE_NAME in (recorded_spans.spans[0].attributes or {})
