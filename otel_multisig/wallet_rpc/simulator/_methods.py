"""The methods of the simulator: requests in, answers or the server's own errors out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, cast

from otel_multisig.wallet_rpc.methods import canonical_name
from otel_multisig.wallet_rpc.simulator._messages import KexError
from otel_multisig.wallet_rpc.simulator._wallet import Wallet, WalletFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from random import Random

# Version 1.25 of the interface, that of 0.18.0.0; Debian's build is none of the project's own releases.
_VERSION: Final = {"release": False, "version": 1 << 16 | 25}

_LANGUAGES: Final = (
    *("German", "English", "Spanish", "French", "Italian", "Dutch", "Portuguese", "Russian", "Japanese"),
    *("Chinese (simplified)", "Esperanto", "Lojban", "Deutsch", "Español", "Français", "Italiano", "Nederlands"),
    *("Português", "русский язык", "日本語", "简体中文 (中国)"),
)

_MULTISIG_DISABLED: Final = (
    "This wallet is multisig, and multisig is disabled. Multisig is an experimental feature and may have bugs. Things "
    "that could go wrong include: funds sent to a multisig wallet can't be spent at all, can only be spent with the "
    "participation of a malicious group member, or can be stolen by a malicious group member. You can enable it by "
    "running this once in monero-wallet-cli: set enable-multisig-experimental 1"
)


class _ListOf(NamedTuple):
    """A parameter that is a list, empty where it is missing."""

    element: type


_EXCHANGE_FAILED: Final = "Error calling exchange_multisig_info: "

# What each method reads of its parameters, and the value that stands for a missing one.
_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "close_wallet": {"autosave_current": True},
    "create_wallet": {"filename": "", "password": "", "language": ""},
    "exchange_multisig_keys": {"multisig_info": _ListOf(str), "password": ""},
    "get_address": {"account_index": 0, "address_index": _ListOf(int)},
    "get_balance": {"account_index": 0, "all_accounts": False},
    "make_multisig": {"multisig_info": _ListOf(str), "threshold": 0, "password": ""},
    "open_wallet": {"filename": "", "password": "", "autosave_current": True},
    "prepare_multisig": {"enable_multisig_experimental": False},
}


# What differs where there are no parameters at all.
_EMPTY: Final[Mapping[str, Any]] = {"autosave_current": False}


class RpcError(Exception):
    """An error of the protocol: what the server refuses, with its code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Methods:
    """The state of one server, at most one open wallet, and what may be done to it."""

    def __init__(self, folder: Path, source: Random, balance: tuple[int, int]) -> None:
        """Serve the wallets of one folder.

        Args:
            folder: Where the wallet files are.
            source: Of all keys and signatures.
            balance: Total and unlocked balance of every wallet, in piconero.
        """
        self._folder = folder
        self._source = source
        self._balance = balance
        self._wallet: Wallet | None = None
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "close_wallet": self._close_wallet,
            "create_wallet": self._create_wallet,
            "exchange_multisig_keys": self._exchange_multisig_keys,
            "get_accounts": self._get_accounts,
            "get_address": self._get_address,
            "get_balance": self._get_balance,
            "get_height": self._get_height,
            "get_version": lambda _: dict(_VERSION),
            "is_multisig": self._is_multisig,
            "make_multisig": self._make_multisig,
            "open_wallet": self._open_wallet,
            "prepare_multisig": self._prepare_multisig,
            "refresh": self._refresh,
            "store": self._store,
        }

    def call(self, method: str, params: object) -> dict[str, Any]:
        """The result of a call.

        Raises:
            RpcError: The server refuses.
        """
        name = canonical_name(method)
        if name not in self._methods:
            raise RpcError(-32601, "Method not found")
        return self._methods[name](_read(_FIELDS.get(name, {}), params))

    def close(self) -> None:
        """Let go of the open wallet, as a killed server does."""
        if self._wallet:
            self._wallet.close()
            self._wallet = None

    def _open(self) -> Wallet:
        if not self._wallet:
            raise RpcError(-13, "No wallet file")
        return self._wallet

    def _path(self, name: str) -> Path:
        if "/" in name:
            raise RpcError(-1, "Invalid filename")
        return self._folder / name

    def _create_wallet(self, params: dict[str, Any]) -> dict[str, Any]:
        path = self._path(params["filename"])
        if params["language"] not in _LANGUAGES:
            raise RpcError(-1, f"Unknown language: {params['language']}")
        try:
            wallet = Wallet.create(path if params["filename"] else None, params["password"], self._source)
        except FileExistsError:
            raise RpcError(-21, "Cannot create wallet. Already exists.") from None
        except OSError:
            raise RpcError(-1, _unsaved(path, ".keys")) from None
        if self._wallet:
            self._save(self._wallet)
            self._wallet.close()
        self._wallet = wallet
        return {}

    def _open_wallet(self, params: dict[str, Any]) -> dict[str, Any]:
        path = self._path(params["filename"])
        if self._wallet and params["autosave_current"]:
            self._save(self._wallet)
        try:
            wallet = Wallet.open(path, params["password"], held=self._wallet)
        except WalletFileError:
            raise RpcError(-1, "Failed to open wallet") from None  # the wallet that was open stays open
        if self._wallet:
            self._wallet.close()
        self._wallet = wallet
        return {}

    def _close_wallet(self, params: dict[str, Any]) -> dict[str, Any]:
        wallet = self._open()
        if params["autosave_current"]:
            self._save(wallet)
        self.close()
        return {}

    def _store(self, _: dict[str, Any]) -> dict[str, Any]:
        self._save(self._open())
        return {}

    def _save(self, wallet: Wallet) -> None:
        try:
            wallet.store()
        except OSError:
            raise RpcError(-1, _unsaved(wallet.path, ".new")) from None

    def _get_address(self, params: dict[str, Any]) -> dict[str, Any]:
        address = self._open().address
        if params["account_index"]:
            raise RpcError(-14, "account index is out of bound")
        if any(params["address_index"]):
            raise RpcError(-15, "address index is out of bound")
        entry = {"address": address, "address_index": 0, "label": "Primary account", "used": any(self._balance)}
        return {"address": address, "addresses": [entry]}

    def _get_balance(self, params: dict[str, Any]) -> dict[str, Any]:
        address = self._open().address
        total, unlocked = (0, 0) if params["account_index"] else self._balance
        result: dict[str, Any] = {
            "balance": total,
            "blocks_to_unlock": 0,
            "multisig_import_needed": False,
            "time_to_unlock": 0,
            "unlocked_balance": unlocked,
        }
        if total:
            label = {"account_index": 0, "address_index": 0, "address": address, "label": "Primary account"}
            amounts = {"balance": total, "unlocked_balance": unlocked, "num_unspent_outputs": 1}
            result["per_subaddress"] = [{**label, **amounts, "blocks_to_unlock": 0, "time_to_unlock": 0}]
        return result

    def _get_accounts(self, _: dict[str, Any]) -> dict[str, Any]:
        total, unlocked = self._balance
        account = {
            "account_index": 0,
            "balance": total,
            "base_address": self._open().address,
            "label": "Primary account",
            "tag": "",
            "unlocked_balance": unlocked,
        }
        return {"subaddress_accounts": [account], "total_balance": total, "total_unlocked_balance": unlocked}

    def _get_height(self, _: dict[str, Any]) -> dict[str, Any]:
        self._open()
        return {"height": 1}

    def _refresh(self, _: dict[str, Any]) -> dict[str, Any]:
        self._open()
        return {"blocks_fetched": 0, "received_money": False}

    def _is_multisig(self, _: dict[str, Any]) -> dict[str, Any]:
        exchange = self._open().exchange
        return {
            "multisig": exchange is not None,
            "ready": bool(exchange and exchange.is_ready),
            "threshold": exchange.threshold if exchange else 0,
            "total": len(exchange.signers) if exchange else 0,
        }

    def _prepare_multisig(self, params: dict[str, Any]) -> dict[str, Any]:
        wallet = self._plain()
        if params["enable_multisig_experimental"]:
            wallet.multisig_enabled = True
        return {"multisig_info": wallet.first_info(self._source)}

    def _make_multisig(self, params: dict[str, Any]) -> dict[str, Any]:
        wallet = self._plain()  # no check of the experimental flag: it is only asked of multisig wallets
        try:
            info = wallet.make_multisig(params["multisig_info"], params["threshold"], params["password"], self._source)
        except KexError as error:
            _refuse(error)
        except OSError:
            _refuse(_unsaved(wallet.path, ".keys"))
        return {"address": wallet.address, "multisig_info": info}

    def _exchange_multisig_keys(self, params: dict[str, Any]) -> dict[str, Any]:
        wallet = self._open()
        if not wallet.exchange:
            raise RpcError(-31, "This wallet is not multisig")
        if wallet.exchange.is_ready:
            raise RpcError(-28, "This wallet is multisig, and already finalized")
        if not wallet.multisig_enabled:
            raise RpcError(-48, _MULTISIG_DISABLED)
        infos = params["multisig_info"]
        if len(infos) + 1 < len(wallet.exchange.signers):
            raise RpcError(-33, "Needs multisig info from more participants")
        try:
            info = wallet.exchange_keys(infos, params["password"], self._source)
        except KexError as error:
            _refuse(f"{_EXCHANGE_FAILED}{error}")
        except OSError:
            _refuse(f"{_EXCHANGE_FAILED}{_unsaved(wallet.path, '.keys')}")
        return {"address": wallet.address if wallet.exchange.is_ready else "", "multisig_info": info}

    def _plain(self) -> Wallet:
        wallet = self._open()
        if wallet.exchange:
            raise RpcError(-28, "This wallet is already multisig")
        return wallet


def _refuse(reason: object) -> NoReturn:
    raise RpcError(-1, str(reason)) from None


def _unsaved(path: Path | None, suffix: str) -> str:
    return f'failed to save file "{path}{suffix}"'


def _read(fields: Mapping[str, Any], params: object) -> dict[str, Any]:
    """The parameters of a method, with a value for each that is missing."""
    if not isinstance(params, dict):
        return {name: _value(None, _EMPTY.get(name, default)) for name, default in fields.items()}
    return {name: _value(params.get(name), default) for name, default in fields.items()}


def _value(value: object, default: Any) -> Any:
    """A parameter; one that is null, or no list where a list is expected, counts as missing."""
    if isinstance(default, _ListOf):
        if not isinstance(value, list):
            return []
        if not all(_is(element, default.element) for element in value):
            raise RpcError(-32602, "Invalid params")
        return value
    if value is None:
        return default
    if not _is(value, type(default)):
        raise RpcError(-32602, "Invalid params")
    return value


def _is(value: object, kind: type) -> bool:
    """Whether a value is of a type; numbers have no sign, and a boolean is none, though in Python it is."""
    return type(value) is kind and (kind is not int or cast("int", value) >= 0)
