"""Legacy recordings read: the bytes of a file to set-ups.

Read is whatever the legacy system and its documents are known to have produced: null for an absent port, several
set-ups in one file, keys that the form does not know, ids without a time, times that go backwards, starts without an
end and ends without a start, details that are no object. Nothing of it is lost on the way back.
"""

from __future__ import annotations

import json
import math
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from otel_multisig.legacy._importing import import_setup
from otel_multisig.legacy._json import DECODER, MAX_DEPTH, is_shallow, mend, skip_space, to_text
from otel_multisig.legacy._typed import decode
from otel_multisig.legacy._usual import read_usual
from otel_multisig.legacy.canonical import LegacyEvent
from otel_multisig.legacy.file_names import RecordingState
from otel_multisig.model.trace import EscrowTrace  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from otel_multisig.legacy._importing import Recorded

__all__ = ["LegacyProblem", "LegacyReading", "read"]

_BOM: Final = b"\xef\xbb\xbf"
_UINT64_MAX: Final = 2**64 - 1
_UINT16_MAX: Final = 2**16 - 1
_LONGEST_QUOTE: Final = 40
_REQUIRED: Final = ("trace_id", "timestamp", "event_type", "role", "details")
_KNOWN: Final = {*_REQUIRED, "rpc_port"}
_SETUP_ID: Final = attrgetter("trace_id")


class LegacyProblem(msgspec.Struct, frozen=True):
    """Something in a recording that could not be read.

    Attributes:
        place: where: ``event 3, field timestamp`` (the first event is 1), ``line 7, column 12``, or "" for the whole.
        problem: what is wrong.
    """

    place: str
    problem: str


class LegacyReading(msgspec.Struct, frozen=True):
    """What was in a recording.

    Attributes:
        traces: its set-ups, in the order of their first events.
        problems: what could not be read; all else was.
    """

    traces: tuple[EscrowTrace, ...]
    problems: tuple[LegacyProblem, ...]


def read(data: bytes, *, origin: str = "") -> LegacyReading:
    """Read a recording.

    Args:
        data: the whole file.
        origin: the name of the file, where there is one. One that ends in ``_PARTIAL`` says that the set-up went on.
    """
    partial = RecordingState.PARTIAL in origin
    if read_usual is not None and (trace := read_usual(data, partial)) is not None:
        return LegacyReading((trace,), ())
    return read_typed(data, partial=partial)


def read_typed(data: bytes, *, partial: bool = False) -> LegacyReading:
    """Read a recording as `read` does without its compiled counterpart."""
    try:
        if events := decode(data):
            return LegacyReading(_import(events, partial=partial), ())
    except (ValueError, RecursionError):
        pass  # of another shape
    return read_any(data, partial=partial)


def read_any(data: bytes, *, partial: bool = False) -> LegacyReading:
    """Read a recording of whatever shape; `read_typed` takes a shorter way with those of the usual one."""
    problems: list[LegacyProblem] = []
    checked = [_check(value, f"event {number}", problems) for number, value in enumerate(_parse(data, problems), 1)]
    return LegacyReading(_import([event for event in checked if event is not None], partial=partial), tuple(problems))


def _import(events: Sequence[Recorded], *, partial: bool) -> tuple[EscrowTrace, ...]:
    if len({*map(_SETUP_ID, events)}) == 1:
        return (import_setup(events[0].trace_id, events, partial=partial),)
    setups: dict[str, list[Recorded]] = {}
    for event in events:
        setups.setdefault(event.trace_id, []).append(event)
    return tuple([import_setup(setup_id, recorded, partial=partial) for setup_id, recorded in setups.items()])


def _parse(data: bytes, problems: list[LegacyProblem]) -> list[Any]:
    """The elements of the array. Where it breaks off, those before the break."""
    start = len(_BOM) if data.startswith(_BOM) else 0
    try:
        text = data[start:].decode()
    except UnicodeDecodeError as error:
        text = data[start:].decode(errors="replace")
        line = data.count(b"\n", 0, start + error.start) + 1
        problems.append(LegacyProblem(f"line {line}", f"byte {start + error.start} is no UTF-8"))
    elements: list[Any] = []
    try:
        for element in _elements(text):
            elements.append(mend(element) if "\\u" in text else element)  # noqa: PERF401 - those before an error count
    except json.JSONDecodeError as error:
        problems.append(LegacyProblem(f"line {error.lineno}, column {error.colno}", f"no valid JSON: {error.msg}"))
    except RecursionError:
        problems.append(LegacyProblem(f"event {len(elements) + 1}", "nested too deeply"))
    if not elements and not problems:
        problems.append(LegacyProblem("", "the array holds no event"))
    return elements


def _elements(text: str) -> Iterator[Any]:
    place = skip_space(text, 0)
    if not text.startswith("[", place):
        raise json.JSONDecodeError("a recording is an array of events", text, place)
    place = skip_space(text, place + 1)
    closed = text.startswith("]", place)
    if closed:
        place = skip_space(text, place + 1)
    while not closed:
        element, place = _decode(text, place)
        yield element
        place = skip_space(text, place)
        closed = text.startswith("]", place)
        if not closed and not text.startswith(",", place):
            raise json.JSONDecodeError("after an event there must be a comma or the end of the array", text, place)
        place = skip_space(text, place + 1)
    if closed and place != len(text):
        raise json.JSONDecodeError("something stands behind the array", text, place)


def _decode(text: str, place: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, place)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise json.JSONDecodeError(str(error), text, place) from None


def _check(value: Any, place: str, problems: list[LegacyProblem]) -> LegacyEvent | None:
    """The event that `value` is; None where it is none, with the reasons added to `problems`."""
    if not isinstance(value, dict):
        problems.append(LegacyProblem(place, f"no object but {_quote(value)}"))
        return None
    rules = (
        ("trace_id", isinstance(value.get("trace_id"), str) and value["trace_id"] != "", "a text that is not empty"),
        ("timestamp", _is_timestamp(value.get("timestamp")), "a time in milliseconds since the epoch"),
        ("event_type", isinstance(value.get("event_type"), str), "a text"),
        ("role", value.get("role") is None or isinstance(value["role"], str), "a text"),
        ("rpc_port", value.get("rpc_port") is None or _is_port(value["rpc_port"]), "a port, 0 to 65535"),
        ("details", is_shallow(value.get("details"), MAX_DEPTH), f"nested at most {MAX_DEPTH} deep"),
    )
    broken = [LegacyProblem(f"{place}, field {key}", "is missing") for key in _REQUIRED if key not in value]
    broken += [
        LegacyProblem(f"{place}, field {key}", f"must be {rule}, not {_quote(value[key])}")
        for key, kept, rule in rules
        if not kept and key in value
    ]
    unknown = {key: item for key, item in value.items() if key not in _KNOWN}
    if not is_shallow(unknown, MAX_DEPTH):
        broken.append(LegacyProblem(place, "nested too deeply"))
    if broken:
        problems.extend(broken)
        return None
    port = value.get("rpc_port")
    return LegacyEvent(
        trace_id=value["trace_id"],
        timestamp=value["timestamp"],
        event_type=value["event_type"],
        role=value["role"],
        rpc_port=msgspec.UNSET if port is None else port,
        details=value["details"],
        unknown=unknown or msgspec.UNSET,
    )


def _is_timestamp(value: Any) -> bool:
    return (type(value) is int or (isinstance(value, float) and math.isfinite(value))) and 0 <= value <= _UINT64_MAX


def _is_port(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _UINT16_MAX


def _quote(value: Any) -> str:
    text = to_text(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."
