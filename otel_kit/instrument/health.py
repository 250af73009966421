"""Health of a running kit: its three routes, the gauge, and the checks that run by themselves."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from opentelemetry.metrics import Meter

from otel_kit import semconv
from otel_kit.healthchecks.access import Access, Caller
from otel_kit.healthchecks.changes import duration_of, observe_status
from otel_kit.healthchecks.registry import Health
from otel_kit.healthchecks.report import Sources, encoded, full_report, public_report
from otel_kit.healthchecks.results import Result, Status
from otel_kit.healthchecks.system import System
from otel_kit.instrument.asgi import Web
from otel_kit.instrument.asgi_types import Scope
from otel_kit.instrument.kit_routes import KitRoutes, Reply, header_of
from otel_kit.pipeline.ledger import Account
from otel_kit.redaction.findings import Findings
from otel_kit.settings import Settings

_REFUSED = Reply(HTTPStatus.UNAUTHORIZED, b'{"error": "unauthorized"}', headers={"www-authenticate": "Bearer"})
# Of kit.status(): what tells whether telemetry leaves.
_PIPELINE = ("guarantee", "durability", "endpoints", "signals", "sinks", "faults")
_current: Health | None = None
_observed = False


class HealthFeature:
    """Health as a feature of the kit."""

    def __init__(self, health: Health, sources: Sources, routes: KitRoutes, web: Web, meter: Meter) -> None:
        global _current
        self._health, self._sources, self._routes, self._web = health, sources, routes, web
        self._access: Access | None = None
        health.changes.start(duration_of(meter))
        _current = health
        _observe(meter)
        routes.on_loop(health.use_loop)
        routes.on_lifespan(starting=self._starting, leaving=health.drain)

    def apply(self, settings: Settings) -> None:
        """Follow the settings. Where the routes are is settled at the start."""
        options = settings.health
        first, self._access = self._access is None, Access(options)
        self._health.apply(options)
        if first and options.routes:
            prefix = "/" + options.prefix.strip("/") if options.prefix.strip("/") else ""
            for path, answer in (("/livez", self._live), ("/readyz", self._ready), ("/health", self._report)):
                self._routes.add(prefix + path, answer)

    def after_fork(self) -> None:
        """Start over in a child."""
        self._web.summary.after_fork()
        self._web.websockets.after_fork()
        self._sources.system.after_fork()
        self._health.after_fork()

    def stop(self) -> None:
        """End what runs by itself; the routes still answer, ``/readyz`` with 503."""
        self._health.stop()

    def _starting(self) -> None:
        self._health.serve_again()
        self._health.schedule.want()

    async def _live(self, _scope: Scope) -> Reply:
        """Answer that the process serves requests: restarting it mends no dependency, so no check is run."""
        return Reply(HTTPStatus.OK, b'{"status": "healthy"}')

    async def _ready(self, _scope: Scope) -> Reply:
        report = await self._health.arun(only_critical=True)
        is_ready = report.status is not Status.UNHEALTHY and not self._health.is_draining
        body = json.dumps({"status": report.status, "ready": is_ready, "draining": self._health.is_draining})
        return Reply(HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE, body.encode())

    async def _report(self, scope: Scope) -> Reply:
        began = time.perf_counter()
        caller = Caller.ANONYMOUS
        if self._access is not None:
            caller = self._access.caller(header_of(scope, "authorization"))
        if caller is Caller.REFUSED:
            return _REFUSED
        report = await self._health.arun()
        seconds = time.perf_counter() - began
        if caller is Caller.AUTHORISED:
            body = await asyncio.to_thread(
                lambda: encoded(full_report(report, self._sources, seconds), self._sources.redact)
            )
        else:
            body = encoded(public_report(report, self._sources, seconds), self._sources.redact)
        return Reply(_http_status(report.status), body)


def _http_status(status: Status) -> int:
    return HTTPStatus.SERVICE_UNAVAILABLE if status is Status.UNHEALTHY else HTTPStatus.OK


def _observe(meter: Meter) -> None:
    global _observed
    if not _observed:
        _observed = True
        observe_status(meter, _results)


def _results() -> Iterable[Result]:
    health = _current
    if health is None:
        return ()
    health.schedule.want()  # in a forked child nothing else may have
    return health.last_results()


def health_feature(kit: Any, meter: Meter) -> HealthFeature:
    """Return the feature of a kit that is about to run."""
    telemetry, engine = kit.telemetry, kit.engine
    resource = telemetry.resource.attributes

    def redact(text: str) -> str:
        redacted: str = telemetry.redactor().text(text, Findings())
        return redacted

    def accounts() -> Mapping[str, Account]:
        return {signal: ledger.account() for signal, ledger in telemetry.ledgers.items()}

    def pipeline() -> Mapping[str, Any]:
        status = kit.status().as_dict()
        return {part: status[part] for part in _PIPELINE if part in status}

    websockets = engine.web.websockets
    kit.health.checks.start(accounts, lambda: websockets.open_now)
    sources = Sources(
        service=str(resource[semconv.SERVICE_NAME]),
        version=resource.get(semconv.SERVICE_VERSION),
        environment=resource.get(semconv.DEPLOYMENT_ENVIRONMENT_NAME),
        redact=redact,
        system=System(),
        pipeline=pipeline,
        routes=engine.web.summary.summary,
        websockets=lambda: websockets.open_now,
        logs=telemetry.rotation_status,
    )
    return HealthFeature(kit.health, sources, engine.routes, engine.web, meter)
