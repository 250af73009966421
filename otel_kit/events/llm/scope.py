"""The span of a call as the current one, for the length of a block that may be left anywhere, or never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span

_KEY: Final = otel_context.create_key("otel_kit.llm.scope")


@dataclass(slots=True)
class Scope:
    """``context`` is the one within the block; ``outer`` the block around it, with the span around that."""

    span: Span
    context: Context
    outer_span: Span
    outer: Scope | None
    is_over: bool = False


def enter(span: Span, before: Context) -> Scope:
    """Make ``span`` the current one, until ``leave``."""
    outer = otel_context.get_value(_KEY, before)
    scope = Scope(span, before, trace.get_current_span(before), outer if isinstance(outer, Scope) else None)
    scope.context = otel_context.set_value(_KEY, scope, trace.set_span_in_context(span, before))
    otel_context.attach(scope.context)
    return scope


def leave(scope: Scope) -> None:
    """Give the span around the block back. Does nothing in another copy of the context, where it is not current.

    Not by a token: a generator may be closed in any context, for which OpenTelemetry would log an error, and what was
    bound within the block stays bound.
    """
    scope.is_over = True
    if otel_context.get_value(_KEY) is not scope:
        return
    span, outer = scope.outer_span, scope.outer
    while outer is not None and outer.is_over:  # generators that take turns do not end in order
        span, outer = outer.outer_span, outer.outer
    context = otel_context.get_current()
    if trace.get_current_span(context) is scope.span:
        context = trace.set_span_in_context(span, context)
    otel_context.attach(otel_context.set_value(_KEY, outer, context))
