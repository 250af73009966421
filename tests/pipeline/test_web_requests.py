"""What the kit's own engine makes of requests: metrics, exclusions, headers, exceptions, hostile callers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import trace

from otel_kit import semconv
from tests.asgi_client import arequest, request, websocket
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink, Span
from tests.pipeline.web_app import build

_DURATION = "http.server.request.duration"
_ACTIVE = "http.server.active_requests"


def only_span(otlp: OtlpSink) -> Span:
    """Return the request's span, the only one there is."""
    (span,) = [span for span in otlp.spans() if span.kind == "SERVER"]
    return span


def raw_app(*messages: Any, raises: BaseException | None = None) -> Any:
    """Return an application without a framework: sends ``messages``, then raises."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)
        if raises is not None:
            raise raises

    return app


START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
BODY = {"type": "http.response.body", "body": b"ok"}


# --- metrics ---


def test_duration_is_in_seconds_with_the_conventions_buckets_and_exemplars(kit: StartKit, otlp: OtlpSink) -> None:
    """The exemplar leads from the chart to the trace."""
    running = kit()

    request(running.instrument_app(build()), "/items/7")

    assert running.flush()
    (point,) = otlp.latest(_DURATION)
    assert (point.unit, point.kind, point.count, point.bounds) == (
        "s", "histogram", 1, semconv.HTTP_DURATION_BOUNDARIES
    )  # fmt: skip
    assert 0 < point.value < 10
    assert point.exemplar_trace_ids == (only_span(otlp).trace_id,)


def test_the_exemplar_names_the_requests_own_span(kit: StartKit, otlp: OtlpSink) -> None:
    """Also when the answer is sent within a child span."""
    running = kit()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with trace.get_tracer("app").start_as_current_span("child"):
            await send(START)
            await send(BODY)

    request(running.instrument_app(app))

    assert running.flush()
    (point,) = otlp.latest(_DURATION)
    assert [exemplar.span_id.hex() for exemplar in point.proto.exemplars] == [only_span(otlp).span_id]


def test_active_requests_rise_and_return_to_zero(kit: StartKit, otlp: OtlpSink) -> None:
    """Also after failures, clients that leave, and tasks that are cancelled."""
    running = kit()
    inside, go_on = asyncio.Event(), asyncio.Event()
    app = build()

    @app.get("/wait")
    async def wait() -> None:
        inside.set()
        await go_on.wait()

    running.instrument_app(app)

    async def scenario() -> None:
        waiting = asyncio.create_task(arequest(app, "/wait"))
        await inside.wait()
        await asyncio.to_thread(running.flush)
        assert [point.value for point in otlp.latest(_ACTIVE)] == [1]
        waiting.cancel()
        await asyncio.wait([waiting])
        for path in ("/boom", "/handled", "/items/1", "/nowhere"):
            await arequest(app, path)
        await arequest(app, "/stream", leave_after=1)

    asyncio.run(scenario())

    assert running.flush()
    assert [point.value for point in otlp.latest(_ACTIVE)] == [0]


def test_hostile_callers_make_no_series(kit: StartKit, otlp: OtlpSink) -> None:
    """Hosts, paths, user agents, methods and schemes of strangers stand in spans only."""
    running = kit()
    app = running.instrument_app(build())

    for number in range(30):
        request(
            app, f"/nowhere/{number}", host=f"h{number}.example:8{number}", headers={"user-agent": f"agent/{number}"}
        )
        request(app, f"/sub/tenant{number}/inner/x")
        request(app, "/items/1", f"M{number}", scheme=f"s{number}")

    assert running.flush()
    assert len(otlp.latest(_DURATION)) == 3
    assert len(otlp.latest(_ACTIVE)) == 2
    assert len(otlp.spans()) == 90


@pytest.mark.parametrize(
    ("method", "wanted", "name"),
    [
        ("get", "_OTHER", "HTTP /items/{item}"),
        ("BREW", "_OTHER", "HTTP /items/{item}"),
        ("PATCH", "PATCH", "PATCH /items/{item}"),
    ],
)
def test_unknown_methods_are_other(kit: StartKit, otlp: OtlpSink, method: str, wanted: str, name: str) -> None:
    """The original is kept beside it, unless it is longer than any method."""
    running = kit()

    request(running.instrument_app(build()), "/items/7", method)
    request(running.instrument_app(build()), "/items/7", "X" * 500)

    assert running.flush()
    first, second = otlp.spans()
    original = first.attributes.get("http.request.method_original")
    assert (first.attributes["http.request.method"], first.name) == (wanted, name)
    assert original == (method if wanted == "_OTHER" else None)
    assert second.attributes["http.request.method_original"] == "…[truncated]"


# --- exclusions ---


@pytest.mark.parametrize(
    ("path", "excluded"),
    [
        ("/livez", True), ("/readyz", True), ("/health", True), ("/healthz/", True), ("/metrics", True),
        ("/healthz?verbose=1", True), ("/health/db", False), ("/orders/health", False), ("/healthy", False),
        ("/items/1?next=/healthz", False),
    ],
)  # fmt: skip
def test_health_and_metrics_are_left_out_by_default(kit: StartKit, otlp: OtlpSink, path: str, excluded: bool) -> None:
    """Neither span nor metric; the Host header cannot get a request left out."""
    running = kit()

    request(running.instrument_app(build()), path, host="x/healthz")

    assert running.flush()
    assert (otlp.spans() == [], otlp.points(_DURATION) == []) == (excluded, excluded)


@pytest.mark.parametrize("variable", ["OTEL_PYTHON_FASTAPI_EXCLUDED_URLS", "OTEL_PYTHON_EXCLUDED_URLS"])
@pytest.mark.parametrize("engine", ["asgi", "contrib"])
def test_the_standard_variables_mean_what_they_mean_to_contrib(
    kit: StartKit, otlp: OtlpSink, monkeypatch: pytest.MonkeyPatch, engine: str, variable: str
) -> None:
    """A comma-separated list of expressions, searched in scheme, server and path; it replaces the default."""
    monkeypatch.setenv(variable, "items/[0-4], ^http://[^/]*/away$")
    running = kit(settings={"web.engine": engine})
    app = running.instrument_app(build())

    for path in ("/items/1", "/items/7", "/away", "/away/", "/healthz"):
        request(app, path)

    assert running.flush()
    assert [span.attributes["url.path"] for span in otlp.spans() if span.kind == "SERVER"] == [
        "/items/7", "/away/", "/healthz"
    ]  # fmt: skip


def test_an_excluded_request_leaves_no_span_of_a_mounted_application_either(kit: StartKit, otlp: OtlpSink) -> None:
    """FastAPI's own telemetry in a mounted application knows nothing of the exclusion."""
    running = kit(settings={"web.excluded_urls": "inner"})

    assert request(running.instrument_app(build()), "/sub/acme/inner/x").status == 200

    assert running.flush()
    assert otlp.spans() == []


