"""The JSON API and the page, as one ASGI application."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from otel_kit.local import jsontext, page_files
from otel_kit.local.commits import Commits
from otel_kit.local.filters import SEVERITIES, BadFilter, Filters, parse_id
from otel_kit.local.intake import Intake
from otel_kit.local.recorder import Recorder
from otel_kit.local.rules import describe_rule
from otel_kit.local.store import (
    reader_logs,
    reader_metrics,
    reader_overview,
    reader_redaction,
    reader_status,
    reader_traces,
    retention,
)
from otel_kit.local.store.reader_logs import LogFilter, Page
from otel_kit.local.store.reader_traces import TraceFilter
from otel_kit.local.store.reading import QueryTooSlow, Readers
from otel_kit.local.tail import tail
from otel_kit.redaction.redactor import Redactor
from otel_kit.version import __version__

T = TypeVar("T")
_RANGE = ("from", "to")
_LIST = (*_RANGE, "cursor", "limit")
_AGGREGATIONS = ("rate", "value", "p50", "p95", "p99", "avg", "sum", "count")
_LONGEST_RULE = 64
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the API reads from."""

    readers: Readers
    recorder: Recorder
    intake: Intake
    commits: Commits
    now: Callable[[], int]
    path: Path
    limits: retention.Limits
    endpoints: dict[str, str | None]
    redactor: Callable[[], Redactor]
    started: int
    origins: frozenset[str]


def new_api(viewer: Viewer) -> Starlette:
    """Return the application of the page's port."""
    api = _Api(viewer)
    routes = [
        Route("/", api.page),
        Mount("/static", page_files.PageFiles(directory=page_files.FOLDER, check_dir=False)),
        Route("/api/status", api.status),
        Route("/api/services", api.services),
        Route("/api/overview", api.overview),
        Route("/api/traces", api.traces),
        Route("/api/traces/{trace_id}", api.trace),
        Route("/api/logs", api.logs),
        Route("/api/logs/tail", api.tail),
        Route("/api/metrics", api.metrics),
        Route("/api/metrics/query", api.metric_query),
        Route("/api/redaction", api.redaction),
        Route("/api/rules/{rule_id}", api.rule),
        Route("/api/clear", api.clear, methods=["POST"]),
    ]
    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        BadFilter: _bad_filter,
        QueryTooSlow: _too_slow,
        sqlite3.Error: _unreadable,
        HTTPException: _http_error,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


