"""Health through a whole kit: metrics and events on their way out, the three routes, forks and reloads."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import trace

from otel_kit.kit import Kit
from tests.asgi_client import arequest, request, scope_of, websocket
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink
from tests.pipeline.web_app import build

KEY = "health-key-never-shown"
ASKED_ONLY = {"health.interval": 0.0}


def events(otlp: OtlpSink) -> list[tuple[Any, ...]]:
    """Return the changes that arrived: check, before, after, severity, line."""
    return [
        (
            log.attributes["otel_kit.health.check"],
            log.attributes["otel_kit.health.status.before"],
            log.attributes["otel_kit.health.status.after"],
            log.severity,
            log.body,
        )
        for log in otlp.logs()
        if log.event_name == "otel_kit.health.change"
    ]


def document(app: Any, path: str = "/health", **headers: str) -> tuple[int | None, dict[str, Any]]:
    """Ask and return status and answer."""
    reply = request(app, path, headers=headers)
    assert reply.error is None
    return reply.status, json.loads(reply.body)


# --- what leaves ---


def test_gauge_histogram_and_one_event_a_change(kit: StartKit, otlp: OtlpSink) -> None:
    """The first healthy result is no change, the first unhealthy one is; severity by direction and weight."""
    running = kit(settings={**ASKED_ONLY, "health.cache": 0.0})
    status = {"db": "healthy", "mail": "unhealthy"}
    running.health.check("db", lambda: status["db"])
    running.health.check("mail", lambda: running.health.unhealthy("card 4111111111111111"), critical=False)

    for db in ("healthy", "healthy", "degraded", "unhealthy", "unhealthy", "healthy"):
        status["db"] = db
        running.health.run()

    assert running.flush()
    assert events(otlp) == [
        ("mail", "unknown", "unhealthy", "WARN", "mail is unhealthy: card 4111-****-****-1111"),
        ("db", "healthy", "degraded", "WARN", "db is degraded"),
        ("db", "degraded", "unhealthy", "ERROR", "db is unhealthy"),
        ("db", "unhealthy", "healthy", "INFO", "db is healthy"),
    ]
    gauge = {
        (point.attributes["otel_kit.health.check"], point.attributes["otel_kit.health.critical"]): point
        for point in otlp.latest("otel_kit.health.status")
    }
    assert {key: point.value for key, point in gauge.items()} == {("db", True): 1.0, ("mail", False): 0.0}
    assert {(point.unit, point.kind) for point in gauge.values()} == {("", "gauge")}
    durations = {
        point.attributes["otel_kit.health.check"]: (point.unit, point.count)
        for point in otlp.latest("otel_kit.health.duration")
    }
    assert durations == {"db": ("s", 6), "mail": ("s", 6)}
    (event, *_) = [log for log in otlp.logs() if log.event_name == "otel_kit.health.change"]
    assert (event.attributes["event.category"], event.attributes["retention.tier"]) == ("health", "default")


def test_checks_run_by_themselves(kit: StartKit, otlp: OtlpSink) -> None:
    """Nobody asks, the gauge and the event are there all the same."""
    others = set(threading.enumerate())  # other tests leave daemon threads that sleep until their next interval
    running = kit(settings={"health.interval": 0.02, "health.cache": 60.0})
    calls: list[int] = []

    @running.health.check("db")
    def db() -> None:
        calls.append(1)
        if len(calls) > 2:
            raise ConnectionError

    eventually(lambda: len(calls) >= 3, "three runs")
    eventually(lambda: running.flush() and events(otlp), "the event")
    assert events(otlp)[0][:3] == ("db", "healthy", "unhealthy")
    (schedule,) = [one for one in threading.enumerate() if one.name == "otel-kit health" and one not in others]
    assert running.reload({"health.interval": 0.0}).faults == ()
    eventually(lambda: not schedule.is_alive(), "the schedule ends when the setting says so")


def test_what_checks_do_is_not_traced(kit: StartKit, otlp: OtlpSink) -> None:
    """Neither within a request that asks nor by themselves; the event belongs to no trace."""
    running = kit(settings=ASKED_ONLY)
    tracer = trace.get_tracer("app")

    @running.health.check("db")
    async def db() -> str:
        import httpx

        async with httpx.AsyncClient() as client:
            await client.get(f"{otlp.endpoint}/nothing")
        return "degraded"

    @running.health.check("late", timeout_s=0.05)
    async def late() -> None:
        await asyncio.Event().wait()

    with tracer.start_as_current_span("request"):
        asyncio.run(running.health.arun())

    assert running.flush()
    assert [span.name for span in otlp.spans()] == ["request"]
    found = [log.trace_id for log in otlp.logs() if log.event_name == "otel_kit.health.change"]
    assert found == ["", ""]


# --- the routes ---


def test_liveness_asks_nothing_readiness_only_what_is_critical(kit: StartKit) -> None:
    """Restarting a process mends no database."""
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "health.cache": 0.0})
    status, calls = {"db": "healthy"}, []
    running.health.check("db", lambda: status["db"])
    running.health.check("mail", lambda: calls.append("mail") or False, critical=False)

    assert document(app, "/livez") == (200, {"status": "healthy"})
    assert document(app, "/readyz") == (200, {"status": "healthy", "ready": True, "draining": False})
    status["db"] = "degraded"
    assert document(app, "/readyz")[0] == 200
    status["db"] = "unhealthy"
    assert document(app, "/livez")[0] == 200
    assert document(app, "/readyz") == (503, {"status": "unhealthy", "ready": False, "draining": False})
    assert calls == []
    assert document(app)[0] == 503
    assert calls == ["mail"]


def test_not_ready_from_the_moment_the_application_is_told_to_end(kit: StartKit) -> None:
    """While it still answers: load balancers send no more requests; another start takes it back."""
    app = FastAPI()
    running = kit(app=app, settings=ASKED_ONLY)
    seen: list[tuple[str, int | None]] = []

    async def one_life() -> None:
        messages = ["lifespan.startup", "lifespan.shutdown"]

        async def receive() -> Mapping[str, Any]:
            return {"type": messages.pop(0)}

        async def send(message: Mapping[str, Any]) -> None:
            seen.extend([(message["type"], (await arequest(app, path)).status) for path in ("/readyz", "/livez")])

        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    asyncio.run(one_life())
    asyncio.run(one_life())

    life = [
        ("lifespan.startup.complete", 200), ("lifespan.startup.complete", 200),
        ("lifespan.shutdown.complete", 503), ("lifespan.shutdown.complete", 200),
    ]  # fmt: skip
    assert seen == life * 2
    running.health.serve_again()
    running.health.drain()
    assert request(app, "/readyz").status == 503


def test_strangers_see_no_inside_and_a_wrong_key_nothing(kit: StartKit, otlp: OtlpSink) -> None:
    """No reason, no address, no figure; the key neither in an answer nor in what leaves."""
    app = build()
    running = kit("orders", app=app, version="1.2.3", settings={**ASKED_ONLY, "health.key": KEY})
    running.health.check("db", running.health.checks.tcp("127.0.0.1", 9))
    request(app, "/items/7")

    status, found = document(app)
    assert status == 503
    assert set(found) == {"status", "service", "version", "timestamp", "response_time_ms", "dependencies"}
    assert (found["service"], found["version"]) == ("orders", "1.2.3")
    assert found["dependencies"] == {"db": {"status": "unhealthy"}}
    for wrong in ("Bearer x", f"Bearer {KEY}x", "Bearer"):
        reply = request(app, "/health", headers={"authorization": wrong})
        assert (reply.status, json.loads(reply.body)) == (401, {"error": "unauthorized"})
        assert reply.header("www-authenticate") == "Bearer"

    status, found = document(app, authorization=f"Bearer {KEY}")
    assert found["dependencies"]["db"]["reason"] == "connection refused"
    assert found["performance"]["routes"]["GET /items/{item}"]["count"] == 1
    assert found["events"]["otel_kit.health.change"] >= 1
    assert found["pipeline"]["guarantee"] == "all"
    assert set(found["pipeline"]["signals"]) == {"traces", "metrics", "logs"}
    assert "error" not in (found["logs"] or {})
    assert "error" not in found["alerts"]
    assert running.flush()
    everything = b"".join(received.body for path in ("/v1/traces", "/v1/logs", "/v1/metrics")
                          for received in otlp.requests(path))  # fmt: skip
    assert KEY.encode() not in everything


def test_reasons_pass_the_redactor(kit: StartKit) -> None:
    """As everything that leaves."""
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "health.key": KEY})

    @running.health.check("db")
    def db() -> None:
        raise ValueError("no login for anna@example.com with password=hunter2secret")

    text = json.dumps(document(app, authorization=f"Bearer {KEY}")[1])

    assert "anna@example.com" not in text
    assert "hunter2secret" not in text
    assert "ValueError: no login for a***@example.com" in text


def test_routes_are_neither_traced_nor_measured(kit: StartKit, otlp: OtlpSink) -> None:
    """Also under a prefix, which the exclusions do not know; /health itself is the application's then."""
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "health.prefix": "internal/"})

    assert [request(app, f"/internal/{name}").status for name in ("livez", "readyz", "health")] == [200] * 3
    assert request(app, "/health").status == 404

    assert running.flush()
    assert otlp.spans() == []
    assert otlp.latest("http.server.request.duration") == []


