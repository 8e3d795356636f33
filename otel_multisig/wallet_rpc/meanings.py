"""What an error of a wallet server means, whatever words it comes in.

Codes decide where they say enough. -1 stands for many errors, and the legacy client lost the codes altogether, and put
words of its own in place of the server's: there the text is read, without regard to case. A text that nobody knows is
`Meaning.UNKNOWN`, and a rule goes by the rest.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Meaning", "meaning_of"]


class Meaning(StrEnum):
    """What an error means."""

    ALREADY_MULTISIG = "already_multisig"
    """Prepare or make was asked of a wallet that is multisig."""
    ALREADY_FINALIZED = "already_finalized"
    """An exchange was asked of a wallet that has made its last one."""
    NOT_MULTISIG = "not_multisig"
    """An exchange was asked of a plain wallet."""
    NOT_FINALIZED = "not_finalized"
    """The wallet has not made its last exchange."""
    NOT_MULTISIG_REWRITTEN = "not_multisig_rewritten"
    """The legacy client's *Wallet is not a multisig wallet*: a plain wallet, one that is not finalized, or any refusal
    of the key exchange with *not* in it, such as *Could not find an expected signer*."""
    NO_WALLET = "no_wallet"
    """No wallet is open on the server."""
    DISABLED = "disabled"
    """Multisig is disabled in the wallet: the experimental flag is not set."""
    WRONG_ROUND = "wrong_round"
    """The infos are of another round than the wallet expects."""
    MIXED_INPUTS = "mixed_inputs"
    """The infos do not belong together, or not to this wallet."""
    TOO_FEW_INFOS = "too_few_infos"
    """Not enough infos were given."""
    BAD_INFO = "bad_info"
    """An info cannot be read, or its signature is wrong."""
    BAD_PARAMETERS = "bad_parameters"
    """The server did not understand the request: its threshold, its form, its method."""
    OPEN_FAILED = "open_failed"
    """A wallet could not be opened."""
    ALREADY_EXISTS = "already_exists"
    """A wallet could not be created, because there is one of that name."""
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 (the word itself)
    """The password is wrong."""
    NOT_SAVED = "not_saved"
    """The wallet's file could not be written."""
    UNREACHABLE = "unreachable"
    """The server took no connection, or broke it off."""
    TIMED_OUT = "timed_out"
    """The server did not answer in time."""
    POOL_EXHAUSTED = "pool_exhausted"
    """No wallet server was free."""
    LOCKED = "locked"
    """The wallet, or a lock of the application, is held by somebody else."""
    ADDRESS_MISMATCH = "address_mismatch"
    """The wallets do not agree on their address."""
    UNKNOWN = "unknown"
    """Nothing of the above."""


_BY_CODE: Final[Mapping[int, Meaning]] = {
    -13: Meaning.NO_WALLET,
    -21: Meaning.ALREADY_EXISTS,
    -22: Meaning.WRONG_PASSWORD,
    -33: Meaning.TOO_FEW_INFOS,
    -48: Meaning.DISABLED,
    -32600: Meaning.BAD_PARAMETERS,
    -32601: Meaning.BAD_PARAMETERS,
    -32602: Meaning.BAD_PARAMETERS,
    -32700: Meaning.BAD_PARAMETERS,
}

# Each of these two stands for two errors; their names are in `error_codes`.
_ALREADY_MULTISIG: Final = -28
_NOT_MULTISIG: Final = -31
_EXCHANGES: Final = frozenset({"exchange_multisig_keys", "finalize_multisig"})

# What the legacy client wrote in place of the server's words, from the start of the text or behind one prefix.
_REWRITTEN_NOT_MULTISIG: Final = "wallet is not a multisig wallet"

