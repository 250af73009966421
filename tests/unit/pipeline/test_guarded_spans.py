"""Values and exceptions whose own code raises must not raise into the application by way of a span."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from otel_kit.pipeline.guarded_spans import GuardedTracerProvider


class Hostile:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


class HostileText(str):
    """A string whose length cannot be asked."""

    def __len__(self) -> int:
        raise RuntimeError


class HostileList(list):  # type: ignore[type-arg]
    """Cannot be read."""

    def __iter__(self) -> Any:
        raise RuntimeError


class Liar:
    """Raises when asked for its class."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError


class HostileError(Exception):
    """Cannot be printed; its repr is left alone, asyncio prints that itself."""

    def __str__(self) -> str:
        raise RuntimeError


def deep(container: Callable[[Any], Any]) -> Any:
    """Return a value nested 2000 levels deep."""
    value: Any = 1
    for _ in range(2000):
        value = container(value)
    return value


def cyclic() -> Any:
    """Return a list that holds itself."""
    items: list[Any] = []
    items.append(items)
    return items


_VALUES: dict[str, Callable[[], Any]] = {
    "unprintable": Hostile,
    "text": lambda: HostileText("x"),
    "list": lambda: HostileList([1]),
    "liar": Liar,
    "deep lists": lambda: deep(lambda value: [value]),
    "deep maps": lambda: deep(lambda value: {"k": value}),
    "cycle": cyclic,
    "inside": lambda: [1, Hostile()],
}


class Kept:
    """Two providers with the same calls: the guarded one and the SDK's."""

    def __init__(self, provider: TracerProvider) -> None:
        self.exporter = InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer: Tracer = provider.get_tracer("test", "1")

    def span(self) -> ReadableSpan:
        """Return the only finished span."""
        (span,) = self.exporter.get_finished_spans()
        return span


@pytest.fixture
def guarded() -> Kept:
    """The guarded provider."""
    return Kept(GuardedTracerProvider(shutdown_on_exit=False))


_CALLS: dict[str, Callable[[Tracer, Any], Any]] = {
    "start_span": lambda tracer, value: tracer.start_span("s", attributes={"k": value, "good": 1}).end(),
    "set_attribute": lambda tracer, value: _on_span(tracer, lambda span: span.set_attribute("k", value)),
    "set_attributes": lambda tracer, value: _on_span(tracer, lambda span: span.set_attributes({"k": value, "good": 1})),
    "add_event": lambda tracer, value: _on_span(tracer, lambda span: span.add_event("e", {"k": value, "good": 1})),
    "add_link": lambda tracer, value: _on_span(
        tracer, lambda span: span.add_link(span.get_span_context(), {"k": value})
    ),
    "set_status": lambda tracer, value: _on_span(tracer, lambda span: span.set_status(StatusCode.ERROR, value)),
    "record_exception": lambda tracer, value: _on_span(
        tracer, lambda span: span.record_exception(ValueError("x"), {"k": value})
    ),
    "current": lambda tracer, value: _current(tracer, value),
}  # fmt: skip


def _on_span(tracer: Tracer, act: Callable[[Span], Any]) -> None:
    span = tracer.start_span("s")
    act(span)
    span.end()


def _current(tracer: Tracer, value: Any) -> None:
    with tracer.start_as_current_span("s", attributes={"k": value}) as span:
        assert trace.get_current_span() is span


@pytest.mark.parametrize("value", _VALUES)
@pytest.mark.parametrize("call", _CALLS)
def test_no_value_raises_and_the_span_is_there(guarded: Kept, call: str, value: str) -> None:
    """What else it holds is kept."""
    _CALLS[call](guarded.tracer, _VALUES[value]())

    span = guarded.span()
    if call in ("start_span", "set_attributes"):
        assert (span.attributes or {})["good"] == 1
    if call == "add_event":
        assert (span.events[0].attributes or {})["good"] == 1


@pytest.mark.parametrize("start", ["start_as_current_span", "with span", "decorator", "async decorator"])
@pytest.mark.parametrize("error", [HostileError(), ValueError("x")])
def test_an_exception_leaves_a_block_as_it_is(guarded: Kept, start: str, error: Exception) -> None:
    """Whether it can be printed or not; it is recorded once, with type and error status."""

    def block() -> None:
        if start == "start_as_current_span":
            with guarded.tracer.start_as_current_span("s"):
                raise error
        if start == "with span":
            with guarded.tracer.start_span("s"):
                raise error
        if start == "decorator":

            @guarded.tracer.start_as_current_span("s")
            def decorated() -> None:
                raise error

            decorated()

        @guarded.tracer.start_as_current_span("s")
        async def asynchronous() -> None:
            raise error

        asyncio.run(asynchronous())

    with pytest.raises(type(error)) as caught:
        block()

    span = guarded.span()
    assert caught.value is error
    assert [event.name for event in span.events] == ["exception"]
    assert str((span.events[0].attributes or {})["exception.type"]).endswith(type(error).__name__)
    assert (span.status.status_code, str(span.status.description)[:10]) == (
        StatusCode.ERROR,
        f"{type(error).__name__}"[:10],
    )


def _everything(tracer: Tracer) -> None:
    with tracer.start_as_current_span("outer", kind=trace.SpanKind.CLIENT, attributes={"a": [1, 2]}) as outer:
        outer.set_attribute("b", {"c": 1})
        outer.set_attributes({"d": "e", "f": True})
        outer.add_event("event", {"g": 1.5}, 7)
        outer.add_link(trace.SpanContext(1, 2, True), {"h": b"i"})
        outer.update_name("renamed")
        outer.set_status(Status(StatusCode.OK))
    for options in ({}, {"record_exception": False}, {"set_status_on_exception": False}):
        try:
            with tracer.start_as_current_span("failing", **options):  # type: ignore[arg-type]
                raise ValueError("text")
        except ValueError:
            pass
        try:
            with tracer.start_span("failing", **options):  # type: ignore[arg-type]
                raise ValueError("text")
        except ValueError:
            pass
    try:
        with tracer.start_as_current_span("left"):
            raise SystemExit
    except SystemExit:
        pass


def test_ordinary_use_gives_what_the_sdk_gives(guarded: Kept) -> None:
    """Call for call the same spans as from an unguarded provider."""
    reference = Kept(TracerProvider(shutdown_on_exit=False))

    _everything(guarded.tracer)
    _everything(reference.tracer)

    assert facts(guarded) == facts(reference)
    assert isinstance(guarded.exporter.get_finished_spans()[0], ReadableSpan)


def facts(kept: Kept) -> list[Any]:
    """Return what stands in the spans, without ids, times and stack traces."""
    return [
        (
            span.name, span.kind, dict(span.attributes or {}), span.status.status_code, span.status.description,
            [link.context.trace_id for link in span.links],
            [
                (event.name, {k: v for k, v in (event.attributes or {}).items() if k != "exception.stacktrace"})
                for event in span.events
            ],
            span.instrumentation_scope,
        )
        for span in kept.exporter.get_finished_spans()
    ]  # fmt: skip


def test_spans_that_are_not_recorded_stay_what_they_are() -> None:
    """A sampler that drops."""
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    tracer = GuardedTracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer("t")

    def block() -> None:
        with tracer.start_as_current_span("s", attributes={"k": Hostile()}) as span:  # type: ignore[dict-item]
            assert type(span) is trace.NonRecordingSpan
            raise HostileError

    with pytest.raises(HostileError):
        block()