# --- response headers and request ids ---


def test_responses_carry_trace_and_request_id(kit: StartKit, otlp: OtlpSink) -> None:
    """A user who reports an error can name both."""
    running = kit()

    reply = request(running.instrument_app(build()), "/items/7")

    assert running.flush()
    span = only_span(otlp)
    assert reply.header("traceresponse") == f"00-{span.trace_id}-{span.span_id}-{'03'}"
    assert reply.header("x-request-id") == span.attributes["otel_kit.request_id"]


@pytest.mark.parametrize("path", ["/boom", "/nowhere", "/away", "/stream", "/handled"])
def test_every_kind_of_answer_carries_them(kit: StartKit, path: str) -> None:
    """Also the answer that the error handler gives."""
    reply = request(kit().instrument_app(build()), path)

    assert None not in (reply.header("traceresponse"), reply.header("x-request-id"))


@pytest.mark.parametrize(
    ("client", "sent", "kept", "claimed"),
    [
        (("10.0.0.1", 1), "abc-1", "abc-1", None),
        (("127.0.0.1", 1), "a b\t<x>", None, None),
        (("127.0.0.1", 1), "a" * 65, None, None),
        (("8.8.8.8", 1), "abc-1", None, "abc-1"),
        (("8.8.8.8", 1), "<script>", None, None),
    ],
)
def test_request_ids_of_peers(
    kit: StartKit, otlp: OtlpSink, client: tuple[str, int], sent: str, kept: str | None, claimed: str | None
) -> None:
    """A trusted peer's valid id is kept, a malformed one replaced, a stranger's only noted."""
    running = kit()

    reply = request(running.instrument_app(build()), "/items/7", client=client, headers={"x-request-id": sent})

    assert running.flush()
    span = only_span(otlp)
    own = span.attributes["otel_kit.request_id"]
    assert reply.header("x-request-id") == own
    assert (own if kept else len(own)) == (kept or 32)
    assert span.attributes.get("otel_kit.client_request_id") == claimed


