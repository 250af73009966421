"""@traced and @monitored with a kit: spans, exceptions once, contexts between steps, figures with exemplars."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

import otel_kit
from otel_kit.instrument.carriers import extract
from otel_kit.instrument.functions import monitored, traced
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink, Point, Span

HERE = __name__
ARGUMENT = "otel_kit.function.argument."


def span_id() -> str | None:
    """Return the current span's id."""
    return otel_kit.current().span_id


def only(otlp: OtlpSink, name: str) -> Span:
    """Return the one span of that name."""
    (span,) = otlp.spans(name)
    return span


def figures(otlp: OtlpSink, name: str, where: dict[str, str]) -> list[Point]:
    """Return the points of a metric for one function."""
    return [point for point in otlp.latest(name) if where.items() <= point.attributes.items()]


def test_calls_have_spans_within_each_other(kit: StartKit, otlp: OtlpSink) -> None:
    """Named by the function or by hand; kind, attributes, what is bound, and the arguments that are asked for."""
    running = kit()

    class Shop:
        @traced
        def buy(self, card: str) -> None:
            asyncio.run(self.pay("o-1", card=card, notes=["mail ada@example.com"]))

        @monitored(name="pay", kind="client", capture=("order_id", "card", "notes"), attributes={"stage": 2})
        async def pay(self, order_id: str, *, card: str, notes: list[str]) -> None:
            await asyncio.sleep(0)

    with otel_kit.bind(tenant="acme"):
        Shop().buy("4111111111111111")

    assert running.flush()
    buy, pay = only(otlp, "Shop.buy"), only(otlp, "pay")
    assert (pay.trace_id, pay.parent_span_id, buy.parent_span_id) == (buy.trace_id, buy.span_id, "")
    assert (buy.kind, pay.kind, buy.status, pay.status) == ("INTERNAL", "CLIENT", "UNSET", "UNSET")
    where = f"{HERE}.test_calls_have_spans_within_each_other.<locals>.Shop"
    assert buy.attributes == {"code.function.name": f"{where}.buy", "otel_kit.tenant": "acme"}
    assert pay.attributes == {
        "code.function.name": f"{where}.pay", "otel_kit.tenant": "acme", "stage": 2, f"{ARGUMENT}order_id": "o-1",
        f"{ARGUMENT}card": "4111-****-****-1111", f"{ARGUMENT}notes": ["mail a***@example.com"],
    }  # fmt: skip
    assert b"4111111111111111" not in otlp.bodies()


@traced
def innermost() -> None:
    """Fail."""
    raise KeyError("of bob@example.com")


@monitored
def middle() -> None:
    """Fail by another's fault."""
    innermost()


@traced
async def outermost() -> None:
    """Fail by another's fault."""
    middle()


def test_an_exception_is_recorded_once_with_its_stack(kit: StartKit, otlp: OtlpSink) -> None:
    """By the innermost; the others have the status. It goes through as it is, and redacted on the wire."""
    running = kit()

    with pytest.raises(KeyError) as caught:
        asyncio.run(outermost())

    assert str(caught.value) == "'of bob@example.com'"
    assert running.flush()
    spans = [only(otlp, name) for name in ("innermost", "middle", "outermost")]
    assert [len(span.events) for span in spans] == [1, 0, 0]
    assert "in innermost" in spans[0].events[0].attributes["exception.stacktrace"]
    for span in spans:
        assert (span.status, span.status_message) == ("ERROR", "KeyError: 'of b***@example.com'")
        assert span.attributes["error.type"] == "KeyError"


def test_one_exception_object_in_two_traces_is_recorded_in_both(kit: StartKit, otlp: OtlpSink) -> None:
    """Some applications raise one object again and again."""
    running = kit()
    error = ValueError("always the same")

    @traced(name="again")
    def again() -> None:
        raise error

    for _ in range(2):
        with pytest.raises(ValueError, match="always"):
            again()

    assert running.flush()
    assert [len(span.events) for span in otlp.spans("again")] == [1, 1]


@pytest.mark.parametrize(
    "error",
    [StopIteration(1), StopAsyncIteration(), asyncio.CancelledError(), concurrent.futures.CancelledError(),
     GeneratorExit(), KeyboardInterrupt(), SystemExit(0)],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)  # fmt: skip
def test_what_only_ends_something_is_no_error(kit: StartKit, otlp: OtlpSink, error: BaseException) -> None:
    """It goes through; the span ends without an error."""
    running = kit()

    @monitored(name="ends")
    def ends() -> None:
        raise error

    with pytest.raises(type(error)):
        ends()

    assert running.flush()
    span = only(otlp, "ends")
    assert (span.status, span.events) == ("UNSET", ())
    assert figures(otlp, "otel_kit.function.errors", {"code.function.name": f"{HERE}.{ends.__qualname__}"}) == []


def test_a_generators_span_is_current_in_its_body_only(kit: StartKit, otlp: OtlpSink) -> None:
    """Over all its steps, with spans of the body's own open across them; it ends once, with the last step."""
    running = kit()
    inside: list[Any] = []

    @traced(name="steps")
    def steps() -> Generator[int, str, str]:
        inside.append(span_id())
        with trace.get_tracer("app").start_as_current_span("part"):
            sent = yield 1
            inside.append(span_id())
        sent += yield 2
        inside.append(span_id())
        return sent

    with trace.get_tracer("app").start_as_current_span("caller"):
        outside = [span_id()]
        generator = steps()
        taken = [next(generator)]
        outside.append(span_id())
        taken.append(generator.send("a"))
        outside.append(span_id())
        with pytest.raises(StopIteration) as end:
            generator.send("b")
        outside.append(span_id())

    assert (taken, end.value.value) == ([1, 2], "ab")
    assert running.flush()
    caller, span, part = (only(otlp, name) for name in ("caller", "steps", "part"))
    assert set(outside) == {caller.span_id}
    assert inside == [span.span_id, part.span_id, span.span_id]
    assert (span.parent_span_id, part.parent_span_id, span.status) == (caller.span_id, span.span_id, "UNSET")


