"""Spans that take whatever an application gives them: values whose own code raises must not raise into it.

OpenTelemetry's SDK (1.45) prints and copies attribute values on the caller's thread, and prints exceptions: a
``__str__`` that raises, a list that holds itself or one nested a thousand deep would leave ``set_attribute``, and an
exception that cannot be printed would be replaced by another on its way through ``start_as_current_span``. What the
SDK takes goes to it untouched; only what it refuses becomes a plain copy first.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Tracer, TracerProvider

# The class that the SDK's tracer makes; there is no public way to have another one made.
from opentelemetry.sdk.trace import _Span as SdkSpan
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.util._decorator import _agnosticcontextmanager  # what the SDK's own method is made with

from otel_kit import semconv
from otel_kit.redaction.snapshot import plain, text_of

Attributes = Mapping[str, Any] | None


class GuardedTracerProvider(TracerProvider):
    """A TracerProvider whose tracers and spans raise nothing for what a value does."""

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        """Return a tracer as the SDK makes it, guarded."""
        tracer = super().get_tracer(*args, **kwargs)
        if type(tracer) is Tracer:
            tracer.__class__ = GuardedTracer
        return tracer


class GuardedTracer(Tracer):
    """The SDK's tracer; its spans are guarded."""

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = (),
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """Start a span."""
        rest = (links, start_time, record_exception, set_status_on_exception)
        try:
            span = super().start_span(name, context, kind, attributes, *rest)
        except Exception:  # a value's own code, so it can be anything
            span = super().start_span(text_of(name), context, kind, _plain_attributes(attributes), *rest)
        if type(span) is SdkSpan:
            span.__class__ = GuardedSpan
        return span

    @_agnosticcontextmanager
    def start_as_current_span(  # noqa: PLR0913 - OpenTelemetry's interface
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = (),
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[Span]:
        """Start a span that is current within the block; the block's exception leaves it untouched."""
        options = (record_exception, set_status_on_exception)
        span = self.start_span(name, context, kind, attributes, links, start_time, *options)
        with trace.use_span(span, end_on_exit, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except Exception as error:
                _record_failure(span, error, *options)
                raise


class GuardedSpan(SdkSpan):
    """The SDK's span; what it refuses is copied first."""

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        try:
            super().set_attributes(attributes)
        except Exception:
            super().set_attributes(_plain_attributes(attributes) or {})

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one attribute."""
        try:
            super().set_attribute(key, value)
        except Exception:
            super().set_attributes(_plain_attributes({key: value}) or {})

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Add an event."""
        try:
            super().add_event(name, attributes, timestamp)
        except Exception:
            super().add_event(text_of(name), _plain_attributes(attributes), timestamp)

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        """Add a link."""
        try:
            super().add_link(context, attributes)
        except Exception:
            super().add_link(context, _plain_attributes(attributes))

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Set the status."""
        try:
            super().set_status(status, description)
        except Exception:
            super().set_status(status, None if description is None else text_of(description))

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an exception as an event."""
        try:
            super().record_exception(exception, attributes, timestamp, escaped)
        except Exception:
            kind = type(exception)
            module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
            about = {
                semconv.EXCEPTION_TYPE: f"{module}{kind.__qualname__}",
                semconv.EXCEPTION_MESSAGE: text_of(exception),
                semconv.EXCEPTION_STACKTRACE: "".join(traceback.format_tb(getattr(exception, "__traceback__", None))),
            }
            self.add_event(semconv.EXCEPTION_EVENT, {**about, **(_plain_attributes(attributes) or {})}, timestamp)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if exc_val is not None:
            _record_failure(self, exc_val, self._record_exception, self._set_status_on_exception, escaped=True)
        self.end()


def _record_failure(span: Span, error: BaseException, record: bool, set_status: bool, *, escaped: bool = False) -> None:
    """Do what the SDK does with the exception of a block, without printing what cannot be printed."""
    if not span.is_recording():
        return
    if record:
        span.record_exception(error, escaped=escaped)
    if set_status:
        span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {text_of(error)}"))


def _plain_attributes(attributes: Attributes) -> dict[str, Any] | None:
    """Return a copy that the SDK can take, marked as repaired."""
    if attributes is None:
        return None
    copy = plain(attributes if isinstance(attributes, dict) else dict(attributes))
    return {**copy, semconv.REPAIRED: True} if isinstance(copy, dict) else {semconv.REPAIRED: True}
