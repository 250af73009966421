"""The three engines: exactly one SERVER span per request, and the kit's own against contrib, its reference."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from starlette.applications import Starlette
from starlette.routing import Mount

import otel_kit
from tests.asgi_client import Reply, request
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink, Point, Span
from tests.pipeline.web_app import SCENARIOS, build, build_starlette
from tests.subprocesses import run_python

_NATIVE = importlib.util.find_spec("fastapi.telemetry") is not None
_ENGINES = ["asgi", "contrib", pytest.param("native", marks=pytest.mark.skipif(not _NATIVE, reason="FastAPI < 0.142"))]
# Without an engine of its own FastAPI measures excluded requests and Starlette measures none.
_NOT_COUNTED = {"excluded"}


def server_spans(otlp: OtlpSink) -> list[Span]:
    """Return the spans of requests."""
    return [span for span in otlp.spans() if span.kind == "SERVER"]


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in _NOT_COUNTED])
@pytest.mark.parametrize("engine", _ENGINES)
def test_each_request_of_fastapi_has_one_server_span(kit: StartKit, otlp: OtlpSink, engine: str, scenario: str) -> None:
    """Whatever its outcome, mounted applications included."""
    running = kit(settings={"web.engine": engine})
    app = running.instrument_app(build())

    SCENARIOS[scenario](app)

    assert running.flush()
    assert len(server_spans(otlp)) == 1
    assert sum(point.count for point in otlp.latest("http.server.request.duration")) == (
        0 if "websocket" in scenario else 1
    )


@pytest.mark.parametrize("engine", ["asgi", "contrib"])
def test_plain_starlette_has_one_server_span(kit: StartKit, otlp: OtlpSink, engine: str) -> None:
    """Starlette has no telemetry of its own, ``native`` would record nothing."""
    running = kit(settings={"web.engine": engine})
    app = running.instrument_app(build_starlette())

    replies = [request(app, path) for path in ("/items/1", "/boom", "/nowhere")]

    assert running.flush()
    assert [reply.status for reply in replies] == [200, 500, 404]
    assert [span.attributes["http.response.status_code"] for span in server_spans(otlp)] == [200, 500, 404]


def _twice(running: Any) -> Any:
    app = build()
    running.instrument_app(app)
    return running.instrument_app(app)


def _contrib_first(running: Any) -> Any:
    app = build()
    FastAPIInstrumentor.instrument_app(app, exclude_spans=["receive", "send"])
    return running.instrument_app(app)


def _contrib_middleware(running: Any) -> Any:
    app = build()
    app.add_middleware(OpenTelemetryMiddleware, exclude_spans=["receive", "send"])
    return running.instrument_app(app)


def _started(running: Any) -> Any:
    app = build()
    request(app, "/items/0")  # builds the middleware stack
    return running.instrument_app(app)


def _by_init(_running: Any) -> Any:
    app = build()
    otel_kit.init("test", app=app)
    return app


def _wrapped(running: Any) -> Any:
    app = build()

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return running.instrument_app(outer)


def _wrapped_and_inside(running: Any) -> Any:
    app = build()
    running.instrument_app(app)

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return running.instrument_app(running.instrument_app(outer))


def _mounted_in_starlette(running: Any) -> Any:
    return running.instrument_app(Starlette(routes=[Mount("/", build())]))


def _mounted_and_instrumented(running: Any) -> Any:
    inner = running.instrument_app(build())
    outer = FastAPI()
    outer.mount("/", inner)
    return running.instrument_app(outer)


@pytest.mark.parametrize(
    "assemble",
    [
        _twice, _contrib_first, _contrib_middleware, _started, _by_init, _wrapped, _wrapped_and_inside,
        _mounted_in_starlette, _mounted_and_instrumented,
    ],
)  # fmt: skip
def test_however_the_application_is_put_together_one_span_comes_out(
    kit: StartKit, otlp: OtlpSink, assemble: Callable[[Any], Any]
) -> None:
    """Instrumented twice, by contrib before, after it has started, wrapped, mounted."""
    running = kit()
    app = assemble(running)
    assert running.flush()
    otlp.clear()

    assert request(app, "/items/7").status == 200

    assert running.flush()
    assert [span.name for span in server_spans(otlp)] == ["GET /items/{item}"]


def test_contrib_before_init_in_a_fresh_process_gives_one_span(otlp: OtlpSink) -> None:
    """As when ``opentelemetry-instrument`` or the application was first; the globals are set afterwards."""
    done = run_python(
        """
        import asyncio, otel_kit
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from tests.asgi_client import request
        from tests.pipeline.web_app import build

        app = build()
        FastAPIInstrumentor.instrument_app(app, exclude_spans=["receive", "send"])
        kit = otel_kit.init("test", app=app)
        request(app, "/items/7")
        kit.shutdown()
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert [span.name for span in server_spans(otlp)] == ["GET /items/{item}"]


# --- the kit's engine against contrib ---

Value = Callable[[Any, Any], bool]


def _any(_ours: Any, _theirs: Any) -> bool:
    return True


def _is(ours: Any, theirs: Any) -> Value:
    return lambda mine, other: (mine, other) == (ours, theirs)


