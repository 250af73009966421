"""Exceptions that a server logs after the request: the record belongs to the request's trace."""

from __future__ import annotations

import asyncio
import logging
import pickle
from threading import Lock

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.context import Context

import otel_kit
from otel_kit.logs.origins import origin_of, remember
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink


class Broken(Exception):
    """Refuses attributes."""

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("frozen")


def _record_of(error: BaseException) -> logging.LogRecord:
    return logging.makeLogRecord({"exc_info": (type(error), error, error.__traceback__)})


def test_an_exception_that_the_server_logs_belongs_to_the_request(kit: StartKit, otlp: OtlpSink) -> None:
    """The server's record has the trace id, the span id and the bound values of the request that failed."""
    app = FastAPI()

    @app.get("/fail")
    async def fail() -> None:
        otel_kit.bind(user_id="u-1")
        raise RuntimeError("out of cups")

    running = kit("shop", app=app)

    async def serve() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            try:
                await client.get("/fail")
            except RuntimeError:
                logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    asyncio.run(serve())
    assert running.flush()

    (span,) = [span for span in otlp.spans() if span.kind == "SERVER"]
    (log,) = otlp.logs("Exception in ASGI application")
    assert (log.trace_id, log.span_id) == (span.trace_id, span.span_id)
    assert log.attributes["user.id"] == "u-1"


def test_a_current_span_goes_before_the_exceptions_origin(kit: StartKit) -> None:
    """What handles an exception within a span of its own logs it there."""
    kit("shop")
    error = RuntimeError("out of cups")
    remember(error, Context({"where": "before"}))

    with trace.get_tracer("test").start_as_current_span("handler"):
        assert origin_of(_record_of(error)) is None
    assert origin_of(_record_of(error)) == {"where": "before"}


@pytest.mark.parametrize(
    "error", [Broken("no"), KeyError("k"), KeyboardInterrupt()], ids=lambda error: type(error).__name__
)
def test_any_exception_can_be_remembered(error: BaseException) -> None:
    """Exceptions that refuse attributes are no obstacle."""
    remember(error, Context({"where": "request"}))

    assert origin_of(_record_of(error)) == {"where": "request"}


def test_an_origin_is_not_carried_to_other_processes() -> None:
    """Executors and task queues pickle exceptions with their attributes; a live span cannot be."""
    error = KeyError("k")
    remember(error, trace.set_span_in_context(trace.get_tracer("test").start_span("s"), Context({"lock": Lock()})))

    copy = pickle.loads(pickle.dumps(error))

    assert origin_of(_record_of(error)) is not None
    assert origin_of(_record_of(copy)) is None


def test_a_record_without_an_exception_has_no_origin() -> None:
    """Plain records stay where they are emitted."""
    assert origin_of(logging.makeLogRecord({})) is None
    assert origin_of(logging.makeLogRecord({"exc_info": (None, None, None)})) is None
