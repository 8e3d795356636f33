"""The wallets side by side at each point of a set-up, and what changed from one point to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Group
from rich.text import Text

from otel_multisig.model import Snapshot
from otel_multisig.report._layout import Grid, heading
from otel_multisig.report._wallet_state import SHORT_HASH, short_hash, state_of
from otel_multisig.report._words import format_offset, plain
from otel_multisig.semconv import events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from otel_multisig.diagnosis import Diagnosis
    from otel_multisig.model import EscrowTrace

__all__ = ["Change", "changes", "changes_table", "differences", "snapshots_of", "snapshots_table"]

_ROLES_ABREAST: Final = 3
_PICONERO: Final = 1_000_000_000_000
_CHANGED: Final = "*"
_CELL: Final = 18


class Change(msgspec.Struct, frozen=True):
    """What changed in one wallet from one snapshot to its next.

    Attributes:
        role: the wallet's role.
        before: the point of the snapshot before.
        after: the point of this snapshot.
        time_unix_nano: when it was taken.
        fields: what changed: the name, what it was, what it is; texts fit for a terminal.
    """

    role: str
    before: str
    after: str
    time_unix_nano: int
    fields: tuple[tuple[str, str, str], ...]


def snapshots_of(trace: EscrowTrace) -> tuple[Snapshot, ...]:
    """The snapshots of a set-up, in order."""
    return tuple(
        Snapshot.of(msgspec.structs.replace(item.event, role=item.event.role or item.span.role))
        for item in trace.timeline()
        if item.event is not None and item.event.name == events.WALLET_SNAPSHOT
    )


def changes(snapshots: Iterable[Snapshot]) -> tuple[Change, ...]:
    """What changed in each wallet, in order of time; points at which nothing did are left out."""
    last: dict[str, Snapshot] = {}
    found = []
    for snapshot in snapshots:
        role = snapshot.role or "?"
        before = last.get(role)
        last[role] = snapshot
        if before is not None and (fields := differences(before, snapshot)):
            time = snapshot.event.time_unix_nano
            found.append(Change(plain(role), plain(before.point or "?"), plain(snapshot.point or "?"), time, fields))
    return tuple(found)


def differences(before: Snapshot, after: Snapshot) -> tuple[tuple[str, str, str], ...]:
    """The fields that differ; where one of the two does not tell, nothing has changed."""
    pairs = (
        ("state", _told(before, state_of(before)), _told(after, state_of(after))),
        ("address", before.address_hash, after.address_hash),
        ("balance", _balance(before), _balance(after)),
        ("port", before.port, after.port),
        ("wallet id", before.wallet_id, after.wallet_id),
        ("file", before.file_exists, after.file_exists),
        ("file name", before.file_name, after.file_name),
        ("permissions", before.file_permissions, after.file_permissions),
    )
    return tuple(
        (name, *_as_told(name, str(old), str(new)))
        for name, old, new in pairs
        if old is not None and new is not None and old != new
    )


def _told(snapshot: Snapshot, state: str) -> str | None:
    return None if snapshot.is_multisig is None else state


def _as_told(name: str, old: str, new: str) -> tuple[str, str]:
    """Two values as short as they can be and still differ."""
    if name != "address":
        return plain(old), plain(new)
    length = SHORT_HASH
    while old[:length] == new[:length]:
        length += SHORT_HASH
    return plain(old[:length]), plain(new[:length])


def _balance(snapshot: Snapshot) -> str | None:
    if snapshot.balance_total is None:
        return None
    total = f"{snapshot.balance_total / _PICONERO:f}".rstrip("0").rstrip(".")
    if snapshot.balance_unlocked in {None, snapshot.balance_total}:
        return f"{total} XMR"
    unlocked = f"{(snapshot.balance_unlocked or 0) / _PICONERO:f}".rstrip("0").rstrip(".")
    return f"{total} XMR, {unlocked} unlocked"


def changes_table(trace: EscrowTrace, diagnosis: Diagnosis) -> RenderableType:
    """Only what changed from point to point."""
    start = diagnosis.setup.start_nano
    rows = [
        (
            format_offset(change.time_unix_nano - start),
            change.role,
            _change_text(change),
        )
        for change in changes(snapshots_of(trace))
    ]
    if not rows:
        return Group(Text(), heading("What changed between snapshots"), Text("  nothing"))
    return Group(Text(), heading("What changed between snapshots"), Grid(rows, right=(0,), flexible=2))


def _change_text(change: Change) -> Text:
    text = Text()
    for name, old, new in change.fields:
        text.append(f"{', ' if text else ''}{name} ")
        text.append(f"{old} -> {new}", style="yellow")
    where = f"at {change.after}" if change.before == change.after else f"{change.before} to {change.after}"
    return Text.assemble((f"{where}: ", "dim"), text)


def snapshots_table(trace: EscrowTrace, diagnosis: Diagnosis) -> RenderableType:
    """The wallets side by side at each point, what changed marked."""
    found = snapshots_of(trace)
    if not found:
        return Group(Text(), heading("Snapshots"), Text("  none was recorded"))
    roles = list(dict.fromkeys(snapshot.role or "?" for snapshot in found))
    parts: list[RenderableType] = [Text(), heading("Snapshots")]
    for at in range(0, len(roles), _ROLES_ABREAST):
        abreast = roles[at : at + _ROLES_ABREAST]
        rows = _rows([snapshot for snapshot in found if (snapshot.role or "?") in abreast], abreast, diagnosis)
        parts.append(Grid(rows, titles=("point", *map(plain, abreast)), flexible=0))
    if changes(found):
        parts.append(Text(f"  {_CHANGED} changed since this wallet's snapshot before", style="dim"))
    return Group(*parts)


def _rows(found: Iterable[Snapshot], roles: Sequence[str], diagnosis: Diagnosis) -> Iterator[list[Text | str]]:
    last: dict[str, Snapshot] = {}
    for point in _by_point(found):
        cells = [_cell(point.get(role), last.get(role)) for role in roles]
        last |= point
        first = next(iter(point.values()))
        offset = format_offset(first.event.time_unix_nano - diagnosis.setup.start_nano)
        left = [Text(plain(first.point or "?"), style="cyan"), Text(offset, style="dim")]
        for number in range(max(len(left), *map(len, cells))):
            yield [_at(column, number) for column in (left, *cells)]


def _at(lines: Sequence[Text], number: int) -> Text:
    return lines[number] if number < len(lines) else Text()


def _by_point(found: Iterable[Snapshot]) -> Iterator[dict[str, Snapshot]]:
    """The snapshots that stand side by side: of one point, and of each wallet one."""
    group: dict[str, Snapshot] = {}
    for snapshot in found:
        role = snapshot.role or "?"
        first = next(iter(group.values()), None)
        if first is not None and (first.point != snapshot.point or role in group):
            yield group
            group = {}
        group[role] = snapshot
    if group:
        yield group


def _cell(snapshot: Snapshot | None, before: Snapshot | None) -> list[Text]:
    """What is known of a wallet at a point: state and address; the rest where it has changed."""
    if snapshot is None:
        return [Text("-", style="dim")]
    changed = {} if before is None else {name: (old, new) for name, old, new in differences(before, snapshot)}
    line = _marked(state_of(snapshot), marked="state" in changed)
    line.append(" ")
    line.append_text(_marked(short_hash(snapshot) or "no address", marked="address" in changed))
    lines = [line]
    balance = _balance(snapshot)
    if "balance" in changed or snapshot.balance_total:
        lines.append(_marked(balance or "?", marked="balance" in changed))
    for name, (_, new) in changed.items():
        if name not in {"state", "address", "balance"}:
            lines.append(_marked(f"{name} {new}"[:_CELL], marked=True))
    return lines


def _marked(text: str, *, marked: bool) -> Text:
    return Text(f"{text}{_CHANGED}", style="bold yellow") if marked else Text(text)
