"""What cannot be read as spans."""

from __future__ import annotations


class OtlpDecodeError(ValueError):
    """A document that is no OTLP, in its JSON or its protobuf form.

    Attributes:
        place: the path in the document, ``resourceSpans[0].scopeSpans[0].spans[3].traceId``; "" for the whole of it.
        problem: what is wrong there.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place
        self.problem = problem

    def inside(self, place: str) -> OtlpDecodeError:
        """The same error, seen from further out."""
        return OtlpDecodeError(f"{place}.{self.place}" if self.place else place, self.problem)
