"""What a call's span may hold, decided by the catalogue of `wallet_rpc` alone.

For every method the catalogue is turned once into a short list of steps, so that a call pays for the fields that are
recorded and for no others. A field that no step names never leaves the caller's hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from otel_multisig.semconv import attributes as attr
from otel_multisig.tracing import settings
from otel_multisig.tracing._details import clear_text
from otel_multisig.tracing.settings import Capture
from otel_multisig.wallet_rpc import (
    METHODS,
    Field,
    Sensitivity,
    canonical_name,
    parse_wallet_file_name,
    safe_file_name,
    sha256_hex,
)

__all__ = ["clear_path", "record_file_name", "record_params", "record_result", "secret_texts"]

Attributes = dict[str, str | bool | int | float]
_Step = Callable[[Any, Attributes], None]

_PUBLIC: Final[Mapping[str, tuple[str, type]]] = {
    "enable_multisig_experimental": (attr.MONERO_MULTISIG_EXPERIMENTAL, bool),
    "multisig": (attr.MONERO_WALLET_IS_MULTISIG, bool),
    "num_signers": (attr.MONERO_MULTISIG_PARTICIPANTS, int),
    "threshold": (attr.MONERO_MULTISIG_THRESHOLD, int),
    "total": (attr.MONERO_MULTISIG_PARTICIPANTS, int),
}
_AMOUNTS: Final[Mapping[str, str]] = {
    "balance": attr.MONERO_WALLET_BALANCE_TOTAL,
    "unlocked_balance": attr.MONERO_WALLET_BALANCE_UNLOCKED,
}
_MAX_INT: Final = 2**63 - 1
# As many digests as one attribute has room for; the most signers that Monero allows are 16.
_MOST_INPUTS: Final = 30
_MOST_SECRETS: Final = 200
_MAX_DEPTH: Final = 8


def record_params(method: str, params: Mapping[str, Any], into: Attributes) -> None:
    """Record what may be recorded of a call's parameters."""
    _record(_param_steps(method), params, into)


def record_result(method: str, result: Any, into: Attributes) -> None:
    """Record what may be recorded of a call's result; anything but an object is passed over."""
    if isinstance(result, Mapping):
        _record(_result_steps(method), result, into)


def _record(steps: tuple[tuple[str, _Step], ...], values: Mapping[str, Any], into: Attributes) -> None:
    for name, step in steps:
        value = values.get(name)
        if value is not None:
            step(value, into)


@lru_cache(maxsize=512)
def _param_steps(method: str) -> tuple[tuple[str, _Step], ...]:
    known = METHODS.get(canonical_name(method))
    return _steps(known.params) if known else ()


@lru_cache(maxsize=512)
def _result_steps(method: str) -> tuple[tuple[str, _Step], ...]:
    known = METHODS.get(canonical_name(method))
    return _steps(known.result) if known else ()


def _steps(fields: tuple[Field, ...]) -> tuple[tuple[str, _Step], ...]:
    found = ((field.name.removesuffix("[]"), _step(field)) for field in fields)
    return tuple((name, step) for name, step in found if step is not None)


def _step(field: Field) -> _Step | None:
    """Return how a field is recorded, `None` where it is not."""
    name = field.name
    match field.sensitivity:
        case Sensitivity.PUBLIC if name in _PUBLIC:
            return _public_step(*_PUBLIC[name])
        case Sensitivity.MULTISIG_INFO:
            return record_inputs if name.endswith("[]") else record_output
        case Sensitivity.ADDRESS if name == "address":
            return record_address
        case Sensitivity.AMOUNT if name in _AMOUNTS:
            return _amount_step(_AMOUNTS[name])
        case Sensitivity.FILE_NAME if name == "filename":
            return record_file_name
    return None


def _public_step(key: str, kind: type) -> _Step:
    # `type() is` because a bool is an int to isinstance.
    def flag(value: Any, into: Attributes) -> None:
        if type(value) is bool:
            into[key] = value

    def count(value: Any, into: Attributes) -> None:
        if type(value) is int and 0 <= value <= _MAX_INT:
            into[key] = value

    return flag if kind is bool else count


def _amount_step(key: str) -> _Step:
    def step(value: Any, into: Attributes) -> None:
        if type(value) is int and 0 <= value <= _MAX_INT and (value == 0 or _captures(Capture.AMOUNTS)):
            into[key] = value

    return step


def _captures(kind: Capture) -> bool:
    return kind in settings.current().capture


def record_output(value: Any, into: Attributes) -> None:
    """Record digest and length of a multisig_info that the wallet gave out."""
    if isinstance(value, str):
        into[attr.MONERO_MULTISIG_INFO_HASH] = sha256_hex(value)
        into[attr.MONERO_MULTISIG_INFO_LENGTH] = _byte_length(value)


def record_inputs(value: Any, into: Attributes) -> None:
    """Record digests and lengths of the multisig_infos that the wallet was given, in their order."""
    infos = [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []
    if 0 < len(infos) <= _MOST_INPUTS:
        into[attr.MONERO_MULTISIG_INFO_INPUT_HASH] = " ".join(map(sha256_hex, infos))
        into[attr.MONERO_MULTISIG_INFO_INPUT_LENGTH] = " ".join(str(_byte_length(info)) for info in infos)


def _byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def record_address(value: Any, into: Attributes) -> None:
    """Record the digest of an address, and the address itself only where asked for."""
    # An empty address is what a key exchange answers before its last round: there is nothing to record.
    if isinstance(value, str) and value:
        into[attr.MONERO_WALLET_ADDRESS_HASH] = sha256_hex(value)
        if _captures(Capture.ADDRESSES):
            into[attr.MONERO_WALLET_ADDRESS_VALUE] = clear_text(value)


def record_file_name(value: Any, into: Attributes) -> None:
    """Record the name of a wallet file where it carries role and escrow id, else its digest."""
    if isinstance(value, str):
        into[attr.MONERO_WALLET_FILE_NAME] = clear_path(value)


def clear_path(path: str) -> str:
    """Return a wallet file's path or name as it may be recorded."""
    return clear_text(path) if _captures(Capture.PATHS) else safe_file_name(path)


def secret_texts(method: str, params: Mapping[str, Any]) -> list[str]:
    """Return the texts in a call's parameters that must not stand in a trace, for where an error quotes them."""
    return list(islice(_secrets_in(params, _public_names(method), _MAX_DEPTH), _MOST_SECRETS))


def _secrets_in(value: Any, public: frozenset[str], depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if value and parse_wallet_file_name(value) is None:
            yield value
    elif depth and isinstance(value, Mapping):
        for name, item in value.items():
            if name not in public:
                yield from _secrets_in(item, public, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for item in value:
            yield from _secrets_in(item, public, depth - 1)


@lru_cache(maxsize=512)
def _public_names(method: str) -> frozenset[str]:
    known = METHODS.get(canonical_name(method))
    fields = known.params if known else ()
    return frozenset(field.name for field in fields if field.sensitivity is Sensitivity.PUBLIC)