@pytest.mark.parametrize("way", ["left early", "failed", "never begun"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_generators_span_ends_however_it_ends(
    kit: StartKit, otlp: OtlpSink, way: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Left early it is no error; a generator that never ran has none. OpenTelemetry has nothing to complain of."""
    running = kit()

    @traced(name="steps")
    def steps() -> Iterator[int]:
        yield 1
        raise ValueError

    @traced(name="steps")
    async def asteps() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(0)
        raise ValueError

    async def consume() -> None:
        generator = asteps()
        if way == "never begun":
            return
        async for _ in generator:
            assert span_id() is None
            if way == "left early":
                break
        await generator.aclose()  # type: ignore[attr-defined]

    def consume_sync() -> None:
        generator = steps()
        if way == "never begun":
            return
        for _ in generator:
            assert span_id() is None
            if way == "left early":
                break

    if way == "failed":
        with pytest.raises(ValueError, match=r"^$"):
            asyncio.run(consume()) if kind == "async" else consume_sync()
    else:
        asyncio.run(consume()) if kind == "async" else consume_sync()

    assert span_id() is None
    assert running.flush()
    wanted = {"left early": ["UNSET"], "failed": ["ERROR"], "never begun": []}
    assert [span.status for span in otlp.spans("steps")] == wanted[way]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_async_generators_of_many_tasks_do_not_meet(kit: StartKit, otlp: OtlpSink) -> None:
    """Each line has its own generator's span."""
    running = kit()

    @traced(name="feed", capture=("n",))
    async def feed(n: int) -> AsyncIterator[int]:
        for step in range(3):
            await asyncio.sleep(0)
            logging.getLogger("app").info("line of %d", n)
            yield step

    async def consume(n: int) -> None:
        async for _ in feed(n):
            assert span_id() is None

    async def all_at_once() -> None:
        await asyncio.gather(*(consume(n) for n in range(10)))

    asyncio.run(all_at_once())

    assert running.flush()
    spans = {span.span_id: span.attributes[f"{ARGUMENT}n"] for span in otlp.spans("feed")}
    lines = [(spans[record.span_id], record.body) for record in otlp.logs() if str(record.body).startswith("line")]
    assert sorted(lines) == sorted((n, f"line of {n}") for n in range(10) for _ in range(3))


def test_monitored_functions_have_figures_that_lead_to_their_spans(kit: StartKit, otlp: OtlpSink) -> None:
    """Durations in seconds of all calls, errors by type; no argument makes a series."""
    running = kit()

    @monitored(name="measured", capture=("user",))
    def measured(user: str, fails: bool = False) -> None:
        if fails:
            raise LookupError(user)

    for number in range(4):
        measured(f"u{number}")
    with pytest.raises(LookupError):
        measured("u", fails=True)

    assert running.flush()
    where = {"code.function.name": f"{HERE}.{measured.__qualname__}"}
    (duration,) = [point for point in otlp.latest("otel_kit.function.duration") if point.attributes == where]
    (errors,) = [
        point for point in otlp.latest("otel_kit.function.errors") if where.items() <= point.attributes.items()
    ]
    assert (duration.unit, duration.count, duration.kind, duration.bounds[0]) == ("s", 5, "histogram", 0.001)
    assert (errors.attributes, errors.value) == ({**where, "error.type": "LookupError"}, 1)
    traces = {span.trace_id for span in otlp.spans("measured")}
    assert set(duration.exemplar_trace_ids) <= traces
    assert set(errors.exemplar_trace_ids) <= traces
    assert duration.exemplar_trace_ids


def test_a_strangers_message_is_linked_by_the_function_that_handles_it(kit: StartKit, otlp: OtlpSink) -> None:
    """``extract(..., trusted=False)``: the outermost traced function has the link, those in it have not."""
    running = kit()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @traced(name="part")
    def part() -> None: ...

    @traced(name="handle", kind=SpanKind.CONSUMER)
    def handle() -> None:
        part()

    for trusted in (False, True):
        with extract({"traceparent": parent}, trusted=trusted):
            handle()

    assert running.flush()
    linked, continued = otlp.spans("handle")
    assert [(link.trace_id, link.span_id) for link in linked.links] == [tuple(parent.split("-")[1:3])]
    assert (linked.trace_id == parent[3:35], linked.kind) == (False, "CONSUMER")
    assert (continued.trace_id, continued.parent_span_id, continued.links) == (*parent.split("-")[1:3], ())
    assert [span.links for span in otlp.spans("part")] == [(), ()]


def test_after_shutdown_calls_go_on(kit: StartKit) -> None:
    """And nothing is said."""
    kit().shutdown()

    assert monitored(lambda: span_id() is not None or True)()


class Unfriendly(Exception):
    """Refuses what can be refused."""

    def __setattr__(self, name: str, value: object) -> None:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


def test_no_argument_and_no_exception_makes_the_decorator_raise(kit: StartKit, otlp: OtlpSink) -> None:
    """The function's own exception is what comes out."""
    running = kit()
    cycle: list[Any] = []
    cycle.append(cycle)

    @monitored(name="hostile", capture=("values",))
    def hostile(*values: Any) -> None:
        raise Unfriendly

    with pytest.raises(Unfriendly):
        hostile(cycle, "\ud800", 2**80, object(), float("nan"), {1: Context()}, "x" * 100_000)

    assert running.flush()
    assert only(otlp, "hostile").status == "ERROR"
    assert running.status().faults == {}
