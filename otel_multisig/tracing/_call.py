"""One RPC call of a wallet, as a CLIENT span."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from opentelemetry.trace import SpanKind

from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import upstream
from otel_multisig.tracing import _errors, _guard
from otel_multisig.tracing._block import Block
from otel_multisig.tracing._capture import record_params, record_result, secret_texts
from otel_multisig.tracing._details import safe_id, safe_name
from otel_multisig.tracing._node import Node, Outcome
from otel_multisig.tracing._wallets import safe_host
from otel_multisig.wallet_rpc import METHODS, canonical_name

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from otel_multisig.tracing._scope import Scope

__all__ = ["Call"]

_INT_64: Final = 2**63
_LAST_PORT: Final = 2**16 - 1


@lru_cache(maxsize=256)
def _method_attributes(method: str) -> tuple[str, dict[str, str]]:
    """Return the span's name and the attributes that tell the method."""
    method = str.__str__(method)  # of an enumeration's member too
    known = canonical_name(method)
    system = {upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC}
    if known not in METHODS:
        name = safe_name(method)
        return name, system | {upstream.RPC_METHOD: upstream.METHOD_OTHER, upstream.RPC_METHOD_ORIGINAL: name}
    if known != method:
        return known, system | {upstream.RPC_METHOD: known, upstream.RPC_METHOD_ORIGINAL: method}
    return known, system | {upstream.RPC_METHOD: known}


@lru_cache(maxsize=1024)
def _metric_attributes(
    method: str, role: str, port: int | None, address: str | None, error_type: str, code: int | None
) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {
        upstream.RPC_SYSTEM_NAME: upstream.RPC_SYSTEM_JSONRPC,
        upstream.RPC_METHOD: _method_attributes(method)[1][upstream.RPC_METHOD],
        attr.MONERO_WALLET_ROLE: role,
    }
    if port is not None:
        attributes[upstream.SERVER_PORT] = port
    if address is not None:
        attributes[upstream.SERVER_ADDRESS] = address
    if error_type:
        attributes[upstream.ERROR_TYPE] = error_type
    if code is not None:
        attributes[upstream.RPC_RESPONSE_STATUS_CODE] = str(code)
    return attributes