@pytest.mark.parametrize("engine", ["contrib", "native"])
def test_routes_with_other_engines(kit: StartKit, otlp: OtlpSink, engine: str) -> None:
    """They are answered before contrib measures; FastAPI itself sees every request first."""
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "web.engine": engine, "health.prefix": "/internal"})
    assert request(app, "/internal/health").status == 200
    assert running.flush()
    assert engine == "native" or otlp.spans() == []


def test_routes_can_be_off(kit: StartKit) -> None:
    """``health.routes: false``."""
    app = FastAPI()
    kit(app=app, settings={**ASKED_ONLY, "health.routes": False})
    assert [request(app, path).status for path in ("/livez", "/readyz", "/health")] == [404] * 3


def test_an_application_of_another_framework(kit: StartKit) -> None:
    """Through the wrapped application; what it answers itself is its own."""
    running = kit(settings=ASKED_ONLY)

    async def plain(scope: Any, receive: Any, send: Any) -> None:
        status = 200 if scope["path"] == "/livez" else 404
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"own"})

    app = running.instrument_app(plain)

    assert running.instrument_app(app) is app
    assert request(app, "/livez").body == b"own"
    assert request(app, "/readyz").status == 200
    assert request(app, "/else").body == b"own"


def test_the_key_is_renewed_without_a_restart(kit: StartKit, tmp_path: Path) -> None:
    """A mounted secret is replaced, and the old key is refused; a key in the settings comes by a reload."""
    file = tmp_path / "key"
    file.write_text("first-key\n")
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "health.key_file": str(file)})
    assert "system" in document(app, authorization="Bearer first-key")[1]

    (tmp_path / "new").write_text("second-key\n")
    (tmp_path / "new").replace(file)
    assert document(app, authorization="Bearer first-key")[0] == 401
    assert "system" in document(app, authorization="Bearer second-key")[1]

    file.unlink()
    assert document(app, authorization="Bearer second-key")[0] == 401
    running.reload({"health.key": "third-key"})
    assert "system" in document(app, authorization="Bearer third-key")[1]


