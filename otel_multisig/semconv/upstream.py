"""Names that OpenTelemetry's own semantic conventions define, as of version 1.44.

Written by hand and kept together in one module, because the conventions on RPC are still in development and some of
these names have changed before. The test-suite compares them with the published model.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"
"""The version of the conventions that these names are taken from."""

RPC_SYSTEM_NAME: Final = "rpc.system.name"
"""The RPC system (string); here always `RPC_SYSTEM_JSONRPC`."""

RPC_METHOD: Final = "rpc.method"
"""Name of the method (string), or `METHOD_OTHER`."""

RPC_METHOD_ORIGINAL: Final = "rpc.method_original"
"""Name of the method as it was called (string), where `RPC_METHOD` is `METHOD_OTHER`."""

RPC_RESPONSE_STATUS_CODE: Final = "rpc.response.status_code"
"""Code of the error in a JSON-RPC answer, as a string: `"-28"`."""

ERROR_TYPE: Final = "error.type"
"""Class of the error (string): the code where the server answered with one, else the class of the exception."""

SERVER_ADDRESS: Final = "server.address"
"""Host of the server (string)."""

SERVER_PORT: Final = "server.port"
"""Port of the server (int)."""

EXCEPTION_TYPE: Final = "exception.type"
"""Class of the exception (string)."""

EXCEPTION_MESSAGE: Final = "exception.message"
"""Message of the exception (string)."""

SERVICE_NAME: Final = "service.name"
"""Name of the service (string), on the resource."""

RPC_SYSTEM_JSONRPC: Final = "jsonrpc"
"""Value of `RPC_SYSTEM_NAME` for JSON-RPC."""

METHOD_OTHER: Final = "_OTHER"
"""Value of `RPC_METHOD` for a method that is not known."""

ERROR_TYPE_OTHER: Final = "_OTHER"
"""Value of `ERROR_TYPE` where nothing is known of an error but that there was one."""

EVENT_EXCEPTION: Final = "exception"
"""Name of the event that tells of an exception."""

METRIC_RPC_CLIENT_CALL_DURATION: Final = "rpc.client.call.duration"
"""Name of the histogram of the duration of outgoing calls, in seconds."""

TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        RPC_SYSTEM_NAME: "string",
        RPC_METHOD: "string",
        RPC_METHOD_ORIGINAL: "string",
        RPC_RESPONSE_STATUS_CODE: "string",
        ERROR_TYPE: "string",
        SERVER_ADDRESS: "string",
        SERVER_PORT: "int",
        EXCEPTION_TYPE: "string",
        EXCEPTION_MESSAGE: "string",
        SERVICE_NAME: "string",
    },
)
"""Type of each attribute above."""