class Call(Block, Node):
    """A call in flight; made by `Escrow.call` and `Round.call`, used as `with` or `async with`.

    Tell it what came back with `response` (the whole JSON-RPC answer) or with `answer` (its result alone): from the
    method's entry in the catalogue it is decided what of it may be recorded. A retry is a second call.
    """

    __slots__ = ("_address", "_error", "_method", "_params", "_port", "_role", "_scope")

    kind: ClassVar[SpanKind] = SpanKind.CLIENT
    _noun = "a call"

    def __init__(
        self,
        scope: Scope,
        role: str,
        method: str,
        port: int | None,
        address: str | None,
        params: Mapping[str, Any] | None,
    ) -> None:
        super().__init__(scope.setup, method)
        self._scope = scope
        self._role = role
        self._method = method
        self._port = port
        self._address = address
        self._params = params
        self._error: tuple[int | None, str] | None = None

    def _open(self) -> None:
        if self.end_sequence:
            self._forget_attempt()
        self.name, method = _method_attributes(self._method)
        scope = self._scope
        self._role = role = safe_name(self._role)
        attributes = {**scope.inherited, **method, attr.MONERO_WALLET_ROLE: role}
        port = self._port
        if port is not None:
            if type(port) is int and 0 <= port <= _LAST_PORT:
                attributes[upstream.SERVER_PORT] = port
            else:
                self._port = None
        if self._address is not None:
            self._address = attributes[upstream.SERVER_ADDRESS] = safe_host(self._address)
        wallet = self.setup.wallets.get(role)
        if wallet is not None and wallet.id is not None:
            attributes[attr.MONERO_WALLET_ID] = safe_id(wallet.id)
        params = self._params
        if type(params) is dict or isinstance(params, Mapping):
            record_params(self._method, params, attributes)
            inputs = attributes.get(attr.MONERO_MULTISIG_INFO_INPUT_HASH)
            if inputs is not None and attr.MONERO_MULTISIG_THRESHOLD in attributes:
                # Each participant is given the infos of all others.
                attributes[attr.MONERO_MULTISIG_PARTICIPANTS] = str(inputs).count(" ") + 2
        self._start(scope.context, attributes)
        self._enter_context(ambient_scope=False)

    def _forget_attempt(self) -> None:
        """Start afresh, where a call is entered again for a retry."""
        self.end_attributes = {}
        self.end_sequence = self.end_ns = 0
        self._error = self.outcome = self.shown = None

    def answer(self, result: Any) -> None:
        """Record what may be recorded of the call's result.

        Args:
            result: The `result` object of the JSON-RPC answer.
        """
        try:
            record_result(self._method, result, self.end_attributes)
        except Exception as error:
            _guard.swallow("recording a result", error)

    def response(self, body: Any) -> None:
        """Record what may be recorded of a whole JSON-RPC answer, be it a result or an error.

        Args:
            body: The answer as parsed from JSON: an object with `result` or `error`. Anything else is passed over.
        """
        if not isinstance(body, Mapping):
            return
        error = body.get("error")
        if error is None:
            self.answer(body.get("result"))
        elif isinstance(error, Mapping):
            self.error_answer(error.get("code"), error.get("message"))
        else:
            self.error_answer(None, error)

    def error_answer(self, code: Any, message: Any) -> None:
        """Record that the server answered with an error: the call has failed, whatever the client makes of it.

        Args:
            code: The JSON-RPC error code, an integer; anything else is no code.
            message: The server's text.
        """
        known = code if type(code) is int and -_INT_64 <= code < _INT_64 else None
        self._error = (known, "")
        try:
            if isinstance(message, str):
                self._error = (known, _errors.safe_text(message, self._secrets()))
        except Exception as error:
            _guard.swallow("recording an error", error)

    def _close(self, error: BaseException | None) -> None:
        if not self.sequence:
            return  # it never started
        try:
            outcome = None if error is None and self._error is None else self._failure(error)
            if self._end(outcome):
                error_type, code = (outcome.error_type, outcome.code) if outcome is not None else ("", None)
                labels = _metric_attributes(self._method, self._role, self._port, self._address, error_type, code)
                self.setup.instruments.call.record((self.end_ns - self.start_ns) / 1e9, labels)
        finally:
            self._leave_context()
            self._params = None

    def _failure(self, error: BaseException | None) -> Outcome:
        """Record the failure as the call's one exception event and say how the call ended."""
        if error is not None and not isinstance(error, Exception):
            return Outcome(_errors.class_name(error), interrupted=True)
        code, message = self._error if self._error is not None else (None, "")
        if code is not None:
            error_type = str(code)
        else:
            error_type = _errors.class_name(error) if error is not None else upstream.METHOD_OTHER
        outcome = Outcome(error_type, message, code)
        try:
            if error is not None and not message:
                outcome = Outcome(error_type, _errors.safe_message(error, self._secrets()), code)
            self._record_failure(error, outcome)
        except Exception as internal:  # the span must end all the same
            _guard.swallow("recording a failed call", internal)
        return outcome

    def _record_failure(self, error: BaseException | None, outcome: Outcome) -> None:
        setup_id = self.setup.setup_id
        # A call inside this one, of an instrumented client say, may have recorded the exception.
        if not self.is_open or (error is not None and _errors.recorded_sequence(error, setup_id, self.sequence)):
            return
        attributes = _errors.message_attributes(outcome.message)
        attributes[attr.MONERO_WALLET_ROLE] = self._role
        attributes[upstream.ERROR_TYPE] = outcome.error_type
        if error is not None:
            attributes[upstream.EXCEPTION_TYPE] = _errors.class_name(error)
        if outcome.code is not None:
            attributes[upstream.RPC_RESPONSE_STATUS_CODE] = str(outcome.code)
        event = self._record(upstream.EVENT_EXCEPTION, attributes)
        self._publish(event)
        if error is not None:
            _errors.mark_recorded(error, setup_id, event.sequence)

    def _secrets(self) -> list[str]:
        """Return what an error of this call must not quote."""
        params = self._params
        return secret_texts(self._method, params) if isinstance(params, Mapping) else []

    @property
    def _ambient_node(self) -> Node:
        return self._scope

    @property
    def _parent_context(self) -> SpanContext:
        return self._scope.span.get_span_context()
