"""The types of the catalogue, and the short form in which its tables are written."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class Sensitivity(StrEnum):
    """What a value of a request or an answer may tell a reader of the trace, and so how it may be recorded.

    ``PUBLIC`` numbers, booleans and words of a closed set. As they are.
    ``MULTISIG_INFO`` what the signers hand each other during set-up and synchronisation. That of ``prepare_multisig``
    holds secret key material. SHA-256 and length only, never a prefix.
    ``SECRET`` keys, seeds, passwords, proofs, transactions that are not published yet. Never, not even as a digest: a
    password's digest can be guessed.
    ``ADDRESS`` what finds a party or a payment on the chain: addresses, payment ids, transaction hashes. As SHA-256,
    themselves only by opt-in.
    ``AMOUNT`` money. Zero, or by opt-in.
    ``FILE_NAME`` the name of a wallet file. As `safe_file_name` writes it, itself only by opt-in.
    ``TEXT`` free text of a person or a program. SHA-256 and length.
    """

    PUBLIC = "public"
    MULTISIG_INFO = "multisig_info"
    SECRET = "secret"  # noqa: S105 (the word itself)
    ADDRESS = "address"
    AMOUNT = "amount"
    FILE_NAME = "file_name"
    TEXT = "text"


class Phase(StrEnum):
    """The part of a multisig wallet's life that a method belongs to."""

    WALLET = "wallet"
    SETUP = "setup"
    SYNC = "sync"
    TRANSFER = "transfer"
    SIGNING = "signing"
    QUERY = "query"


class Field(msgspec.Struct, frozen=True):
    """One value of a request or an answer.

    Attributes:
        name: Where it stands: keys joined by dots, ``[]`` for each element of a list (``destinations[].address``).
        sensitivity: How it may be recorded.
    """

    name: str
    sensitivity: Sensitivity


class Method(msgspec.Struct, frozen=True):
    """One method of monero-wallet-rpc. What is not listed in ``params`` and ``result`` must not be recorded.

    Attributes:
        name: Its canonical name.
        phase: The part of a wallet's life it belongs to.
        params: What a request may hold.
        result: What an answer may hold.
    """

    name: str
    phase: Phase
    params: tuple[Field, ...] = ()
    result: tuple[Field, ...] = ()


def fields(
    *,
    public: str = "",
    multisig_infos: str = "",
    secrets: str = "",
    addresses: str = "",
    amounts: str = "",
    file_names: str = "",
    texts: str = "",
) -> tuple[Field, ...]:
    """Fields written as lists of names, separated by white space, one list for each sensitivity."""
    lists = {
        Sensitivity.PUBLIC: public,
        Sensitivity.MULTISIG_INFO: multisig_infos,
        Sensitivity.SECRET: secrets,
        Sensitivity.ADDRESS: addresses,
        Sensitivity.AMOUNT: amounts,
        Sensitivity.FILE_NAME: file_names,
        Sensitivity.TEXT: texts,
    }
    return tuple(Field(name, sensitivity) for sensitivity, names in lists.items() for name in names.split())


def below(prefix: str, inner: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields one level deeper: ``address`` below ``destinations[]`` is ``destinations[].address``."""
    return tuple(_moved(prefix, inner))


def _moved(prefix: str, inner: tuple[Field, ...]) -> Iterator[Field]:
    for field in inner:
        yield Field(f"{prefix}.{field.name}", field.sensitivity)
