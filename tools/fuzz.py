"""Throw damaged recordings of every form at the readers: no traceback, no hang, no memory without bound.

``python tools/fuzz.py [COUNT] [SEED]``: 1,000,000 documents unless told otherwise. The seed is printed; the same seed
makes the same documents. Seeds are what real servers wrote (``tests/data``). The digest at the end is that of all that
was read and written: the same with the compiled part and, by ``OTEL_MULTISIG_NATIVE=0``, without it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_multisig.legacy import write
from otel_multisig.model import disassemble
from otel_multisig.otlp import encode_line, encode_protobuf
from otel_multisig.sources import Gathering, Limits, Problem, StreamSource

if TYPE_CHECKING:
    from collections.abc import Callable

DATA: Final = Path(__file__).resolve().parents[1] / "tests" / "data"
LIMITS: Final = Limits(document_bytes=1 << 20, free_bytes=4 << 20, ratio=50)
SLOWEST_SECONDS: Final = 20.0
MEMORY_BYTES: Final = 1 << 30

_TOKENS: Final = (
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"-0.0",
    b"18446744073709551616",
    b"9" * 400,
    b'""',
    b'"\\ud800"',
    b"{}",
    b"[]",
    b"[" * 500,
    b'{"a":' * 300,
    b"\xff",
    b"\0",
    b"\n",
    b"\n}\n{",
    b",",
    b'"',
    b"NaN",
    b'"NaN"',
    b"1.5",
    b"\x80" * 11,
    b"\x0a\x00",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
)
_KEYS: Final = (
    b"traceId",
    b"spanId",
    b"parentSpanId",
    b"timeUnixNano",
    b"attributes",
    b"resourceSpans",
    b"spans",
    b"event_type",
    b"details",
    b"trace_id",
    b"timestamp",
    b"role",
    b"monero.setup.id",
    b"monero.setup.sequence",
    b"monero.setup.end_sequence",
)


def seeds() -> list[bytes]:
    """Small recordings of every form, some compressed."""
    found = [path.read_bytes() for folder in ("otlp", "legacy") for path in sorted((DATA / folder).iterdir())]
    found = [data for data in found if len(data) < 60_000]  # noqa: PLR2004
    # Without the time of day: the same seed makes the same documents.
    found += [gzip.compress(data, mtime=0) for data in found[:4]]
    try:
        import zstandard
    except ImportError:
        return found
    return found + [zstandard.compress(data) for data in found[:4]]


def mutate(data: bytes, choose: random.Random) -> bytes:
    """The document with some of its bytes, tokens or parts changed."""
    result = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 4, 16))):
        if not result:
            break
        choose.choice(_CHANGES)(result, choose)
    return bytes(result)


def _flip(data: bytearray, choose: random.Random) -> None:
    data[choose.randrange(len(data))] = choose.randrange(256)


def _cut(data: bytearray, choose: random.Random) -> None:
    start = choose.randrange(len(data))
    del data[start : start + choose.choice((1, 4, 50, len(data)))]


def _repeat(data: bytearray, choose: random.Random) -> None:
    start = choose.randrange(len(data))
    piece = data[start : start + choose.choice((1, 8, 200))]
    data[start:start] = piece * choose.choice((1, 2, 50))


def _move(data: bytearray, choose: random.Random) -> None:
    start, size = choose.randrange(len(data)), choose.choice((4, 40, 400))
    piece = data[start : start + size]
    del data[start : start + size]
    at = choose.randrange(len(data) + 1)
    data[at:at] = piece


def _insert(data: bytearray, choose: random.Random) -> None:
    at = choose.randrange(len(data) + 1)
    data[at:at] = choose.choice(_TOKENS)


def _value(data: bytearray, choose: random.Random) -> None:
    """Put another value where a key's value begins: what random bytes seldom reach."""
    places = [data.find(b":", choose.randrange(len(data))), data.find(choose.choice(_KEYS))]
    at = choose.choice(places)
    if at < 0:
        return
    start = data.find(b":", at) + 1
    ends = [end for mark in b",}]" if (end := data.find(bytes((mark,)), start)) >= 0]
    data[start : min(ends, default=start)] = choose.choice(_TOKENS)


_CHANGES: Final[tuple[Callable[[bytearray, random.Random], None], ...]] = (
    _flip, _flip, _cut, _repeat, _move, _insert, _value, _value, _value,
)  # fmt: skip


class Fuzzed(NamedTuple):
    """How many set-ups were found, what the slowest document took, and a digest of all that was read and written."""

    setups: int
    slowest_seconds: float
    digest: str


def check(data: bytes, digest: hashlib._Hash) -> int:
    """Read, put together and write a document by every way that a conversion takes; gives the number of set-ups.

    Raises:
        Exception: whatever a reader or writer raised: it should have told of a problem.
    """
    number = 0
    for found in Gathering([StreamSource(io.BytesIO(data), limits=LIMITS)]):
        if isinstance(found, Problem):
            if not (found.what and found.remedy and "\n" not in str(found)):
                raise ValueError(f"a problem that says nothing, or on many lines: {found}")
            digest.update(str(found).encode("utf-8", "surrogatepass"))
            continue
        number += 1
        records = disassemble(found.trace)
        for written in (encode_line(records), encode_protobuf(records), write(found.trace).data):
            digest.update(written)
    return number


def fuzz(count: int, seed: int, progress: Callable[[int, str], None] = lambda _done, _digest: None) -> Fuzzed:
    """Check so many documents.

    Raises:
        AssertionError: one failed; the text says how to see it again.
    """
    known = seeds()
    number = 0
    slowest = 0.0
    digest = hashlib.sha256()
    for place in range(count):
        choose = random.Random(f"{seed}:{place}")  # noqa: S311 (to repeat it)
        data = mutate(choose.choice(known), choose)
        started = time.perf_counter()
        try:
            number += check(data, digest)
        except Exception as error:
            raise AssertionError(f"document {place} of seed {seed}: {type(error).__name__}: {error}") from error
        slowest = max(slowest, time.perf_counter() - started)
        progress(place + 1, digest.hexdigest())
    return Fuzzed(number, slowest, digest.hexdigest())


def main() -> int:
    """Run from the command line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**9)  # noqa: PLR2004
    print(f"{count} documents, seed {seed}", flush=True)
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY_BYTES, 4 * MEMORY_BYTES))
    step = max(1, count // 20)

    def tell(done: int, digest: str) -> None:
        if done % step == 0:
            print(f"{done} done, {digest[:16]}", flush=True)

    number, slowest, digest = fuzz(count, seed, tell)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{count} documents held {number} set-ups; the slowest took {slowest:.2f} s; peak {peak:.0f} MB; {digest}")
    return 0 if slowest < SLOWEST_SECONDS and peak * 1e6 < MEMORY_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
