"""No secret leaves: every method of the catalogue is driven with marked secrets, and all that was written is searched.

Neither a secret nor any twelve characters of one may be found, wherever it stood: in parameters, results, error texts,
exceptions, custom details, file operations or names.
"""

from __future__ import annotations

import itertools
import json
import logging
import random
import threading
from typing import TYPE_CHECKING, Any, Final

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from otel_multisig import add_recorder, remove_recorder, trace_escrow
from otel_multisig.legacy import encode, legacy_events
from otel_multisig.otlp import encode_line, from_sdk_span
from otel_multisig.wallet_rpc import METHODS, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from otel_multisig.testing.recording import Recorded
    from otel_multisig.tracing import LiveEvent, Node
    from otel_multisig.wallet_rpc import Field

PIECE: Final = 12
ESCROW: Final = "e946fef3-8734-4874-8528-71319317e131"
BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
HEX: Final = "0123456789abcdef"
SYLLABLES: Final = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")
MAGIC: Final = "MultisigxV2R1"


class Secrets:
    """Makes secrets of realistic shapes, no two alike, and remembers their marks."""

    def __init__(self) -> None:
        self._random = random.Random(4711)
        self.marks: list[str] = []

    def _mark(self, text: str) -> str:
        self.marks.append(text)
        return text

    def _letters(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def _word(self) -> str:
        return "".join(self._random.choices(SYLLABLES, k=3))

    def hex(self, length: int = 64) -> str:
        return self._mark(self._letters(HEX, length))

    def address(self) -> str:
        return self._mark("5" + self._letters(BASE58, 94))

    def multisig_info(self) -> str:
        return MAGIC + self._mark(self._letters(BASE58, 240))

    def seed(self) -> str:
        return self._mark(" ".join(self._word() for _ in range(25)))

    def password(self) -> str:
        return self._mark(f"{self._word()}-{self._letters(BASE58, 9)}!{self._word()}")

    def path(self) -> str:
        return f"/home/{self._mark(f'{self._word()}{self._word()}/{self._word()}{self._word()}.savings')}"

    def url(self) -> str:
        return f"http://{self._mark(f'{self._word()}:{self._letters(BASE58, 12)}')}@wallets.example:18082/json_rpc"

    def text(self) -> str:
        return self._mark(f"for {self._word()} {self._word()} {self._word()} at {self._word()}")

    def amount(self) -> int:
        amount = self._random.randrange(10**15, 10**18)
        self.marks.append(str(amount))
        return amount

    def of(self, field: Field) -> Any:  # noqa: PLR0911 - one line a kind
        name = field.name.replace("[]", "").rpartition(".")[2]
        match field.sensitivity:
            case Sensitivity.MULTISIG_INFO:
                return self.multisig_info()
            case Sensitivity.ADDRESS:
                return self.address() if "address" in name else self.hex()
            case Sensitivity.AMOUNT:
                return self.amount()
            case Sensitivity.FILE_NAME:
                return self.path()
            case Sensitivity.TEXT:
                return self.url() if name in {"address", "proxy"} else self.text()
            case Sensitivity.SECRET:
                if "password" in name or name in {"username", "seed_offset"}:
                    return self.password()
                return self.seed() if name == "seed" else self.hex(64 if "key" in name else 400)
        return True


def fill(fields: Iterable[Field], secrets: Secrets) -> dict[str, Any]:
    """An object that has every field of the catalogue, at its place."""
    result: dict[str, Any] = {}
    for field in fields:
        *above, last = field.name.split(".")
        place: Any = result
        for key in above:
            name = key.removesuffix("[]")
            if not isinstance(place.get(name), (list if key != name else dict)):
                place[name] = [{}, {}] if key != name else {}
            place = place[name][0] if key != name else place[name]
        name = last.removesuffix("[]")
        if not isinstance(place.get(name), dict | list):
            place[name] = [secrets.of(field), secrets.of(field)] if last != name else secrets.of(field)
    return result


class Listener:
    """A recorder that writes down all it is told."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def started(self, node: Node) -> None:
        self.written += [node.name, repr(node.attributes)]

    def happened(self, node: Node, event: LiveEvent) -> None:
        self.written += [node.name, event.name, repr(dict(event.attributes))]

    def ended(self, node: Node) -> None:
        self.written += [repr(node.end_attributes), repr(node.outcome)]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    add_recorder(listener)
    yield listener
    remove_recorder(listener)


def all_that_was_written(recorded: Recorded, listener: Listener, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    yield encode_spans(recorded.spans).SerializeToString().decode("utf-8", "replace")
    yield encode_line(from_sdk_span(span) for span in recorded.spans).decode()
    yield from (encode(legacy_events(trace)).decode() for trace in recorded.traces())
    yield repr(recorded.metrics())
    yield from listener.written
    yield caplog.text


def assert_nothing_found(marks: list[str], written: Iterable[str]) -> None:
    pieces = {mark[start : start + PIECE] for mark in marks for start in range(max(1, len(mark) - PIECE + 1))}
    assert min(map(len, pieces)) == PIECE
    searched = 0
    for text in written:
        # As the text stands, and as JSON would have escaped it.
        for start in range(len(text) - PIECE + 1):
            if text[start : start + PIECE] in pieces:
                raise AssertionError(f"a piece of a secret in: ...{text[max(0, start - 80) : start + 80]}...")
        searched += len(text)
    assert searched > 1000


def quote(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """How a server or a library may quote what it was given."""
    yield f"{name} failed: {values!r}"
    yield f"{name} failed: {json.dumps(values)}"
    yield f"{name} failed:\n{json.dumps(values, indent=2, sort_keys=True)}"
    for text in texts_in(values):
        yield f"cannot use {text} here"
        yield text


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


class WalletError(Exception):
    pass


@pytest.mark.parametrize("method", [*METHODS, "a_method_of_tomorrow"])
def test_calls(recorded_spans: Recorded, listener: Listener, caplog: pytest.LogCaptureFixture, method: str) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = Secrets()
    known = METHODS.get(method)
    fields = (known.params, known.result) if known else (METHODS["make_multisig"].params, METHODS["transfer"].result)
    params, result = (fill(part, secrets) for part in fields)
    with trace_escrow(ESCROW) as escrow, escrow.round(1):
        with escrow.call("buyer", method, port=18082, address=secrets.url(), params=params) as call:
            call.answer(result)
        with escrow.call("buyer", method, params=params) as call:
            call.response({"id": "0", "result": result})
        for text in quote(method, params):
            with escrow.call("buyer", method, params=params) as call:
                call.response({"id": 0, "error": {"code": -1, "message": text, "data": params}})
            with pytest.raises(WalletError), escrow.call("buyer", method, params=params):
                raise WalletError(text)
        for text in itertools.islice(quote(method, result), 3):
            with pytest.raises(WalletError), escrow.call("buyer", method, params=params):
                raise WalletError(text, {"answer": result})
    assert_nothing_found(secrets.marks, all_that_was_written(recorded_spans, listener, caplog))


@pytest.mark.usefixtures("lenient")
def test_everything_else_that_an_application_tells(
    recorded_spans: Recorded, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = Secrets()
    kinds = (
        secrets.address,
        secrets.hex,
        secrets.multisig_info,
        secrets.seed,
        secrets.password,
        secrets.path,
        secrets.url,
    )
    with trace_escrow(ESCROW) as escrow, escrow.round(1):
        for secret in (kind() for kind in kinds):
            escrow.custom(secret, {"any": secret, secret: secret, "deep": [{"er": (secret, [secret])}], 7: secret})
            escrow.state_change(secret, secret, role=secret)
            escrow.fault(secret, role=secret)
            with escrow.lock(threading.Lock(), secret, role=secret):
                pass
            with escrow.file_operation(secret, f"{secret}/w.keys", role=secret):
                pass
            with pytest.raises(WalletError), escrow.file_operation(f"C:\\wallets\\{secret}", secret):
                raise WalletError(secret)
            escrow.snapshot(secret, {secret: lambda _method, _params, secret=secret: secret})
            with escrow.wallet(secret, print, id=secret, file=f"/{secret}"), escrow.call(secret, secret):
                pass
            escrow.snapshot("final")
        escrow.custom("key as a number", {"key": int(secrets.hex(), 16)})
    assert_nothing_found(secrets.marks, all_that_was_written(recorded_spans, listener, caplog))


def test_errors_outside_of_calls(
    recorded_spans: Recorded, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    """Here only the form of a secret tells, or the word before it."""
    caplog.set_level(logging.DEBUG)
    secrets = Secrets()
    kinds = (secrets.address, secrets.hex, secrets.multisig_info, secrets.seed, secrets.path, secrets.url)
    for kind in kinds:
        secret = kind()
        for text in (secret, f"cannot use {secret}: no", f"first {secret} then '{secret}'", f'x="{secret}"'):
            with pytest.raises(WalletError), trace_escrow(ESCROW) as escrow, escrow.round(1):  # noqa: PT012 - a set-up
                escrow.fault("race", reason=text)
                escrow.error(text)
                raise WalletError(text)
    for text in (f"password={secrets.password()}", f"--wallet-password {secrets.password()}"):
        with pytest.raises(WalletError), trace_escrow(ESCROW):
            raise WalletError(text)
    assert_nothing_found(secrets.marks, all_that_was_written(recorded_spans, listener, caplog))


def test_snapshots(recorded_spans: Recorded, listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = Secrets()
    answers = {
        "is_multisig": {"multisig": True, "threshold": 2, "total": 3},
        "get_address": fill(METHODS["get_address"].result, secrets),
        "get_balance": fill(METHODS["get_balance"].result, secrets),
    }

    def failing(at: str, text: str) -> Any:
        def ask(method: str, _params: Any) -> Any:
            if method == at:
                raise WalletError(text)
            return answers[method]

        return ask

    wallets: dict[str, Any] = {"whole": lambda method, _params: answers[method]}
    for number, text in enumerate((secrets.address(), secrets.path(), secrets.url(), secrets.multisig_info())):
        wallets[f"role{number}"] = failing("get_balance", text)
    with trace_escrow(ESCROW) as escrow:
        escrow.snapshot("final", wallets)
    assert_nothing_found(secrets.marks, all_that_was_written(recorded_spans, listener, caplog))


def test_the_search_would_find_a_piece() -> None:
    with pytest.raises(AssertionError, match="a piece of a secret"):
        assert_nothing_found(["0123456789abcdef"], ["x" * 2000 + "...3456789abcde..."])
