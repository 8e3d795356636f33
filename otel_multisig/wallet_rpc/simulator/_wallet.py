"""One wallet of the simulator: what it keeps in memory, and what in which file.

As the real server does it keeps secrets in ``NAME.keys`` and the rest in ``NAME``, writes the first at once when they
change and the second only when it is told to store, and opens a wallet only where both agree.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from otel_multisig.wallet_rpc.digest import sha256_hex
from otel_multisig.wallet_rpc.simulator import _base58, _group, _key_exchange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

_MODE = 0o600


class WalletFileError(Exception):
    """A wallet file that is missing, in use, damaged or locked by another password."""


@dataclass
class Wallet:
    """An open wallet.

    Attributes:
        path: Its file, None for one that lives in memory only.
        spend_secret: Secret spend key of the plain wallet.
        view_secret: Secret view key of the plain wallet.
        cache_password: The password with which ``NAME`` is written: that of its creation or its opening.
        multisig_enabled: Whether the experimental feature was switched on. Kept in ``NAME.keys``.
        exchange: The state of its key exchange, None as long as it is a plain wallet.
    """

    path: Path | None
    spend_secret: int
    view_secret: int
    cache_password: str
    multisig_enabled: bool = False
    exchange: _key_exchange.KeyExchange | None = None
    _lock: int | None = field(default=None, repr=False)

    @classmethod
    def create(cls, path: Path | None, password: str, source: Random) -> Wallet:
        """A new wallet, written and locked.

        Raises:
            FileExistsError: One of its files exists.
        """
        wallet = cls(path, _group.random_secret(source), _group.random_secret(source), password)
        if path:
            if path.exists():
                raise FileExistsError(path)
            wallet._lock = _locked(_keys_file(path), os.O_CREAT | os.O_EXCL)
            wallet._write_keys(password)
            wallet.store()
        return wallet

    @classmethod
    def open(cls, path: Path, password: str, *, held: Wallet | None = None) -> Wallet:
        """The wallet of a file, locked.

        Args:
            path: Its file.
            password: With which both of its files must have been written.
            held: The wallet that this server has open: its lock is no hindrance.

        Raises:
            WalletFileError: It cannot be opened, for whatever reason.
        """
        if held and held.path == path:
            wallet = cls._load(path, password, held._lock)  # noqa: SLF001 (a wallet too)
            held._lock = None  # noqa: SLF001
            return wallet
        lock = _lock_to_open(path)
        try:
            return cls._load(path, password, lock)
        except WalletFileError:
            os.close(lock)
            raise

    @classmethod
    def _load(cls, path: Path, password: str, lock: int | None) -> Wallet:
        try:
            keys = _read(_keys_file(path), password)
            exchange = _key_exchange.KeyExchange.from_json(keys["exchange"]) if keys["exchange"] else None
            wallet = cls(path, keys["spend"], keys["view"], password, keys["enabled"], exchange, lock)
            # A wallet whose cache is gone starts with an empty one.
            same = not path.exists() or _read(path, password)["public"] == list(wallet._public_keys())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WalletFileError(str(error)) from error
        if not same:
            raise WalletFileError("keys and cache belong to different addresses")
        return wallet

    @property
    def address(self) -> str:
        """Its standard address. That of a half-made multisig wallet is a placeholder, the same for all its signers."""
        return _base58.address(*map(_group.encoded, self._public_keys()))

    def first_info(self, source: Random) -> str:
        """The info of ``prepare_multisig``. Changes nothing."""
        return _key_exchange.first_info(self.spend_secret, self.view_secret, source)

    def make_multisig(self, infos: Sequence[str], threshold: int, password: str, source: Random) -> str:
        """Turn a plain wallet into a multisig one and write both files; its info for the next round.

        Raises:
            KexError: The infos or the threshold are refused; nothing changed.
        """
        self.exchange, info = _key_exchange.begin(infos, threshold, self.spend_secret, self.view_secret, source)
        self._write_keys(password)
        self.store()
        return info

    def exchange_keys(self, infos: Sequence[str], password: str, source: Random) -> str:
        """One more round; its info for the next one.

        The keys are written at once, the rest only after the last round: a wallet that is closed in between without
        being stored cannot be opened again if its address changed.

        Raises:
            KexError: The infos are refused; nothing changed.
        """
        assert self.exchange
        self.exchange, info = _key_exchange.advance(self.exchange, infos, source)
        if self.exchange.is_ready:
            self.store()
        self._write_keys(password)
        return info

    def store(self) -> None:
        """Write what is not secret."""
        if self.path:
            saved = {"locked": sha256_hex(self.cache_password), "public": self._public_keys()}
            _write(os.open(self.path, os.O_RDWR | os.O_CREAT, _MODE), saved)

    def close(self) -> None:
        """Let go of the file, writing nothing."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _public_keys(self) -> tuple[int, int]:
        if self.exchange:
            return self.exchange.spend_public, self.exchange.view_public
        return _group.public_of(self.spend_secret), _group.public_of(self.view_secret)

    def _write_keys(self, password: str) -> None:
        if not self.path:
            return
        saved = {
            "locked": sha256_hex(password),
            "spend": self.spend_secret,
            "view": self.view_secret,
            "enabled": self.multisig_enabled,
            "exchange": self.exchange.to_json() if self.exchange else None,
        }
        _write(os.open(_keys_file(self.path), os.O_RDWR), saved)
        address_file = self.path.with_name(f"{self.path.name}.address.txt")
        address_file.write_text(self.address)
        address_file.chmod(_MODE)


def _keys_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.keys")


def _lock_to_open(path: Path) -> int:
    try:
        return _locked(_keys_file(path))
    except OSError as error:
        raise WalletFileError(str(error)) from error


def _locked(path: Path, flags: int = 0) -> int:
    """A file, held so that no other server can open it, whether in this process or in another."""
    descriptor = os.open(path, os.O_RDWR | flags, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write(descriptor: int, saved: dict[str, Any]) -> None:
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        file.truncate()
        json.dump(saved, file)


def _read(path: Path, password: str) -> dict[str, Any]:
    """What a file holds. Raises whatever a damaged one gives rise to."""
    saved = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(saved, dict) or saved["locked"] != sha256_hex(password):
        raise ValueError("invalid password")
    return saved