class _Api:
    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._run = viewer.readers.run

    async def page(self, _request: Request) -> Response:
        return page_files.index()

    async def status(self, request: Request) -> Response:
        Filters(request.query_params, ())
        viewer, counts = self._viewer, self._viewer.recorder.counts
        held, names = await self._run(lambda c: (reader_status.holdings(c), reader_status.service_names(c)))
        size = await asyncio.to_thread(retention.file_bytes, viewer.path)
        return _json(
            {
                "version": __version__,
                "started_ms": viewer.started / 1e6,
                "now_ms": viewer.now() / 1e6,
                "policy": viewer.redactor().policy_id,
                "endpoints": viewer.endpoints,
                "ingest": {
                    "spans": counts.spans,
                    "logs": counts.logs,
                    "points": counts.points,
                    "requests": counts.requests,
                    "rejected": dict(counts.rejected),
                    "queue_bytes": viewer.intake.bytes,
                    "queue_max_bytes": viewer.intake.max_bytes,
                },
                "store": {
                    "path": str(viewer.path),
                    "bytes": size,
                    "max_bytes": viewer.limits.max_bytes,
                    "retention_s": viewer.limits.retention / 1e9,
                    **held,
                },
                "services": names,
            }
        )

    async def services(self, request: Request) -> Response:
        times = Filters(request.query_params, _RANGE).range(self._viewer.now())
        return _json({"services": await self._run(lambda c: reader_overview.services(c, times))})

    async def overview(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*_RANGE, "service"))
        service, times = filters.text("service"), filters.range(self._viewer.now())
        return _json(await self._run(lambda c: reader_overview.overview(c, service, times)))

    async def traces(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*_LIST, "service", "route", "status", "min_ms", "attr", "q"))
        status = filters.one_of("status", ("error", "ok"))
        wanted = TraceFilter(
            service=filters.text("service"),
            route=filters.text("route"),
            attributes=filters.attributes(),
            text=filters.text("q"),
            only_errors=None if status is None else status == "error",
            min_ns=int((filters.number("min_ms") or 0) * 1e6),
        )
        times, limit, cursor = filters.range(self._viewer.now()), filters.limit(), filters.cursor((int, int))
        after = (cursor[0], cursor[1]) if cursor else None
        return _json(await self._run(lambda c: reader_traces.list_traces(c, wanted, times, limit, after)))

    async def trace(self, request: Request) -> Response:
        filters = Filters(request.query_params, ("spans_from",))
        trace_id = parse_id("trace_id", request.path_params["trace_id"], 16)
        first = int(filters.number("spans_from") or 0)
        found = await self._run(lambda c: reader_traces.get_trace(c, trace_id, first))
        if found is None:
            return _error(404, "trace_id", "there is no such trace; it may have been pruned")
        return _json(found)

    async def logs(self, request: Request) -> Response:
        known = (*_LIST, "service", "severity", "q", "trace_id", "span_id", "logger", "attr", "order")
        filters = Filters(request.query_params, known)
        wanted = _log_filter(filters)
        cursor = filters.cursor((int, int))
        page = Page(
            times=filters.range(self._viewer.now()),
            limit=filters.limit(),
            after=(cursor[0], cursor[1]) if cursor else None,
            descending=filters.one_of("order", ("desc", "asc")) != "asc",
        )
        return _json(await self._run(lambda c: reader_logs.list_logs(c, wanted, page)))

    async def tail(self, request: Request) -> Response:
        filters = Filters(request.query_params, ("service", "severity", "q"))
        return await tail(self._viewer.readers, self._viewer.commits, _log_filter(filters))

    async def metrics(self, request: Request) -> Response:
        Filters(request.query_params, _RANGE)
        return _json({"metrics": await self._run(reader_metrics.list_metrics)})

    async def metric_query(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*_RANGE, "name", "service", "by", "agg"))
        name = filters.text("name")
        if name is None:
            raise BadFilter("name", "name must say which metric")
        aggregation = filters.one_of("agg", _AGGREGATIONS)
        service, by, times = filters.text("service"), filters.texts("by"), filters.range(self._viewer.now())
        found = await self._run(lambda c: reader_metrics.query(c, name, service, by, aggregation, times))
        if found is None:
            return _error(404, "name", f"there is no metric {name}")
        return _json(found)

    async def redaction(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*_RANGE, "service", "rule"))
        service, rule = filters.text("service"), filters.text("rule")
        return _json(await self._run(lambda c: reader_redaction.redaction(c, service, rule)))

    async def rule(self, request: Request) -> Response:
        Filters(request.query_params, ())
        return _json(describe_rule(self._viewer.redactor(), request.path_params["rule_id"][:_LONGEST_RULE]))

    async def clear(self, request: Request) -> Response:
        if request.headers.get("origin") not in self._viewer.origins:
            return _error(403, "origin", "only the viewer's own page may delete data")
        await asyncio.wrap_future(self._viewer.recorder.clear())
        return Response(status_code=204, headers=_NO_STORE)


def _log_filter(filters: Filters) -> LogFilter:
    return LogFilter(
        service=filters.text("service"),
        severity=filters.one_of("severity", SEVERITIES),
        text=filters.text("q"),
        trace_id=filters.hexadecimal("trace_id", 16),
        span_id=filters.hexadecimal("span_id", 8),
        logger=filters.text("logger"),
        attributes=filters.attributes(),
    )


def _json(value: Any, status: int = 200) -> Response:
    return Response(jsontext.encode(value), status, _NO_STORE, "application/json")


def _error(status: int, field: str, message: str) -> Response:
    return _json({"error": {"field": field, "message": message}}, status)


async def _bad_filter(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BadFilter)
    return _error(422, error.field, str(error))


async def _too_slow(_request: Request, _exception: Exception) -> Response:
    return _error(503, "to", "the search took too long; choose a shorter time range or a further filter")


async def _unreadable(_request: Request, error: Exception) -> Response:
    return _error(503, "", f"the store cannot be read: {error}")


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _error(error.status_code, "", str(error.detail))
    response.headers.update(error.headers or {})
    return response
