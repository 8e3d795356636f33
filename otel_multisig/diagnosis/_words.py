"""How findings name things: in plain words, and so that no text of a record can do more than be read."""

from __future__ import annotations

from typing import Final

__all__ = [
    "call_name",
    "escrow_name",
    "listing",
    "on_port",
    "plain",
    "quoted",
    "seconds",
    "sentence",
    "wallet_name",
    "wallet_on",
]

_LONGEST: Final = 200
_SHORT_ID: Final = 8
_UUID_LENGTH: Final = 36
_MICROSECOND: Final = 1_000
_MILLISECOND: Final = 1_000_000
_SECOND: Final = 1_000_000_000
_MINUTE: Final = 60
# Where a number, rounded as it is shown, would reach the next unit: 999.6 ms is "1.0 s".
_MICROSECONDS_BELOW: Final = 999_500
_MILLISECONDS_BELOW: Final = 999_500_000
_SECONDS_BELOW: Final = 59_950_000_000


def plain(text: str, longest: int = _LONGEST) -> str:
    """A text of a record for a sentence: control characters escaped, and not endless.

    Whatever cannot be printed (escape sequences, line breaks, marks that turn the direction of writing) is shown as its
    number.
    """
    cut = text[:longest]
    if not cut.isprintable():
        cut = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return f"{cut}..." if len(text) > longest else cut


def quoted(text: str) -> str:
    """An error text in quotation marks."""
    return f'"{plain(text)}"'


def escrow_name(escrow_id: str) -> str:
    """An escrow by the first eight characters of its id, where that is a UUID; else the whole of it."""
    if len(escrow_id) == _UUID_LENGTH and escrow_id.count("-") == 4:  # noqa: PLR2004 - as a UUID has
        return plain(escrow_id[:_SHORT_ID])
    return plain(escrow_id, 40)


def wallet_name(role: str | None) -> str:
    """A wallet by its role."""
    return "a wallet" if role is None else f"the {plain(role, 40)}'s wallet"


def on_port(port: int | None) -> str:
    """Where a wallet is, with a blank before it; nothing where that is not known."""
    return "" if port is None else f" on port {port}"


def wallet_on(role: str | None, port: int | None) -> str:
    """A wallet by its role, and where it is."""
    return f"{wallet_name(role)}{on_port(port)}"


def call_name(method: str, role: str | None, port: int | None = None) -> str:
    """A call by its method, its wallet and where that is."""
    return f"{plain(method, 60)} of {wallet_on(role, port)}"


def seconds(nanoseconds: int) -> str:
    """A time span in the unit that suits it; in the next one where rounding brings it there."""
    size = abs(nanoseconds)
    if size < _MICROSECONDS_BELOW:
        return f"{nanoseconds / _MICROSECOND:.0f} µs"
    if size < _MILLISECONDS_BELOW:
        return f"{nanoseconds / _MILLISECOND:.0f} ms"
    if size < _SECONDS_BELOW:
        return f"{nanoseconds / _SECOND:.1f} s"
    minutes, rest = divmod(round(size / _SECOND), _MINUTE)
    sign = "-" if nanoseconds < 0 else ""
    if minutes < _MINUTE:
        return f"{sign}{minutes} min {rest} s"
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{sign}{hours} h {minutes} min"


def listing(words: list[str]) -> str:
    """Words as a list: ``a, b and c``."""
    if len(words) < 2:  # noqa: PLR2004 - a list of one is no list
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """A sentence, with a capital letter at its start."""
    return text[:1].upper() + text[1:]
