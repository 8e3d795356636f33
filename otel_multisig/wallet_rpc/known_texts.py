"""The texts with which monero-wallet-rpc refuses a call of a multisig wallet's life, with the versions that say so.

Measured on 0.18.0.0 where it could be provoked, otherwise from the sources of Monero 0.18.0.0 to 0.18.5.1: the server
(``src/wallet/wallet_rpc_server.cpp``), its wallet errors (``src/wallet/wallet_errors.h``) and the key exchange
(``src/multisig``). Texts change from version to version, codes do not: judge by code first.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["KNOWN_TEXTS", "KnownText", "find_known_text"]


class KnownText(NamedTuple):
    """One text of the server.

    Attributes:
        text: As the server says it; ``{n}`` stands for a number.
        codes: The error codes it comes with.
        since: The first release of 0.18 that says so, as far as known.
        until: The last one, None where the newest known still does.
    """

    text: str
    codes: tuple[int, ...] = (-1,)
    since: str = "0.18.0.0"
    until: str | None = None


_DISABLED: Final = (
    "This wallet is multisig, and multisig is disabled. Multisig is an experimental feature and may have bugs. Things "
    "that could go wrong include: funds sent to a multisig wallet can't be spent at all, can only be spent with the "
    "participation of a malicious group member, or can be stolen by a malicious group member. You can enable it by "
    "running this once in monero-wallet-cli: set enable-multisig-experimental 1"
)

_OF_THE_SERVER: Final = (
    KnownText("No wallet file", (-13,)),
    KnownText("No wallet dir configured", (-23,)),
    KnownText("This wallet is already multisig", (-28,)),
    KnownText("This wallet is multisig, and already finalized", (-28,), until="0.18.0.0"),
    KnownText("This wallet is not multisig", (-31,)),
    KnownText("This wallet is multisig, but not yet finalized", (-31,)),
    KnownText(_DISABLED, (-48,)),
    KnownText("Needs multisig info from more participants", (-33,)),
    KnownText("Needs multisig export info from more participants", (-33,)),
    KnownText("wallet is watch-only and cannot be made multisig", (-29,)),
    KnownText("Command unavailable in restricted mode.", (-7,)),
    KnownText("Cannot create wallet. Already exists.", (-21,)),
    KnownText("Wallet already exists.", (-21,)),
    KnownText("Failed to open wallet", until="0.18.0.0"),
    KnownText("Failed to open wallet : Unknown.", since="0.18.1.0"),
    KnownText("Failed to create wallet"),
    KnownText("Failed to generate wallet"),
    KnownText("Invalid filename"),
    KnownText("Invalid password.", (-22,)),
    KnownText("Invalid original password.", (-22,)),
    KnownText("account index is out of bound", (-14,)),
    KnownText("address index is out of bound", (-15,)),
    KnownText("no connection to daemon", (-38,)),
    KnownText("daemon is busy", (-3,)),
    KnownText("not enough money", (-17,)),
    KnownText("not enough unlocked money", (-37,)),
    KnownText("tx not possible", (-16,)),
    KnownText("No transaction created", (-16,)),
    KnownText("Transaction would be too large.  try /transfer_split.", (-18,)),
    KnownText("Transaction has no destination", (-20,)),
    KnownText("Failed to parse hex.", (-26,)),
    KnownText("Failed to parse multisig tx data.", (-34,)),
    KnownText("Failed to sign multisig tx", (-35,)),
    KnownText("Not enough signers signed this transaction.", (-35,)),
    KnownText("Invalid address", (-2,)),
    KnownText("This command requires a trusted daemon.", (-7, -1)),
    KnownText("Unable to set daemon", (-38, -1)),
    KnownText("WALLET_RPC_ERROR_CODE_UNKNOWN_ERROR"),
    KnownText("Method not found", (-32601,)),
    KnownText("Parse error", (-32700,)),
    KnownText("Invalid Request", (-32600,)),
)

_OF_THE_SIGNING: Final = (
    KnownText(
        "This signature was made with stale data: export fresh multisig data, which other participants must then use"
    ),
    KnownText(
        "Not enough multisig data was found to sign: import multisig data from more other participants",
    ),
)

_OF_THE_KEY_EXCHANGE: Final = (
    KnownText("A pubkey recommended by multisig kex messages had an unexpected number of recommendations."),
    KnownText("A multisig signer recommended an unexpected number of pubkeys.", since="0.18.1.0"),
    KnownText("All messages must have the same kex round number."),
    KnownText("An unknown origin recommended a multisig post-kex verification messsage.", since="0.18.1.0"),
    KnownText("An unknown origin recommended a multisig post-kex verification message.", since="0.19"),
    KnownText("At least one input kex message expected.", since="0.19"),
    KnownText("At least one input message expected."),
    KnownText(
        "Could not find an expected signer in multisig post-kex round messages (all signers expected).",
        until="0.18.0.0",
    ),
    KnownText("Deserializing kex msg failed."),
    KnownText("Duplicate signers not allowed when converting a wallet to multisig."),
    KnownText("Invalid kex message round (must be > 1 for the general msg type)."),
    KnownText("Kex message unexpectedly empty.", until="0.18.0.0"),
    KnownText("Kex message unexpectedly small.", since="0.18.1.0"),
    KnownText("Kex messages were for round [{n}], but expected round is [{n}]"),
    KnownText("Kex messages were not for expected round.", since="0.19"),
    KnownText("Local account did not recommend expected number of multisig keys."),
    KnownText("Message signing key was invalid."),
    KnownText("Message signing key was not in prime subgroup."),
    KnownText("Messages don't have the expected kex round number."),
    KnownText("Multisig kex has already completed all required rounds (including post-kex verification)."),
    KnownText("Multisig kex message with unexpected signer encountered."),
    KnownText("Multisig kex msg decoding error."),
    KnownText("Multisig kex msg signature invalid."),
    KnownText("Multisig post-kex round message origins don't line up with multisig signer set.", until="0.18.0.0"),
    KnownText(
        "Multisig post-kex round message origins don't line up with multisig signer set "
        "(num signers found: {n}, num signers required: {n}).",
        since="0.18.1.0",
    ),
    KnownText("Multisig post-kex round messages from other signers did not all contain two pubkeys."),
    KnownText("Multisig post-kex round messages from other signers did not all recommend the same pubkey pair."),
    KnownText(
        "Multisig post-kex round: expected common pubkey wasn't found in other signers' messages.", until="0.18.0.0"
    ),
    KnownText("Multisig post-kex round: expected common pubkey wasn't found in input messages.", since="0.18.1.0"),
    KnownText(
        "Multisig post-kex round: expected multisig pubkey wasn't found in other signers' messages.", until="0.18.0.0"
    ),
    KnownText("Multisig post-kex round: expected multisig pubkey wasn't found in input messages.", since="0.18.1.0"),
    KnownText("Multisig threshold may not be larger than number of signers."),
    KnownText("Multisig threshold must be > 0."),
    KnownText("Multisig wallet creation process has already been finished"),
    KnownText("Must be at least one other multisig signer."),
    KnownText("No key exchange messages passed in."),
    KnownText(
        "Number of unique other signers does not equal number of other signers that recommended pubkeys.",
        until="0.18.0.0",
    ),
    KnownText(
        "Number of unique other signers recommending pubkeys does not equal number of required other signers "
        "(kex round: {n}, num signers found: {n}, num signers required: {n}).",
        since="0.18.1.0",
    ),
    KnownText("Only v2 multisig kex messages are supported."),
    KnownText("Pubkey from message was invalid."),
    KnownText("Pubkey from message was not in prime subgroup."),
    KnownText("The wallet is not multisig"),
    KnownText(
        "Too many multisig signers specified "
        "(limit = 16 to prevent dangerous combinatorial explosion during key exchange)."
    ),
    KnownText("Trying to make multisig with message that has invalid multisig kex round (should be '1')."),
    KnownText("Trying to process multisig kex for an invalid round."),
    KnownText("V1 multisig kex messages are deprecated (unsafe)."),
    KnownText("basic_string::substr: __pos (which is {n}) > this->size() (which is {n})"),
    KnownText("multisig account: tried to set invalid number of signers."),
    KnownText("multisig account: tried to set invalid threshold."),
    KnownText("multisig account: tried to set signers, but a signer pubkey is invalid."),
    KnownText("multisig account: tried to set signers, but there are duplicate signers unexpectedly."),
)

KNOWN_TEXTS: Final[tuple[KnownText, ...]] = (*_OF_THE_SERVER, *_OF_THE_SIGNING, *_OF_THE_KEY_EXCHANGE)
"""Every known text. The text of a failing exchange or import is one of these behind a prefix of the server's own."""

