"""Span records out of memory: files that each hold the records of some of the set-ups.

Written with ``marshal``: the files live in a private folder for the length of one run, and nothing else keeps tuples,
bytes and numbers what they are at that speed.
"""

from __future__ import annotations

import hashlib
import marshal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import msgspec

from otel_multisig.model import EventRecord, LinkRecord, ResourceRecord, ScopeRecord, SpanRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

__all__ = ["Spill", "Spilled", "bucket_of"]

Spilled: TypeAlias = tuple[list[SpanRecord], tuple[str, ...]]
"""Records of a set-up, and the names of the sources that they were found in."""

_BUCKETS: Final = 128
_MAX_DEPTH: Final = 3
_LENGTH: Final = 8
_astuple: Final = msgspec.structs.astuple
_NAMES: Final = SpanRecord.__struct_fields__


class Spill:
    """Buckets of records by set-up, in a temporary folder that goes when it is closed.

    Args:
        bucket_bytes: a bucket that is larger is divided again before it is read back.
        folder: where the temporary folder is made; the system's place by default.
    """

    def __init__(self, bucket_bytes: int, folder: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="otel-multisig-", dir=folder)
        self._bucket_bytes = bucket_bytes
        self.folder: Final = Path(self._temporary.name)
        """Where the buckets are."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything."""
        self._temporary.cleanup()

    def buckets(self) -> list[list[Path]]:
        """The files of each bucket, in order."""
        return _buckets(self.folder)

    def take(self, files: Sequence[Path]) -> Iterator[tuple[str, Spilled]]:
        """The set-ups of a bucket with all their records and origins; its files are gone then.

        Raises:
            OSError: the disk fails.
        """
        return self.read(files, self._bucket_bytes)

    @staticmethod
    def write(folder: Path, groups: Mapping[str, Spilled], writer: str = "", depth: int = 0) -> None:
        """Add the records and origins of some set-ups; any process may, that knows the folder.

        Args:
            folder: the folder of the buckets.
            groups: records and origins by set-up.
            writer: names the process: each has files of its own.
            depth: how often the buckets were divided.

        Raises:
            OSError: the disk takes no more.
        """
        pending: dict[int, list[Any]] = {}
        shared: dict[int, Any] = {}
        for setup_id, (records, origins) in groups.items():
            packed = (setup_id, [_pack(record, shared) for record in records], origins)
            pending.setdefault(bucket_of(setup_id, depth), []).append(packed)
        for bucket, content in pending.items():
            data = marshal.dumps(content)
            with (folder / f"{bucket:03d}{writer}").open("ab") as file:
                file.write(len(data).to_bytes(_LENGTH) + data)

    @staticmethod
    def read(files: Sequence[Path], bucket_bytes: int, depth: int = 0) -> Iterator[tuple[str, Spilled]]:
        """As `take`, for a process that knows the files alone."""
        if depth < _MAX_DEPTH and sum(file.stat().st_size for file in files) > bucket_bytes:
            with tempfile.TemporaryDirectory(prefix="finer-", dir=files[0].parent.parent) as name:
                finer = Path(name)
                for chunk in _chunks(files):
                    Spill.write(finer, chunk, depth=depth + 1)
                for file in files:
                    file.unlink()
                for bucket in _buckets(finer):
                    yield from Spill.read(bucket, bucket_bytes, depth + 1)
            return
        groups = _merged(files)
        for file in files:
            file.unlink()
        while groups:
            setup_id = next(iter(groups))
            yield setup_id, groups.pop(setup_id)


def _buckets(folder: Path) -> list[list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        found.setdefault(path.name[:3], []).append(path)
    return list(found.values())


def bucket_of(setup_id: str, depth: int = 0) -> int:
    """The number of the bucket that holds a set-up."""
    name = setup_id.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(name, digest_size=1, salt=bytes((depth,))).digest()[0] % _BUCKETS


def _merged(files: Iterable[Path]) -> dict[str, Spilled]:
    groups: dict[str, Spilled] = {}
    for chunk in _chunks(files):
        for setup_id, (records, origins) in chunk.items():
            known = groups.get(setup_id)
            if known is None:
                groups[setup_id] = (records, origins)
            else:
                known[0].extend(records)
                new = tuple([name for name in origins if name not in known[1]])
                groups[setup_id] = (known[0], known[1] + new)
    return groups


def _chunks(files: Iterable[Path]) -> Iterator[dict[str, Spilled]]:
    for path in files:
        with path.open("rb") as file:
            while length := file.read(_LENGTH):
                shared: dict[int, Any] = {}
                content = marshal.loads(file.read(int.from_bytes(length)))  # noqa: S302 (our own file)
                # The ids in `shared` are those of what `content` holds.
                yield {
                    setup_id: ([_unpack(fields, shared) for fields in packed], origins)
                    for setup_id, packed, origins in content
                }
                del content


_EVENTS: Final = _NAMES.index("events")
_LINKS: Final = _NAMES.index("links")
_RESOURCE: Final = _NAMES.index("resource")
_SCOPE: Final = _NAMES.index("scope")


def _pack(record: SpanRecord, shared: dict[int, Any]) -> list[Any]:
    fields = list(_astuple(record))
    fields[_EVENTS] = [_astuple(event) for event in record.events] if record.events else None
    fields[_LINKS] = [_astuple(link) for link in record.links] if record.links else None
    for place in (_RESOURCE, _SCOPE):
        # One tuple for one object: marshal writes it once. The object stands beside it, so that its id stays its own.
        part = fields[place]
        known = shared.get(id(part))
        if known is None:
            known = shared[id(part)] = (_astuple(part), part)
        fields[place] = known[0]
    return fields


def _unpack(fields: list[Any], shared: dict[int, Any]) -> SpanRecord:
    for place, kind in ((_RESOURCE, ResourceRecord), (_SCOPE, ScopeRecord)):
        part = fields[place]
        known = shared.get(id(part))
        if known is None:
            known = shared[id(part)] = kind(*part)
        fields[place] = known
    events, links = fields[_EVENTS], fields[_LINKS]
    fields[_EVENTS] = tuple([EventRecord(*event) for event in events]) if events else ()
    fields[_LINKS] = tuple([LinkRecord(*link) for link in links]) if links else ()
    return SpanRecord(*fields)