def test_fifty_requests_at_once_run_a_check_once(kit: StartKit) -> None:
    """However many probes there are, a dependency is asked once."""
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "health.cache": 60.0})
    calls: list[str] = []
    arrived, all_here = 0, asyncio.Event()

    @running.health.check("async", timeout_s=30.0)
    async def slow() -> None:
        calls.append("async")
        await all_here.wait()

    running.health.check("sync", lambda: calls.append("sync"))

    async def one() -> int | None:
        nonlocal arrived
        arrived += 1
        if arrived == 50:
            all_here.set()
        return (await arequest(app, "/health")).status

    async def all_of_them() -> list[int | None]:
        return list(await asyncio.gather(*(one() for _ in range(50))))

    assert asyncio.run(all_of_them()) == [200] * 50
    assert sorted(calls) == ["async", "sync"]


# --- the kit's own checks ---


def test_export_check_sees_the_pipeline(kit: StartKit, otlp: OtlpSink) -> None:
    """Degraded while the endpoint is gone."""
    running = kit(settings={**ASKED_ONLY, "health.cache": 0.0, "pipeline.logs_delay": 0.01})
    running.health.check("export", running.health.checks.export(), critical=False)
    assert running.health.run().status == "healthy"

    otlp.stop()
    logging.getLogger("app").warning("nobody hears")

    reason = eventually(lambda: running.health.run(fresh=True).results["export"].reason, "the failure is seen")
    assert "cannot be sent" in reason