def test_headers_of_the_application_stay(kit: StartKit) -> None:
    """What it says itself goes before what the kit would say."""
    app = raw_app({**START, "headers": [(b"X-Request-ID", b"own"), (b"TraceResponse", b"mine")]}, BODY)

    reply = request(kit().instrument_app(app))

    assert reply.headers[:2] == [("X-Request-ID", "own"), ("TraceResponse", "mine")]
    assert [name for name, _ in reply.headers[2:]] == ["server-timing"]


def test_a_message_of_the_application_is_not_changed(kit: StartKit) -> None:
    """Applications may send one constant message for every request."""
    app = kit().instrument_app(raw_app(START, BODY))

    first, second = request(app), request(app)

    assert START["headers"] == [(b"content-type", b"text/plain")]
    assert first.header("traceresponse") != second.header("traceresponse")


def test_captured_headers_are_recorded_redacted(kit: StartKit, otlp: OtlpSink) -> None:
    """Only those that the settings name."""
    running = kit(settings={"web.request_headers": "X-Shop,Authorization", "web.response_headers": "content-type"})

    request(
        running.instrument_app(build()), "/items/7",
        headers={"x-shop": "north", "authorization": "Bearer s3cr3t-t0ken-value", "x-other": "y"},
    )  # fmt: skip

    assert running.flush()
    attributes = only_span(otlp).attributes
    assert attributes["http.request.header.x-shop"] == ["north"]
    assert attributes["http.response.header.content-type"] == ["application/json"]
    assert "http.request.header.x-other" not in attributes
    assert "http.request.header.authorization" in attributes
    assert b"s3cr3t" not in otlp.bodies()


# --- exceptions ---


class HostileError(Exception):
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class SlottedError(Exception):
    """Refuses attributes."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


@pytest.mark.parametrize(
    "error", [ValueError("x"), HostileError(), SlottedError("y"), SystemExit(3), ExceptionGroup("g", [OSError()])]
)
def test_an_exception_passes_untouched_and_is_recorded_once(
    kit: StartKit, otlp: OtlpSink, error: BaseException
) -> None:
    """The server sees the same object; the span has one event, error status and type, whatever its text does."""
    running = kit()

    reply = request(running.instrument_app(raw_app(raises=error)))

    assert running.flush()
    span = only_span(otlp)
    assert reply.error is error
    assert (error.__cause__, error.__context__) == (None, None)
    assert [event.name for event in span.events] == ["exception"]
    assert (span.status, span.attributes["http.response.status_code"]) == ("ERROR", 500)
    assert span.attributes["error.type"] == span.events[0].attributes["exception.type"]
    assert span.attributes["error.type"].endswith(type(error).__name__)
    assert running.status().faults == {}


@pytest.mark.parametrize("path", ["/boom", "/handled"])
def test_fastapi_records_each_exception_once(kit: StartKit, otlp: OtlpSink, path: str) -> None:
    """The error handler answers first and raises afterwards; a handled one is the application's own matter."""
    running = kit()

    request(running.instrument_app(build()), path)

    assert running.flush()
    assert len(only_span(otlp).events) == (1 if path == "/boom" else 0)
    assert only_span(otlp).status == "ERROR"