def _gone(ours: Any, theirs: Any) -> bool:
    return ours in ("OSError", "ExceptionGroup") and theirs is None  # a group from Starlette before 0.42


# Every difference that is allowed, and why. None stands for "not there".
_DECLARED: Mapping[str, Value] = {
    # Contrib takes the server's own socket and leaves the port in the address; the conventions want the Host header.
    "server.address": _is("shop.example", "127.0.0.1:8000"),
    "server.port": _is(80, 8000),
    # The peer is told by network.peer.*; client.port is opt-in.
    "client.port": _is(None, 50000),
    "network.peer.address": _is("127.0.0.1", None),
    "network.peer.port": _is(50000, None),
    "otel_kit.request_id": lambda ours, theirs: len(ours) == 32 and theirs is None,
}
_DECLARED_BY_SCENARIO: Mapping[str, Mapping[str, Value]] = {
    # The exception says more than the status that the server made of it (conventions: "the exception type").
    "500 by exception": {
        "error.type": _is("ValueError", "500"),
        "status message": _is("ValueError: no such order", ""),
    },
    # Contrib names only the mount.
    "mounted app": {
        "http.route": _is("/sub/{tenant}/inner/{name}", "/sub/{tenant}"),
        "name": _is("GET /sub/{tenant}/inner/{name}", "GET /sub/{tenant}"),
    },
    # Contrib calls a websocket an HTTP request that ended with 200; the handshake is answered with 101 or 403.
    "websocket": {"name": _is("WS /chat", "HTTP /chat"), "http.response.status_code": _is(101, 200)},
    "websocket refused": {"name": _is("WS /refused", "HTTP /refused"), "http.response.status_code": _is(403, None)},
    # Contrib records the exception twice and its type not at all.
    "client gone": {"error.type": _gone, "events": _is(("exception",), ("exception", "exception"))},
}
# Metrics that only contrib has: development status in the conventions.
_ONLY_CONTRIB = {"http.server.response.body.size", "http.server.request.body.size"}
_METRICS_BY_SCENARIO: Mapping[str, Mapping[str, Value]] = {
    "500 by exception": {"error.type": _is("ValueError", "500")},
    "mounted app": {"http.route": _is("/sub/{tenant}/inner/{name}", "/sub/{tenant}")},
    "client gone": {"error.type": _gone},
}


@dataclass(frozen=True)
class Observed:
    """What one engine made of one scenario."""

    reply: Reply
    spans: list[Span]
    points: list[Point]


def facts(span: Span) -> dict[str, Any]:
    """Return what is compared of a span: attributes, and beside them name, kind, status and events."""
    return {
        **span.attributes,
        "name": span.name,
        "kind": span.kind,
        "status": span.status,
        "status message": span.status_message,
        "events": tuple(event.name for event in span.events),
        "parent": span.parent_span_id,
        "links": span.links,
    }


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs, with both values."""
    for name in sorted({*ours, *theirs}):
        if ours.get(name) != theirs.get(name):
            yield name, ours.get(name), theirs.get(name)


def undeclared(found: Iterator[tuple[str, Any, Any]], declared: Mapping[str, Value]) -> list[tuple[str, Any, Any]]:
    """Return the differences that the list does not allow."""
    return [item for item in found if not (item[0] in declared and declared[item[0]](item[1], item[2]))]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_kits_engine_records_what_contrib_records(kit: StartKit, otlp: OtlpSink, scenario: str) -> None:
    """Span by span and point by point, except the declared differences - and those must still be there."""

    @functools.cache
    def observe(engine: str) -> Observed:
        otlp.clear()
        running = kit(settings={"web.engine": engine})
        reply = SCENARIOS[scenario](running.instrument_app(build()))
        running.shutdown()
        points = [point for point in otlp.points() if point.name.startswith("http.server.")]
        return Observed(reply, server_spans(otlp), points)

    ours, theirs = observe("asgi"), observe("contrib")

    assert (ours.reply.status, ours.reply.body, repr(ours.reply.error)) == (
        theirs.reply.status, theirs.reply.body, repr(theirs.reply.error)
    )  # fmt: skip
    assert len(ours.spans) == len(theirs.spans)
    declared = {**_DECLARED, **_DECLARED_BY_SCENARIO.get(scenario, {})}
    for mine, other in zip(ours.spans, theirs.spans, strict=True):
        assert undeclared(differences(facts(mine), facts(other)), declared) == []
        seen = {name for name, _, _ in differences(facts(mine), facts(other))}
        assert set(declared) <= seen, "a declared difference is gone: take it off the list"
    by_name = {point.name: point for point in ours.points}
    reference = {point.name: point for point in theirs.points if point.name not in _ONLY_CONTRIB}
    assert set(by_name) == set(reference)
    assert len(by_name) == len(ours.points)
    for name, point in by_name.items():
        other_point = reference[name]
        assert undeclared(
            differences(point.attributes, other_point.attributes), _METRICS_BY_SCENARIO.get(scenario, {})
        ) == []  # fmt: skip
        assert (point.kind, point.unit, point.count, point.bounds) == (
            other_point.kind, other_point.unit, other_point.count, other_point.bounds
        )  # fmt: skip
        if point.kind == "sum":
            assert (point.value, other_point.value) == (0, 0)