# What the server, the legacy client and this project put before a text of the server.
_PREFIXES: Final = re.compile(
    r"(?:(?:Error calling (?:exchange_multisig_info|import_multisig)|Failed to (?:sign|submit) multisig tx"
    r"|Failed to open wallet ?|Monero RPC error|Multisig error|Invalid input|Wallet error|Internal error"
    r"|Network error): ){1,3}"
)
_WITHOUT_NUMBERS: Final = {known.text: known for known in KNOWN_TEXTS if "{n}" not in known.text}
_WITH_NUMBERS: Final = tuple(
    (re.compile(re.escape(known.text).replace(r"\{n\}", "[0-9]{1,10}")), known)
    for known in KNOWN_TEXTS
    if "{n}" in known.text
)
_LONGEST: Final = max(len(known.text) for known in KNOWN_TEXTS) + 200


def find_known_text(text: str) -> KnownText | None:
    """The known text that a text of the server is, behind any of the known prefixes; None for any other."""
    if len(text) > _LONGEST:
        return None
    bare = text[match.end() :] if (match := _PREFIXES.match(text)) else text
    # A known text may itself begin as a prefix does.
    for candidate in (text, bare):
        if known := _WITHOUT_NUMBERS.get(candidate):
            return known
        for pattern, known in _WITH_NUMBERS:
            if pattern.fullmatch(candidate):
                return known
    return None
