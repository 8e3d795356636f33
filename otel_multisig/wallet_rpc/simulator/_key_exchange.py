"""The key exchange of an M-of-N multisig wallet, round by round, with all that it refuses.

A key of the final wallet belongs to each group of N - M + 1 signers; they find it by shared secrets, one more signer a
round. One more round then shows that all came to the same wallet. Source: "MRL-0009, Thring signatures and their
applications" for the scheme, and what monero-wallet-rpc 0.18.0.0 was seen to accept and to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from otel_multisig.wallet_rpc.simulator import _group
from otel_multisig.wallet_rpc.simulator._messages import KexError, Message, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

_MOST_SIGNERS: Final = 16
_UNEVEN: Final = "A pubkey recommended by multisig kex messages had an unexpected number of recommendations."

_Origins: TypeAlias = dict[int, set[int]]


@dataclass(frozen=True)
class KeyExchange:
    """How far one wallet has come in the exchange.

    Attributes:
        threshold: How many signers a transaction needs (M).
        signers: The public keys of all signers (N), this wallet's own included.
        secret: This wallet's own secret key among the signers.
        view_secret: The secret view key that all signers share.
        spend_public: The wallet's public spend key; neutral as long as the exchange has not found it.
        shares: This wallet's secret shares of the spend key.
        known: The keys of the present round that this wallet made itself.
        rounds: How many rounds are done.
    """

    threshold: int
    signers: tuple[int, ...]
    secret: int
    view_secret: int
    spend_public: int = _group.NEUTRAL
    shares: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    rounds: int = 0

    @property
    def own(self) -> int:
        """The public key by which the other signers know this wallet."""
        return _group.public_of(self.secret)

    @property
    def view_public(self) -> int:
        """The public view key that all signers share."""
        return _group.public_of(self.view_secret)

    @property
    def main_rounds(self) -> int:
        """How many rounds it takes to find the wallet; one more shows that all have found the same."""
        return len(self.signers) - self.threshold + 1

    @property
    def is_ready(self) -> bool:
        """Whether every round is done, the last one included."""
        return self.rounds == self.main_rounds + 1 and self.spend_public != _group.NEUTRAL

    def to_json(self) -> dict[str, Any]:
        """The state as a wallet file holds it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> KeyExchange:
        """The state that a wallet file holds."""
        state: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()
        }
        return cls(**state)


def first_info(spend_secret: int, view_secret: int, source: Random) -> str:
    """The info with which a plain wallet enters an exchange."""
    secret, share = _blinded(spend_secret), _blinded(view_secret)
    return Message(1, _group.public_of(secret), share=share).write(secret, source)


def begin(
    infos: Sequence[str], threshold: int, spend_secret: int, view_secret: int, source: Random
) -> tuple[KeyExchange, str]:
    """Round 1: the state of a wallet that takes part, and its info for the next round.

    Raises:
        KexError: The infos or the threshold are refused.
    """
    secret = _blinded(spend_secret)
    own = _group.public_of(secret)
    messages: list[Message] = []
    others: list[int] = []
    for info in infos:
        message = read(info)
        if message.round != 1:
            raise KexError("Trying to make multisig with message that has invalid multisig kex round (should be '1').")
        if message.signer in others:
            raise KexError("Duplicate signers not allowed when converting a wallet to multisig.")
        messages.append(message)
        if message.signer != own:
            others.append(message.signer)
    signers = tuple(sorted((*others, own)))
    if not 0 < threshold <= len(signers):
        raise KexError("multisig account: tried to set invalid threshold.")
    if not 1 < len(signers) <= _MOST_SIGNERS:
        raise KexError("multisig account: tried to set invalid number of signers.")
    shares = sorted((_blinded(view_secret), *(message.share for message in messages if message.signer != own)))
    state = KeyExchange(threshold, signers, secret, _group.secret_from(b"common view key", *shares))
    if state.main_rounds == 1:
        state = replace(state, shares=(secret,))
    return _next(replace(state, known=(own,)), messages, source)


def advance(state: KeyExchange, infos: Sequence[str], source: Random) -> tuple[KeyExchange, str]:
    """A later round: the new state, and the info for the next round.

    Raises:
        KexError: The infos are refused; the old state remains.
    """
    return _next(state, [read(info) for info in infos], source)


def _next(state: KeyExchange, messages: Sequence[Message], source: Random) -> tuple[KeyExchange, str]:
    current = state.rounds + 1
    _check_rounds(messages, current)
    if current > state.main_rounds:
        found = _agreed(state, messages)
    elif state.threshold == 1 and current == state.main_rounds:
        found = {}  # all signers have the same key by now: what the others recommend does not matter
    else:
        found = _recommended(state, messages, current)
    if current < state.main_rounds:
        found = {_group.shared(state.secret, key): origins for key, origins in found.items()}
    state, keys = _finished(state, found)
    message = Message(min(state.rounds, state.main_rounds) + 1, state.own, keys=keys)
    return state, message.write(state.secret, source)