# Words that tell a meaning, in lower case: the first line of which all parts are in the text counts.
_BY_WORDS: Final[tuple[tuple[Meaning, tuple[str, ...]], ...]] = (
    (Meaning.POOL_EXHAUSTED, ("no rpc instance",)),
    (Meaning.POOL_EXHAUSTED, ("pool", "exhausted")),
    (Meaning.LOCKED, ("acquire", "lock")),
    (Meaning.LOCKED, ("waiting", "lock")),
    (Meaning.ADDRESS_MISMATCH, ("address mismatch",)),
    (Meaning.ADDRESS_MISMATCH, ("address", "not match")),
    (Meaning.UNREACHABLE, ("rpc unreachable",)),
    (Meaning.UNREACHABLE, ("connection refused",)),
    (Meaning.TIMED_OUT, ("timed out",)),
    (Meaning.TIMED_OUT, ("timeout",)),
    (Meaning.TIMED_OUT, ("time-out",)),
    (Meaning.TIMED_OUT, ("deadline", "elapsed")),
    (Meaning.TIMED_OUT, ("no answer",)),
    (Meaning.UNREACHABLE, ("connection reset",)),
    (Meaning.UNREACHABLE, ("connection aborted",)),
    (Meaning.UNREACHABLE, ("connection closed",)),
    (Meaning.UNREACHABLE, ("closed connection",)),
    (Meaning.UNREACHABLE, ("broken pipe",)),
    (Meaning.UNREACHABLE, ("server disconnected",)),
    (Meaning.UNREACHABLE, ("without response",)),
    (Meaning.UNREACHABLE, ("incompletemessage",)),
    (Meaning.UNREACHABLE, ("error trying to connect",)),
    (Meaning.UNREACHABLE, ("failed to connect",)),
    (Meaning.UNREACHABLE, ("no route to host",)),
    (Meaning.UNREACHABLE, ("name or service not known",)),
    (Meaning.DISABLED, ("multisig is disabled",)),
    (Meaning.NOT_FINALIZED, ("not yet finalized",)),
    (Meaning.NOT_FINALIZED, ("not finalized",)),
    (Meaning.ALREADY_FINALIZED, ("already finalized",)),
    (Meaning.ALREADY_FINALIZED, ("already completed all required rounds",)),
    (Meaning.ALREADY_FINALIZED, ("has already been finished",)),
    (Meaning.NOT_MULTISIG_REWRITTEN, (_REWRITTEN_NOT_MULTISIG,)),
    (Meaning.NOT_MULTISIG, ("wallet is not multisig",)),
    (Meaning.ALREADY_MULTISIG, ("already", "multisig")),
    (Meaning.NO_WALLET, ("no wallet file",)),
    (Meaning.NO_WALLET, ("no wallet", "open")),
    (Meaning.WRONG_ROUND, ("expected kex round",)),
    (Meaning.WRONG_ROUND, ("same kex round",)),
    (Meaning.WRONG_ROUND, ("not for expected round",)),
    (Meaning.WRONG_ROUND, ("kex messages were for round",)),
    (Meaning.WRONG_ROUND, ("invalid kex message round",)),
    (Meaning.WRONG_ROUND, ("invalid multisig kex round",)),
    (Meaning.WRONG_ROUND, ("multisig kex for an invalid round",)),
    (Meaning.MIXED_INPUTS, ("unexpected number of recommendations",)),
    (Meaning.MIXED_INPUTS, ("unexpected number of pubkeys",)),
    (Meaning.MIXED_INPUTS, ("expected signer",)),
    (Meaning.MIXED_INPUTS, ("unknown origin",)),
    (Meaning.MIXED_INPUTS, ("did not recommend",)),
    (Meaning.MIXED_INPUTS, ("post-kex round",)),
    (Meaning.MIXED_INPUTS, ("unique other signers",)),
    (Meaning.MIXED_INPUTS, ("duplicate signers",)),
    (Meaning.TOO_FEW_INFOS, ("from more participants",)),
    (Meaning.TOO_FEW_INFOS, ("message expected",)),
    (Meaning.TOO_FEW_INFOS, ("no key exchange messages",)),
    (Meaning.TOO_FEW_INFOS, ("must be at least one other multisig signer",)),
    (Meaning.BAD_INFO, ("kex msg",)),
    (Meaning.BAD_INFO, ("kex message unexpectedly",)),
    (Meaning.BAD_INFO, ("multisig kex messages are",)),
    (Meaning.BAD_INFO, ("message signing key",)),
    (Meaning.BAD_INFO, ("pubkey from message",)),
    (Meaning.BAD_INFO, ("basic_string::substr",)),
    (Meaning.BAD_PARAMETERS, ("multisig threshold",)),
    (Meaning.BAD_PARAMETERS, ("too many multisig signers",)),
    (Meaning.BAD_PARAMETERS, ("method not found",)),
    (Meaning.BAD_PARAMETERS, ("invalid params",)),
    (Meaning.ALREADY_EXISTS, ("already exists",)),
    (Meaning.WRONG_PASSWORD, ("invalid password",)),
    (Meaning.OPEN_FAILED, ("failed to open wallet",)),
    (Meaning.OPEN_FAILED, ("file not found",)),
    (Meaning.NOT_SAVED, ("failed to save",)),
    (Meaning.LOCKED, ("locked",)),
    (Meaning.LOCKED, ("busy",)),
    (Meaning.LOCKED, ("opened by another",)),
    (Meaning.UNREACHABLE, ("network error",)),
    (Meaning.UNREACHABLE, ("connection error",)),
    (Meaning.UNREACHABLE, ("connectionerror",)),
)

