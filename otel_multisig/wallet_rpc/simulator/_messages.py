"""The multisig infos that signers hand each other: how they are written, read and refused.

Their lengths and their form are those of the real server's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from otel_multisig.wallet_rpc.simulator import _base58, _group

if TYPE_CHECKING:
    from random import Random

_MAGIC_FIRST: Final = "MultisigxV2R1"
_MAGIC_LATER: Final = "MultisigxV2Rn"
_MAGICS_OLD: Final = ("MultisigV1", "MultisigxV1")
_MAGIC_LENGTH: Final = len(_MAGIC_FIRST)
_KEY: Final = _group.KEY_SIZE
_SIGNATURE: Final = _group.SIGNATURE_SIZE


class KexError(Exception):
    """The server's own text for an info, or a set of infos, that it refuses."""


class Message(NamedTuple):
    """A multisig info.

    Attributes:
        round: The round it is meant for, from 1.
        signer: The public key of its maker, by which signers know each other.
        share: In round 1 the maker's share of the common secret view key, else 0.
        keys: In later rounds the public keys that the maker recommends.
    """

    round: int
    signer: int
    share: int = 0
    keys: tuple[int, ...] = ()

    def write(self, secret: int, source: Random) -> str:
        """The info as text, signed with the maker's secret key."""
        if self.round == 1:
            magic, body = _MAGIC_FIRST, _group.encoded(self.share)
        else:
            magic = _MAGIC_LATER
            body = bytes([self.round, len(self.keys)]) + b"".join(map(_group.encoded, self.keys))
        body += _group.encoded(self.signer)
        return magic + _base58.encode(body + _group.signature(secret, magic.encode() + body, source))


def read(text: str) -> Message:
    """The info that a text holds.

    Raises:
        KexError: It holds none.
    """
    if not text:
        raise KexError("Kex message unexpectedly empty.")
    if text.startswith(_MAGICS_OLD):
        raise KexError("V1 multisig kex messages are deprecated (unsafe).")
    if len(text) < _MAGIC_LENGTH:
        raise KexError(f"basic_string::substr: __pos (which is {_MAGIC_LENGTH}) > this->size() (which is {len(text)})")
    magic, letters = text[:_MAGIC_LENGTH], text[_MAGIC_LENGTH:]
    try:
        data = _base58.decode(letters)
    except ValueError:
        raise KexError("Multisig kex msg decoding error.") from None
    if magic == _MAGIC_FIRST:
        message = _read_first(data)
    elif magic == _MAGIC_LATER:
        message = _read_later(data)
    else:
        raise KexError("Only v2 multisig kex messages are supported.")
    if not all(map(_group.is_key, message.keys)):
        raise KexError("Pubkey from message was invalid.")
    if not _group.is_key(message.signer):
        raise KexError("Message signing key was invalid.")
    if not _group.is_signed(message.signer, magic.encode() + data[:-_SIGNATURE], data[-_SIGNATURE:]):
        raise KexError("Multisig kex msg signature invalid.")
    return message


def _read_first(data: bytes) -> Message:
    if len(data) != 2 * _KEY + _SIGNATURE:
        raise KexError("Deserializing kex msg failed.")
    return Message(1, _group.decoded(data[_KEY : 2 * _KEY]), share=_group.decoded(data[:_KEY]))


def _read_later(data: bytes) -> Message:
    count = data[1] if len(data) > 1 else 0
    keys_end = 2 + count * _KEY
    if len(data) != keys_end + _KEY + _SIGNATURE:
        raise KexError("Deserializing kex msg failed.")
    if data[0] <= 1:
        raise KexError("Invalid kex message round (must be > 1 for the general msg type).")
    keys = tuple(_group.decoded(data[start : start + _KEY]) for start in range(2, keys_end, _KEY))
    return Message(data[0], _group.decoded(data[keys_end : keys_end + _KEY]), keys=keys)