def _finished(state: KeyExchange, found: _Origins) -> tuple[KeyExchange, tuple[int, ...]]:
    """The state after a round that found these keys, and the keys to recommend in the next."""
    rounds_left = state.main_rounds - state.rounds
    done = replace(state, rounds=state.rounds + 1)
    if rounds_left <= 0:
        for kind, key in (("multisig", state.spend_public), ("common", state.view_public)):
            if key not in found:
                raise KexError(
                    f"Multisig post-kex round: expected {kind} pubkey wasn't found in other signers' messages."
                )
    elif rounds_left == 1:
        done = _with_spend_key(done, tuple(found))
    else:
        keys = tuple(found)
        if rounds_left == 2:  # noqa: PLR2004 (the last but one: shared secrets become shares of the spend key)
            shares = tuple(_group.secret_from(b"share", secret) for secret in found)
            keys = tuple(map(_group.public_of, shares))
            done = replace(done, shares=shares)
        return replace(done, known=keys), keys
    return done, (done.spend_public, done.view_public)


def _with_spend_key(state: KeyExchange, others: tuple[int, ...]) -> KeyExchange:
    """The state with the spend key, made of the shares of this wallet and those that the others recommend."""
    own = {_group.public_of(share): share for share in state.shares}
    keys = sorted((*others, *own))
    if len(set(keys)) != len(keys):
        raise KexError("Unexpected duplicate found in input list.")
    weights = {key: _group.secret_from(b"weight", key, *keys) for key in keys}
    return replace(
        state,
        spend_public=_group.weighted_sum(keys, [weights[key] for key in keys]),
        shares=tuple(_group.times(share, weights[key]) for key, share in own.items()),
        known=(),
    )


def _check_rounds(messages: Sequence[Message], expected: int) -> None:
    if not messages:
        raise KexError("At least one input message expected.")
    if messages[0].round != expected:
        raise KexError("Messages don't have the expected kex round number.")
    if any(message.round != expected for message in messages):
        raise KexError("All messages must have the same kex round number.")


def _origins(state: KeyExchange, messages: Sequence[Message], ignored: tuple[int, ...]) -> _Origins:
    """Which key is recommended by whom; not counted are own infos, the own key and those to be ignored."""
    origins: _Origins = {}
    for message in messages:
        if message.signer == state.own:
            continue
        for key in (message.signer,) if message.round == 1 else message.keys:
            if key != state.own and key not in ignored:
                origins.setdefault(key, set()).add(message.signer)
    return origins


def _recommended(state: KeyExchange, messages: Sequence[Message], current: int) -> _Origins:
    """The keys that the others recommend in a round that looks for the wallet, each by exactly the right ones."""
    origins = _origins(state, messages, state.known)
    by_signer: _Origins = {}
    for key, recommended_by in origins.items():
        if len(recommended_by) != current:
            raise KexError(_UNEVEN)
        for signer in recommended_by:
            by_signer.setdefault(signer, set()).add(key)
    if len(by_signer) != len(state.signers) - 1:
        raise KexError(
            "Number of unique other signers does not equal number of other signers that recommended pubkeys."
        )
    if len(state.known) != comb(len(state.signers) - 1, current - 1):
        raise KexError("Local account did not recommend expected number of multisig keys.")
    for signer, keys in by_signer.items():
        if len(keys) != comb(len(state.signers) - 2, current - 1):
            raise KexError(_UNEVEN)
        if signer not in state.signers:
            raise KexError("Multisig kex message with unexpected signer encountered.")
    return origins


def _agreed(state: KeyExchange, messages: Sequence[Message]) -> _Origins:
    """The two keys of the wallet that all others found, in the round that shows it."""
    origins = _origins(state, messages, ())
    what = "Multisig post-kex round messages from other signers did not all"
    if len(origins) != 2:  # noqa: PLR2004 (the public spend key and the public view key)
        raise KexError(f"{what} contain two pubkeys.")
    first, second = origins.values()
    if first != second:
        raise KexError(f"{what} recommend the same pubkey pair.")
    present = {*first, state.own}
    if len(present) != len(state.signers):
        raise KexError("Multisig post-kex round message origins don't line up with multisig signer set.")
    if present != set(state.signers):
        raise KexError("Could not find an expected signer in multisig post-kex round messages (all signers expected).")
    return origins


def _blinded(secret: int) -> int:
    """A key of the plain wallet as it is used among signers, who must not learn the plain one."""
    return _group.secret_from(b"multisig", secret)
