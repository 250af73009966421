"""FastAPI and Starlette applications: the engine that was chosen, and exactly one SERVER span per request."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider, TracerProvider

from otel_kit.instrument.asgi import OtelKitMiddleware, Web, build_web
from otel_kit.instrument.asgi_types import ASGIApp
from otel_kit.instrument.kit_routes import InForce, KitRoutes, KitRoutesMiddleware
from otel_kit.instrument.lifespan import Lifespan, LifespanMiddleware
from otel_kit.instrument.trust import trust_rule
from otel_kit.settings import Settings, Signal

_done: weakref.WeakKeyDictionary[Any, InForce] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Engine:
    """What an application is instrumented with."""

    name: str  # asgi, contrib or native
    web: Web
    lifespan: Lifespan
    routes: KitRoutes
    tracer_provider: TracerProvider
    meter_provider: MeterProvider
    excluded_urls: Sequence[str]
    request_headers: Sequence[str]
    response_headers: Sequence[str]


def build_engine(
    settings: Settings,
    providers: Mapping[Signal, Any],
    lifespan: Lifespan,
    count_fault: Callable[[str, BaseException], None],
) -> Engine:
    """Return what applications are instrumented with by these settings; creates the instruments."""
    web = build_web(
        providers["traces"],
        providers["metrics"],
        trust_rule(settings.trust),
        settings.excluded_urls,
        (settings.request_headers, settings.response_headers),
        settings.response_ids,
        count_fault,
    )
    return Engine(
        name=settings.engine,
        web=web,
        lifespan=lifespan,
        routes=KitRoutes(count_fault),
        tracer_provider=providers["traces"],
        meter_provider=providers["metrics"],
        excluded_urls=settings.excluded_urls,
        request_headers=settings.request_headers,
        response_headers=settings.response_headers,
    )


def is_starlette(app: Any) -> bool:
    """Whether ``app`` builds its middleware stack the way Starlette and FastAPI do."""
    return callable(getattr(app, "build_middleware_stack", None)) and hasattr(app, "middleware_stack")


def instrument(app: Any, engine: Engine) -> str:
    """Instrument a Starlette or FastAPI application in place; returns who measures its requests.

    A second call changes nothing. An application that ``opentelemetry-instrument`` or the user gave to contrib stays
    with contrib: two SERVER spans per request would be worse than another engine.
    """
    if app in _done:
        _done[app].routes = engine.routes
        return engine.name
    chosen = engine.name
    if getattr(app, "_is_instrumented_by_opentelemetry", False):
        chosen = "contrib"
    elif chosen == "contrib":
        _instrument_with_contrib(app, engine)
    _done[app] = InForce(engine.routes)
    _wrap_stack(app, engine, chosen, _done[app])
    return chosen


def wrap(app: ASGIApp, engine: Engine) -> ASGIApp:
    """Return an ASGI application of any other framework, wrapped."""
    if isinstance(app, OtelKitMiddleware | LifespanMiddleware | KitRoutesMiddleware):
        return app
    return KitRoutesMiddleware(OtelKitMiddleware(app, engine.web, engine.lifespan), InForce(engine.routes))


def _wrap_stack(app: Any, engine: Engine, chosen: str, in_force: InForce) -> None:
    """Put the kit around the whole stack, so that the error handler's answer and its exception are both seen."""
    build = app.build_middleware_stack

    def around(stack: ASGIApp) -> ASGIApp:
        measured: ASGIApp
        if chosen == "asgi":
            measured = OtelKitMiddleware(stack, engine.web, engine.lifespan, _sign(stack))
        else:
            measured = LifespanMiddleware(stack, engine.lifespan, measured=chosen == "contrib")
        return KitRoutesMiddleware(measured, in_force)

    app.build_middleware_stack = lambda: around(build())
    if app.middleware_stack is not None:
        app.middleware_stack = around(app.middleware_stack)


def _sign(stack: ASGIApp) -> ASGIApp:
    """Return the sign by which FastAPI (since 0.142) knows that somebody else measures: contrib's middleware.

    It records nowhere and no request goes through it.
    """
    sign: ASGIApp = OpenTelemetryMiddleware(
        stack, tracer_provider=NoOpTracerProvider(), meter_provider=NoOpMeterProvider()
    )
    return sign


def _instrument_with_contrib(app: Any, engine: Engine) -> None:
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=engine.tracer_provider,
        meter_provider=engine.meter_provider,
        excluded_urls=",".join(engine.excluded_urls),
        exclude_spans=["receive", "send"],
        http_capture_headers_server_request=list(engine.request_headers) or None,
        http_capture_headers_server_response=list(engine.response_headers) or None,
    )
