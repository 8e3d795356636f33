from collections.abc import Callable, Collection, Sequence
from types import ModuleType
from typing import Any, Self

class RecordingReader:
    """Reads legacy recordings of one usual set-up straight into the model.

    Usual is: an array of events of one set-up with the keys of the form in the order of the form, with any white space;
    whole snapshots; calls, each end of which has its one start; last, where there is one, the failure of the set-up in
    the call that its role made last. No text is longer than 499 bytes, an error's than 2,000, and only those of errors
    hold escapes, the simple ones. Of whatever else there is nothing is taken.
    """

    def __new__(
        cls,
        *,
        spans: ModuleType,
        trace_type: type,
        make_trace_id: Callable[[str], str],
        attributes: ModuleType,
        upstream: ModuleType,
        names: ModuleType,
        snapshot_name: str,
        outcomes: tuple[str, str],
        statuses: tuple[int, int],
        resource: Any,
        scope: Any,
        no_role: str,
        snapshots: Sequence[tuple[str, str, int | None, bool]],
        others: Sequence[str],
        methods: tuple[Collection[str], str, str],
        is_odd: Callable[[str], bool],
        exchanges: int,
        most_events: int,
    ) -> Self:
        """What the core calls things.

        Args:
            spans: the module of `Span`, `Event`, `Moment` and `SpanKind`.
            trace_type: the class of set-ups.
            make_trace_id: gives the trace id (32 hex digits) of a set-up's id.
            attributes: the module of the names of the conventions' attributes.
            upstream: the module of OpenTelemetry's own names.
            names: the module of the names of spans.
            snapshot_name: the name of the event that is a snapshot.
            outcomes: those of a set-up that came through and of one that failed.
            statuses: OTLP's numbers of a span without status and of one with an error.
            resource: what emitted the spans, the same for all.
            scope: the instrumentation scope, likewise.
            no_role: the role of what is about no wallet.
            snapshots: of each snapshot event type its name, its point, the number of its round (at most 15) if it has
                one, and whether it is that of the end.
            others: the event types of a call's start, end and error, and of a set-up's failure.
            methods: those of the first round but for the one that makes wallets multisig ones; that one; and the one
                that exchanges keys.
            is_odd: whether no call can be known by the name of a method that is none of these.
            exchanges: how many a wallet makes.
            most_events: how many events a span holds.

        Raises:
            TypeError: a class has other fields than expected.
            ValueError: there are more event types or rounds than there is room for.
        """

    def read(self, data: bytes, partial: bool) -> Any | None:
        """The set-up of a recording; None for anything unusual, and for what is not quite of type bytes.

        Args:
            data: the whole file.
            partial: whether it is known that the recording ends before the set-up did.
        """
