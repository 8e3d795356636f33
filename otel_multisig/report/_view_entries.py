"""What the views of a set-up are in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_multisig.report._entries import ChangeEntry, LineEntry, SnapshotEntry, TimeEntry
from otel_multisig.report.document import rfc3339
from otel_multisig.report.errors import troubles
from otel_multisig.report.snapshots import changes, differences, snapshots_of
from otel_multisig.report.spending import spending_of
from otel_multisig.report.timeline import timeline_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otel_multisig.model import EscrowTrace, Snapshot
    from otel_multisig.report._lines import Line
    from otel_multisig.report.document import Views
    from otel_multisig.report.results import Judged

__all__ = ["view_entries"]

_SECOND = 1_000_000_000


def view_entries(judged: Judged, views: Views) -> dict[str, Any]:
    """The fields of a set-up's entry that the views fill; its trace is at hand."""
    trace, diagnosis = judged.trace, judged.diagnosis
    assert trace is not None
    start = diagnosis.setup.start_nano
    found: dict[str, Any] = {}
    if views.timeline:
        found["timeline"] = tuple(_line(line, start) for line in timeline_lines(trace, diagnosis))
    if views.snapshots:
        found["snapshots"] = tuple(_snapshots(trace, start))
    if views.changes:
        found["changes"] = tuple(
            ChangeEntry(
                change.role,
                change.before,
                change.after,
                (change.time_unix_nano - start) / _SECOND,
                {name: (old, new) for name, old, new in change.fields},
            )
            for change in changes(snapshots_of(trace))
        )
    if views.errors:
        found["errors"] = tuple(_line(trouble, start) for trouble in troubles(trace, diagnosis))
    if views.time:
        spending = spending_of(trace)
        parts = {kind: nano / _SECOND for kind, nano in spending.parts.items()}
        found["time"] = TimeEntry(total=spending.total_nano / _SECOND, **parts)
    return found


def _line(line: Line, start: int) -> LineEntry:
    return LineEntry(
        time=rfc3339(line.time_unix_nano),
        offset_seconds=(line.time_unix_nano - start) / _SECOND,
        number=line.number,
        sequence=line.sequence,
        round=line.round,
        role=line.role,
        port=line.port,
        what=line.what,
    )


def _snapshots(trace: EscrowTrace, start: int) -> Iterator[SnapshotEntry]:
    last: dict[str | None, Snapshot] = {}
    for snapshot in snapshots_of(trace):
        before = last.get(snapshot.role)
        last[snapshot.role] = snapshot
        time = snapshot.event.time_unix_nano
        yield SnapshotEntry(
            point=snapshot.point,
            role=snapshot.role,
            time=rfc3339(time),
            offset_seconds=(time - start) / _SECOND,
            port=snapshot.port,
            is_multisig=snapshot.is_multisig,
            address_hash=snapshot.address_hash,
            balance_total=snapshot.balance_total,
            balance_unlocked=snapshot.balance_unlocked,
            changed=() if before is None else tuple(name for name, _, _ in differences(before, snapshot)),
        )