def test_an_exception_that_comes_after_the_answer_lies_within_the_span(kit: StartKit, otlp: OtlpSink) -> None:
    """The error handler's answer ends the span; the event of the exception must not lie behind that end."""
    running = kit()

    request(running.instrument_app(build()), "/boom")

    assert running.flush()
    (event,) = only_span(otlp).proto.events
    assert (
        only_span(otlp).proto.start_time_unix_nano <= event.time_unix_nano <= only_span(otlp).proto.end_time_unix_nano
    )


def test_a_cancelled_request_is_no_error_of_the_application(kit: StartKit, otlp: OtlpSink) -> None:
    """The client or the server gave up; CancelledError goes through."""
    running = kit()

    reply = request(running.instrument_app(raw_app(raises=asyncio.CancelledError())))

    assert running.flush()
    assert isinstance(reply.error, asyncio.CancelledError)
    assert (only_span(otlp).status, only_span(otlp).events) == ("UNSET", ())


def test_a_failing_background_task_does_not_change_the_finished_request(kit: StartKit, otlp: OtlpSink) -> None:
    """The response was complete; the duration ends there."""
    running = kit()
    app = FastAPI()

    @app.get("/later")
    async def later(tasks: Any = None) -> Any:
        from starlette.background import BackgroundTask
        from starlette.responses import PlainTextResponse

        async def fail() -> None:
            raise ValueError

        return PlainTextResponse("ok", background=BackgroundTask(fail))

    reply = request(running.instrument_app(app), "/later")

    assert running.flush()
    assert isinstance(reply.error, ValueError)
    assert (only_span(otlp).status, only_span(otlp).attributes["http.response.status_code"]) == ("UNSET", 200)


# --- hostile input ---


