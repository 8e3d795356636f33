"""A set-up straight to the bytes of its recording."""

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, final

@final
class RecordingWriter:
    """Writes set-ups as their recordings.

    Args:
        trace: the class of a set-up.
        spans: the module with the classes of spans, events and moments, and the kinds of spans.
        attributes: the module with the keys of our attributes.
        events: the module with the names of our events.
        upstream: the module with the names of OpenTelemetry's own conventions.
        types: the enumeration of the types of legacy events.
        points: the type of the event of a snapshot at each point that the legacy form knows.
        outcomes: how a set-up may end.
        failure: the one of them that stands for a failure.
        status_error: the status of a span that failed.
        no_role: the role of what is about no wallet.
        no_error: what is said of an error of which nothing is known.
        event_text: what an event is in the file, from its first brace to its last; None where it gives nothing. It
            gets the id of the set-up, the event, and the span in which it happened. It is asked for the events that
            are not written here.
        error_text: what the attributes of an event say of an error.
        error_of: what a span that failed says of its error.
        final_time: what the end of a failed set-up says of the time of its failure, in nanoseconds.

    Raises:
        TypeError: a class of the core is not made as expected.
    """

    def __new__(
        cls,
        *,
        trace: type,
        spans: ModuleType,
        attributes: ModuleType,
        events: ModuleType,
        upstream: ModuleType,
        types: Any,
        points: Mapping[str, str],
        outcomes: Iterable[str],
        failure: Any,
        status_error: int,
        no_role: str,
        no_error: str,
        event_text: Callable[[str, Any, Any], bytes | None],
        error_text: Callable[[Mapping[str, Any]], str | None],
        error_of: Callable[[Any], str | None],
        final_time: Callable[[Any, int], str | None],
    ) -> RecordingWriter: ...
    def write(self, trace: Any) -> tuple[bytes, int] | None:
        """The recording of a set-up, and how many events it has; no bytes where it has none.

        None where the set-up is not a usual one: where starts, ends or events are not counted, or two have one number;
        where there are continuations, or calls with a residue; where a value is not of the type that it usually has. An
        event that is not usual makes no difference to that, if it can be told by itself.
        """