# Classes of exceptions, in lower case and without their module: what they end with, and what that means.
_BY_CLASS: Final[tuple[tuple[str, Meaning], ...]] = (
    ("timeouterror", Meaning.TIMED_OUT),
    ("timeout", Meaning.TIMED_OUT),
    ("connectionrefusederror", Meaning.UNREACHABLE),
    ("connectionreseterror", Meaning.UNREACHABLE),
    ("connectionabortederror", Meaning.UNREACHABLE),
    ("connectionerror", Meaning.UNREACHABLE),
    ("brokenpipeerror", Meaning.UNREACHABLE),
    ("remotedisconnected", Meaning.UNREACHABLE),
    ("serverdisconnectederror", Meaning.UNREACHABLE),
    ("connecterror", Meaning.UNREACHABLE),
    ("maxretryerror", Meaning.UNREACHABLE),
    ("remoteprotocolerror", Meaning.UNREACHABLE),
    ("readerror", Meaning.UNREACHABLE),
    ("incompleteread", Meaning.UNREACHABLE),
    ("gaierror", Meaning.UNREACHABLE),
)
_LONGEST_READ: Final = 16_384


def meaning_of(method: str, code: int | None, text: str | None, error_type: str | None = None) -> Meaning:
    """What an error means.

    Args:
        method: the method that was called; "" where it is not known.
        code: the code that the server answered with; None where it was lost, or there was none.
        text: the error in words, the server's or a client's.
        error_type: the class of the exception, with its module or without.
    """
    return _meaning_of(method, code, (text or "")[:_LONGEST_READ], error_type or "")


@lru_cache(maxsize=1024)
def _meaning_of(method: str, code: int | None, text: str, error_type: str) -> Meaning:
    if code is not None and (known := _BY_CODE.get(code)) is not None:
        return known
    words = text.casefold()
    if code == _ALREADY_MULTISIG:
        is_exchange = "finalized" in words or method in _EXCHANGES
        return Meaning.ALREADY_FINALIZED if is_exchange else Meaning.ALREADY_MULTISIG
    if code == _NOT_MULTISIG:
        return Meaning.NOT_FINALIZED if "finalized" in words else Meaning.NOT_MULTISIG
    meaning = _by_words(words)
    if meaning is Meaning.UNKNOWN and code is None:
        return _by_class(error_type)
    return Meaning.OPEN_FAILED if meaning is Meaning.UNKNOWN and method == "open_wallet" else meaning


def _by_words(words: str) -> Meaning:
    for meaning, parts in _BY_WORDS:
        if all(part in words for part in parts):
            return meaning
    return Meaning.UNKNOWN


def _by_class(error_type: str) -> Meaning:
    name = error_type.casefold().rpartition(".")[2]
    for ending, meaning in _BY_CLASS:
        if name.endswith(ending):
            return meaning
    return Meaning.UNKNOWN
