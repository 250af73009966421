"""Baggage goes out by a list of names only; what comes in from strangers is dropped (see test_web_trust.py)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace.span import TraceState

import otel_kit
from otel_kit.instrument.baggage import BaggageGuard
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink
from tests.servers import Uvicorn

Heard = list[dict[str, str]]


@pytest.fixture
def third_party() -> Iterator[tuple[str, Heard]]:
    """Somebody else's server, and the headers of each request it heard."""
    heard: Heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", heard
    server.shutdown()
    server.server_close()


def carrying(**values: str) -> Context:
    """Return a context with baggage."""
    context = Context()
    for name, value in values.items():
        context = baggage.set_baggage(name, value, context)
    return context


def injected(context: Context) -> dict[str, str]:
    """Return the headers that the global propagator writes."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier, context)
    return carrier


def test_no_baggage_leaves_by_default(kit: StartKit) -> None:
    """What one service put there must not reach whoever is called next."""
    kit()

    assert "baggage" not in injected(carrying(role="admin", tenant="acme"))


def test_allowed_names_leave_redacted(kit: StartKit) -> None:
    """The list names what may go; a value with a form is masked even then."""
    kit(settings={"baggage.allow": ["tenant", "contact"]})

    header = injected(carrying(role="admin", tenant="acme", contact="jane@example.com"))["baggage"]

    assert "tenant=acme" in header
    assert "role" not in header
    assert "jane" not in header


def test_the_application_keeps_its_own_baggage(kit: StartKit) -> None:
    """Only what is written to the carrier is filtered."""
    kit()
    context = carrying(role="admin")

    injected(context)

    assert baggage.get_baggage("role", context) == "admin"


def test_an_instrumented_client_sends_the_trace_but_no_baggage(kit: StartKit, third_party: tuple[str, Heard]) -> None:
    """Over a real connection: traceparent goes, baggage stays."""
    from opentelemetry import context as otel_context

    kit()
    url, heard = third_party
    token = otel_context.attach(carrying(role="admin"))
    try:
        with httpx.Client(trust_env=False) as client:
            client.get(url)
    finally:
        otel_context.detach(token)

    (headers,) = heard
    assert "traceparent" in headers
    assert "baggage" not in headers


_SERVICE = """
import otel_kit
from fastapi import FastAPI
from opentelemetry import baggage

app = FastAPI()
otel_kit.init("callee", app=app, settings={"baggage.allow": ["tenant", "user_id", "request_id"], **SETTINGS})

@app.get("/healthz")
async def health():
    return {}

@app.get("/told")
async def told():
    now = otel_kit.current()
    return [now.trace_id, dict(now.bound), dict(baggage.get_all())]
"""


@pytest.mark.parametrize(("trust", "is_told"), [("private", True), ("none", False)])
def test_bound_values_go_from_service_to_service(
    kit: StartKit, otlp: OtlpSink, tmp_path: Path, trust: str, is_told: bool
) -> None:
    """By names that both list, over HTTP between two processes; a service takes none from strangers."""
    (tmp_path / "callee.py").write_text(f"SETTINGS = {{'trust': {trust!r}}}\n{_SERVICE}")
    kit(settings={"baggage.allow": ["tenant", "user_id", "request_id"]})
    server = Uvicorn(tmp_path, "callee:app", env={"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    try:
        with (
            otel_kit.bind(tenant="acme", user_id="ada@example.com", session_id="s", request_id="r-1"),
            trace.get_tracer("app").start_as_current_span("caller"),
            httpx.Client(trust_env=False) as client,
        ):
            caller = otel_kit.current()
            reply = client.get(f"http://127.0.0.1:{server.port}/told")
    finally:
        server.stop()

    trace_id, bound, carried = reply.json()
    own_id = bound.pop("otel_kit.request_id")
    assert (own_id, len(own_id)) == (reply.headers["x-request-id"], 32)
    assert (trace_id == caller.trace_id) == is_told
    assert bound == ({"otel_kit.tenant": "acme", "user.id": "a***@example.com"} if is_told else {})
    assert set(carried) == ({"tenant", "user_id", "request_id"} if is_told else set())


def test_starting_again_puts_one_guard_around_the_propagator(kit: StartKit) -> None:
    """Otherwise each start would add a layer, and the first list would stay in force."""
    kit().shutdown()
    kit(settings={"baggage.allow": ["tenant"]})

    guard = propagate.get_global_textmap()

    assert isinstance(guard, BaggageGuard)
    assert not isinstance(guard.inner, BaggageGuard)
    assert "tenant=acme" in injected(carrying(tenant="acme"))["baggage"]


def test_after_shutdown_the_propagator_is_the_applications_again(kit: StartKit) -> None:
    """A kit that has ended decides nothing any more."""
    before = propagate.get_global_textmap()

    kit().shutdown()

    assert propagate.get_global_textmap() is before


def test_trace_state_goes_on_without_what_a_rule_finds(kit: StartKit) -> None:
    """It came from a caller, and a client sends it to everybody; its other entries must be passed on."""
    kit()
    items = [("kept", "1"), ("vendor", "ada@example.com"), ("password", "hunter2"), ("4111111111111111@bank", "1")]
    remote = trace.SpanContext(1, 2, True, trace.TraceFlags(1), TraceState(items))

    headers = injected(trace.set_span_in_context(trace.NonRecordingSpan(remote), Context()))

    assert headers["tracestate"] == "kept=1"
    assert headers["traceparent"] == f"00-{1:032x}-{2:016x}-01"