@pytest.mark.parametrize(
    "scope",
    [
        {"host": "[::1"}, {"host": "x:99999999"}, {"host": "x:²"}, {"host": ""}, {"host": "\xff" * 5000},
        {"headers": {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"}}, {"headers": {"traceparent": "\xff"}},
        {"headers": {"tracestate": "=" * 9000, "traceparent": "x" * 9000}}, {"headers": {"baggage": "=;,%" * 3000}},
        {"client": None}, {"client": ("", 0)}, {"client": ("x", None)}, {"server": None}, {"server": ("/run/x", None)},
        {"raw_path": None}, {"query_string": b"\xff\x00" * 3000}, {"http_version": "9"},
        {"headers": [("x-request-id", "\x00")] * 200},
    ],
)  # fmt: skip
def test_no_request_makes_the_engine_fail(kit: StartKit, otlp: OtlpSink, scope: dict[str, Any]) -> None:
    """The application answers, the span arrives, no fault is counted."""
    running = kit()

    reply = request(running.instrument_app(build()), "/items/\u2028", **scope)

    assert running.flush()
    assert (reply.status, running.status().faults) == (200, {})
    assert only_span(otlp).name == "GET /items/{item}"


def test_a_scope_that_is_none_is_served_without_a_span(kit: StartKit, otlp: OtlpSink) -> None:
    """What cannot be measured is served all the same, and counted."""
    running = kit()

    reply = request(running.instrument_app(raw_app(START, BODY)), client=("127.0.0.1", "no port"))

    assert running.flush()
    assert (reply.status, running.status().faults) == (200, {"asgi_request": 1})


def test_server_address_is_read_from_the_host_header(kit: StartKit, otlp: OtlpSink) -> None:
    """With and without port, in brackets, or from the server's socket."""
    running = kit()
    app = running.instrument_app(build())

    for host in ("shop.example", "shop.example:8080", "[2001:db8::1]:81", "[::1]", ""):
        request(app, "/items/1", host=host)

    assert running.flush()
    seen = [(s.attributes["server.address"], s.attributes["server.port"]) for s in otlp.spans()]
    assert seen == [("shop.example", 80), ("shop.example", 8080), ("2001:db8::1", 81), ("::1", 80), ("127.0.0.1", 8000)]


def test_websockets_end_when_they_close(kit: StartKit, otlp: OtlpSink) -> None:
    """One span for the connection, 101 or 403, no duration metric."""
    running = kit()
    app = running.instrument_app(build())

    websocket(app, "/chat", ["hi"])
    websocket(app, "/refused")

    assert running.flush()
    assert [(span.name, span.attributes["http.response.status_code"]) for span in otlp.spans()] == [
        ("WS /chat", 101), ("WS /refused", 403)
    ]  # fmt: skip
    assert otlp.points(_DURATION) == []


def test_a_request_inside_a_request_is_its_own(kit: StartKit, otlp: OtlpSink) -> None:
    """A test client or a proxy within a handler: what was current does not become the parent."""
    running = kit()
    inner = running.instrument_app(build())
    outer = FastAPI()

    @outer.get("/proxy")
    async def proxy() -> int | None:
        return (await arequest(inner, "/items/1")).status

    assert request(running.instrument_app(outer), "/proxy").body == b"200"

    assert running.flush()
    spans = {span.name: span for span in otlp.spans() if span.kind == "SERVER"}
    assert set(spans) == {"GET /proxy", "GET /items/{item}"}
    assert len({span.trace_id for span in spans.values()}) == 2


def test_spans_of_the_application_are_children_of_the_request(kit: StartKit, otlp: OtlpSink) -> None:
    """In async and in sync endpoints."""
    running = kit()
    app = FastAPI()
    tracer = trace.get_tracer("app")

    @app.get("/async")
    async def asynchronous() -> None:
        with tracer.start_as_current_span("child"):
            return

    @app.get("/sync")
    def synchronous() -> None:
        with tracer.start_as_current_span("child"):
            return

    running.instrument_app(app)
    for path in ("/async", "/sync"):
        request(app, path)

    assert running.flush()
    children = eventually(lambda: otlp.spans("child"), "children")
    parents = {span.span_id for span in otlp.spans() if span.kind == "SERVER"}
    assert {child.parent_span_id for child in children} == parents


@pytest.mark.parametrize("exporter", ["OTEL_TRACES_EXPORTER", "OTEL_KIT_TRACES_EXPORTER"])
def test_without_a_traces_exporter_logs_still_carry_ids(
    kit: StartKit, otlp: OtlpSink, monkeypatch: pytest.MonkeyPatch, exporter: str
) -> None:
    """No span is sent, but the response and the log lines name the trace."""
    import logging

    monkeypatch.setenv(exporter, "none")
    running = kit()
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        logging.getLogger("app").warning("here")

    reply = request(running.instrument_app(app))

    assert running.flush()
    (log,) = otlp.logs("here")
    assert otlp.requests("/v1/traces") == ()
    assert reply.header("traceresponse") == f"00-{log.trace_id}-{log.span_id}-03"
    assert log.attributes["otel_kit.request_id"] == reply.header("x-request-id")


def test_a_disabled_kit_leaves_the_application_alone(kit: StartKit, otlp: OtlpSink) -> None:
    """Nothing is wrapped, nothing is sent."""
    running = kit(settings={"enabled": False})
    app = build()
    before = app.build_middleware_stack

    assert running.instrument_app(app) is app

    reply = request(app, "/items/7")
    assert (app.build_middleware_stack, reply.header("x-request-id"), otlp.requests()) == (before, None, ())
