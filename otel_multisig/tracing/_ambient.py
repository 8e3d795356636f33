"""What is current: the set-up and the scope that a thread or task is in, carried by OpenTelemetry's context."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from opentelemetry import context as otel_context

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context

    from otel_multisig.tracing._node import Node
    from otel_multisig.tracing._setup import Setup

__all__ = [
    "NODE_KEY",
    "SETUP_KEY",
    "SUPPRESS_KEY",
    "current_node",
    "current_setup",
    "leave",
    "with_node",
    "without_tracing",
]

NODE_KEY: Final = otel_context.create_key("otel-multisig-node")
SETUP_KEY: Final = otel_context.create_key("otel-multisig-setup")
SUPPRESS_KEY: Final = otel_context.create_key("otel-multisig-suppress")
"""Stands in a context whose calls are our own (a snapshot's) and are not to be traced."""


def with_node(context: Context, node: Node) -> Context:
    """Return `context` with `node` and its set-up as the current ones."""
    return otel_context.Context({**context, NODE_KEY: node, SETUP_KEY: node.setup})


def current_node() -> Node | None:
    """Return the innermost scope of this thread or task, if any."""
    return cast("Node | None", otel_context.get_value(NODE_KEY))


def current_setup() -> Setup | None:
    """Return the set-up of this thread or task, if any."""
    return cast("Setup | None", otel_context.get_value(SETUP_KEY))


def leave(token: Token[Context]) -> None:
    """Make current what was current before `token` was given out."""
    # What was entered by another task or thread, of which this one has a copy, is not ours to undo: a ValueError, which
    # OpenTelemetry's own `detach` would log as an error.
    with suppress(ValueError):
        token.var.reset(token)


def without_tracing(context: Context) -> Context:
    """Return `context` in which neither we nor HTTP instrumentations trace anything."""
    values: dict[str, object] = {**context, SUPPRESS_KEY: True}
    # OpenTelemetry has no public name for this key yet; every HTTP instrumentation honours it.
    http_key = getattr(otel_context, "_SUPPRESS_INSTRUMENTATION_KEY", None)
    if http_key is not None:
        values[http_key] = True
    return otel_context.Context(values)