def test_websockets_are_counted(kit: StartKit, otlp: OtlpSink) -> None:
    """From accept to the end, whoever ends it; refused ones never."""
    running = kit(settings={**ASKED_ONLY, "health.cache": 0.0})
    app = running.instrument_app(build())
    running.health.check("sockets", running.health.checks.websockets(most=0), critical=False)

    async def connected() -> str:
        inbox: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        accepted = asyncio.Event()

        async def send(message: Mapping[str, Any]) -> None:
            accepted.set()

        inbox.put_nowait({"type": "websocket.connect"})
        serving = asyncio.ensure_future(app(scope_of("/chat", kind="websocket"), inbox.get, send))
        await accepted.wait()
        during = (await running.health.arun()).results["sockets"].reason
        inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.gather(serving, return_exceptions=True)
        return during

    assert asyncio.run(connected()) == "1 connections are open, 0 may be"
    websocket(app, "/chat", ["hi"])
    websocket(app, "/refused")
    assert running.health.run().status == "healthy"
    assert running.flush()
    (point,) = otlp.latest("otel_kit.websocket.connections")
    assert (point.value, point.unit, point.kind) == (0, "{connection}", "sum")


# --- lives ---


def test_after_the_end_it_still_answers_but_is_not_ready(kit: StartKit) -> None:
    """A server may end later than the kit."""
    app = FastAPI()
    running = kit(app=app, settings=ASKED_ONLY)
    running.health.check("db", lambda: None)
    running.shutdown()

    assert (request(app, "/livez").status, request(app, "/readyz").status) == (200, 503)
    assert document(app)[0] == 200
    running.health.check("late", lambda: None)
    assert running.health.run().status == "healthy"


def test_the_next_kit_takes_over_the_application(kit: StartKit) -> None:
    """Its checks, not those of the one before."""
    app = FastAPI()
    kit("first", app=app, settings=ASKED_ONLY).shutdown()
    kit("second", app=app, settings=ASKED_ONLY)

    assert document(app)[1]["service"] == "second"
    assert request(app, "/readyz").status == 200


def test_a_kit_that_is_off_has_checks_that_run(kit: StartKit) -> None:
    """The application's code stays the same."""
    running = kit(settings={"enabled": False})
    running.health.check("db", lambda: "degraded")
    assert running.health.run().status == "degraded"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="not run: fork, because this platform has none")
def test_a_forked_child_checks_for_itself(kit: StartKit) -> None:
    """A run in flight at the fork is the parent's; the child has the checks, no results, and locks that are free."""
    running = kit(settings=ASKED_ONLY)
    waits, parent = os.pipe(), os.getpid()

    @running.health.check("slow", timeout_s=5.0)
    def slow() -> None:
        if os.getpid() == parent:
            os.read(waits[0], 1)

    running.health.check("known", lambda: None)
    thread = _start(running)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if running.health.last_results() == [] and running.health.run().status == "healthy" else 2
        finally:
            os._exit(code)  # whatever comes, the tests are the parent's
    _, status = os.waitpid(child, 0)
    os.write(waits[1], b"x")
    thread.join()
    for end in waits:
        os.close(end)

    assert os.waitstatus_to_exitcode(status) == 0
    assert [result.status for result in running.health.last_results()] == ["healthy"] * 2


def test_the_redactor_in_force_is_used(kit: StartKit, tmp_path: Path) -> None:
    """A rule of the user's holds for ``/health``, too."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "version: 1\nrules:\n  customer_number:\n    pattern: '\\bCN-[0-9]{6}\\b'\n"
        "    examples: { 'of CN-123456': 'of [REDACTED:customer_number]' }\n    counter_examples: ['CN-1']\n"
    )
    app = FastAPI()
    running = kit(app=app, settings={**ASKED_ONLY, "health.key": KEY, "redaction.policy": str(policy)})
    running.health.check("db", lambda: running.health.unhealthy("no account CN-123456"))
    assert "CN-123456" not in json.dumps(document(app, authorization=f"Bearer {KEY}")[1])


def _own_threads(name: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == name]


def _start(running: Kit) -> threading.Thread:
    thread = threading.Thread(target=running.health.run)
    thread.start()
    eventually(lambda: _own_threads("otel-kit check slow"), "the check runs")
    return thread
