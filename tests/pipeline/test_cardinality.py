"""An attacker with 5,000 hosts, paths and user agents: a handful of series more, and no honest one lost."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import pytest

from otel_kit.metrics.meter import meter
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink, Point
from tests.subprocesses import run_python

# Contrib's engine reads the variable once per process; "default" are the old names, with the host in every series.
_NATIVE = pytest.mark.skipif(importlib.util.find_spec("fastapi.telemetry") is None, reason="FastAPI < 0.142")
ENGINES = [
    ("asgi", "http"),
    ("contrib", "http"),
    ("contrib", "http/dup"),
    ("contrib", "default"),
    pytest.param("native", "http", marks=_NATIVE),
]

PROGRAM = """
    import asyncio
    from fastapi import FastAPI, Request
    import otel_kit
    from opentelemetry import metrics
    from tests.asgi_client import arequest

    sent = {"metrics.machine": False, "export.metrics.endpoint": SINK}
    kit = otel_kit.init("shop", settings={"web.engine": ENGINE, **sent})
    app = FastAPI()
    visits = metrics.get_meter("app").create_counter("visits")

    def visit(request):
        visits.add(1, {"host": request.headers["host"], "path": request.url.path,
                       "user_agent": request.headers.get("user-agent", "")})

    @app.get("/items/{item}")
    async def item(item, request: Request):
        visit(request)

    @app.get("/late/{item}")
    async def late(item, request: Request):
        visit(request)

    @app.get("/{path:path}")
    async def anything(path, request: Request):
        visit(request)

    app = kit.instrument_app(app)

    async def attack():
        await arequest(app, "/items/1", headers={"user-agent": "Firefox"})
        assert kit.flush(20)
        for number in range(5000):
            method = "GET" if number % 50 else f"X{number}"
            await arequest(app, f"/{number}/x", method, host=f"h{number}.example:{number}",
                           headers={"user-agent": f"bot/{number}", "x-request-id": f"r{number}"},
                           client=(f"203.0.113.{number % 250}", number))
            if number == 2500:
                await arequest(app, "/items/2", headers={"user-agent": "Firefox"})
        await arequest(app, "/items/3", headers={"user-agent": "Firefox"})
        await arequest(app, "/late/4", headers={"user-agent": "Firefox"})

    asyncio.run(attack())
    print(sum(kit.status().metric_values_cut.values()))
    kit.shutdown(20)
"""


@pytest.mark.parametrize(("engine", "names"), ENGINES)
def test_an_attack_through_the_engine_adds_a_handful_of_series(otlp: OtlpSink, engine: str, names: str) -> None:
    """Through each engine, old names and new, and through a counter that the application labels by hand."""
    program = PROGRAM.replace("ENGINE", repr(engine)).replace("SINK", repr(otlp.endpoint + "/v1/metrics"))
    settings = {"OTEL_SEMCONV_STABILITY_OPT_IN": names, "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}

    done = run_python(program, settings, timeout_s=55)

    assert done.returncode == 0, done.stderr
    first = otlp.requests("/v1/metrics")[0]
    assert first.answer.accepts
    names_of_app = {point.name for point in otlp.points() if not point.name.startswith("otel_kit.")}
    added = 0
    for name in sorted(names_of_app):
        points = otlp.latest(name)
        served = [point for point in points if "/late/{item}" not in _texts(point)]
        added += len(served) - 1
        assert len(served) <= 12, (name, [point.attributes for point in served])
    assert added <= 20
    duration = next(name for name in ("http.server.request.duration", "http.server.duration") if name in names_of_app)
    by_route = {_route(point): point for point in otlp.latest(duration)}
    assert by_route["/items/{item}"].count == 3, "what was there before the attack has grown"
    assert by_route["/late/{item}"].count == 1, "what came after it has a series of its own"
    honest = [point.value for point in otlp.latest("visits") if point.attributes["user_agent"] == "Firefox"]
    assert honest[0] == 1
    assert sum(point.value for point in otlp.latest("visits")) == 5004 - 100, "all, but the methods that no route has"
    assert int(done.stdout) >= 4800


def test_what_is_cut_is_a_metric_and_in_the_status(kit: StartKit, otlp: OtlpSink) -> None:
    """By instrument and attribute; the settings say where it begins."""
    running = kit(settings={"metrics.attribute_values": 2, "metrics.client_values": 1})
    counter = meter("shop").counter("cut.sold")
    for number in range(5):
        counter.add(1, {"article": f"a{number}", "host": f"h{number}"})

    assert running.flush()
    points = otlp.latest("otel_kit.metric.values.cut")
    cut = {
        point.attributes["otel_kit.metric.attribute"]: point.value
        for point in points
        if point.attributes["otel_kit.metric.instrument"] == "cut.sold"
    }
    assert cut == {"article": 3, "host": 4}
    assert running.status().metric_values_cut == {"cut.sold article": 3, "cut.sold host": 4}
    assert running.status().as_dict()["metric_values_cut"]["cut.sold host"] == 4


def _texts(point: Point) -> str:
    return repr(point.attributes)


def _route(point: Point) -> object:
    attributes: Mapping[str, object] = point.attributes
    return attributes.get("http.route") or attributes.get("http.target")
