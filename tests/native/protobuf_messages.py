"""Messages of OTLP's spans that no library would write: any fields, in any order, as often as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_multisig.otlp.wire import write_varint

if TYPE_CHECKING:
    import random

TEXTS = (
    b"",
    b"a",
    b"\xc3\xa4",
    b"\xff",
    b"\xed\xa0\x80",
    b"k" * 20,
    b"k" * 21,
    b"\0",
    b"x" * 127,
    b"x" * 128,
    b"y" * 129,
)
NUMBERS = (0, 1, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 3, 2**63 - 1, 2**63, 2**64 - 1)
ODD = (b"\x80\x00", b"\x81" * 9 + b"\x01", b"\xff" * 9 + b"\x7f", b"\x80" * 10, b"\x80" * 9 + b"\x00")

# Of each message its fields: number, and what it is.
SHAPES: dict[str, tuple[tuple[int, str], ...]] = {
    "document": ((1, "resource_spans"),),
    "resource_spans": ((1, "resource"), (2, "scope_spans"), (2, "scope_spans"), (3, "text")),
    "resource": ((1, "pair"), (2, "number")),
    "scope_spans": ((1, "scope"), (2, "span"), (2, "span"), (3, "text")),
    "scope": ((1, "text"), (2, "text"), (3, "pair"), (4, "number")),
    "span": (
        *((1, "trace_id"), (2, "span_id"), (3, "text"), (4, "span_id"), (5, "text"), (6, "number"), (7, "fixed64")),
        *((8, "fixed64"), (9, "pair"), (10, "number"), (11, "event"), (12, "number"), (13, "link"), (14, "number")),
        *((15, "status"), (16, "fixed32"), (48, "fixed32")),
    ),
    "event": ((1, "fixed64"), (2, "text"), (3, "pair"), (4, "number")),
    "link": ((1, "trace_id"), (2, "span_id"), (3, "text"), (4, "pair"), (5, "number"), (6, "fixed32")),
    "status": ((2, "text"), (3, "number")),
    "pair": ((1, "text"), (2, "value")),
    "value": ((1, "text"), (2, "number"), (3, "number"), (4, "fixed64"), (5, "array"), (6, "pairs"), (7, "text")),
    "array": ((1, "value"),),
    "pairs": ((1, "pair"),),
}
ALWAYS = dict.fromkeys(("span", "link"), b"\x0a\x10" + b"t" * 16 + b"\x12\x08" + b"s" * 8)


class Writer:
    """Messages of the right shape with any of their fields, in any order, as often as it comes; some of them odd."""

    def __init__(self, choose: random.Random, oddness: float) -> None:
        self.choose = choose
        self.oddness = oddness

    def odd(self) -> bool:
        return self.choose.random() < self.oddness

    def number(self) -> bytes:
        if self.odd():
            return self.choose.choice(ODD)
        return write_varint(self.choose.choice(NUMBERS[: 4 + self.odd() * 8]))

    def length(self, length: int) -> bytes:
        if not self.odd():
            return write_varint(length)
        return self.choose.choice((bytes((length & 127 | 128, length >> 7 & 127 | 128, 0)), write_varint(length + 1)))

    def message(self, kind: str, depth: int = 0) -> bytes:
        fields = [ALWAYS[kind]] if kind in ALWAYS and not self.odd() else []
        few = 6 if depth < 8 else 1
        fields += [self.field(*self.choose.choice(SHAPES[kind]), depth) for _ in range(self.choose.randrange(few))]
        return b"".join(fields)

    def field(self, number: int, kind: str, depth: int) -> bytes:
        if self.odd():
            number = self.choose.choice((0, number, 4, 20, 2**28))
        tag = number << 3
        if kind == "number":
            return self.tag(tag) + self.number()
        if kind.startswith("fixed"):
            size = int(kind[5:]) // 8
            return self.tag(tag | (1 if size == 8 else 5)) + self.choose.randbytes(size)
        content = self.content(kind, depth)
        return self.tag(tag | 2) + self.length(len(content)) + content

    def tag(self, tag: int) -> bytes:
        if not self.odd():
            return write_varint(tag)
        longer, other = bytes((tag & 127 | 128, tag >> 7 & 127)), write_varint(tag ^ self.choose.randrange(8))
        return self.choose.choice((longer, other))

    def content(self, kind: str, depth: int) -> bytes:
        if kind in SHAPES:
            return self.message(kind, depth + 1)
        if kind == "text":
            return self.choose.choice(TEXTS if self.odd() else TEXTS[:3])
        size = {"trace_id": 16, "span_id": 8}[kind]
        return self.choose.randbytes(size + self.odd() * self.choose.choice((-1, 1, -size)))
