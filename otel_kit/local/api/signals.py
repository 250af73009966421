"""Traces, logs and metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_kit.local.api.answers import error_answer, json_answer
from otel_kit.local.api.viewer import Viewer
from otel_kit.local.filters import PAGED, RANGE, SEVERITIES, BadFilter, Filters, parse_id
from otel_kit.local.store import reader_logs, reader_metrics, reader_traces
from otel_kit.local.store.reader_logs import LogFilter, Page
from otel_kit.local.store.reader_traces import TraceFilter
from otel_kit.local.tail import tail

_AGGREGATIONS = ("rate", "value", "p50", "p95", "p99", "avg", "sum", "count")


def routes(viewer: Viewer) -> list[Route]:
    """Return the addresses of this topic."""
    api = _Signals(viewer)
    return [
        Route("/api/traces", api.traces),
        Route("/api/traces/{trace_id}", api.trace),
        Route("/api/logs", api.logs),
        Route("/api/logs/tail", api.tail),
        Route("/api/metrics", api.metrics),
        Route("/api/metrics/query", api.metric_query),
    ]


class _Signals:
    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._run = viewer.readers.run

    async def traces(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*PAGED, "service", "route", "status", "min_ms", "attr", "q"))
        status = filters.one_of("status", ("error", "ok"))
        wanted = TraceFilter(
            service=filters.text("service"),
            route=filters.text("route"),
            attributes=filters.attributes(),
            text=filters.text("q"),
            only_errors=None if status is None else status == "error",
            min_ns=int((filters.number("min_ms") or 0) * 1e6),
        )
        times, limit, after = filters.range(self._viewer.now()), filters.limit(), filters.place()
        return json_answer(await self._run(lambda c: reader_traces.list_traces(c, wanted, times, limit, after)))

    async def trace(self, request: Request) -> Response:
        filters = Filters(request.query_params, ("spans_from",))
        trace_id = parse_id("trace_id", request.path_params["trace_id"], 16)
        first = int(filters.number("spans_from") or 0)
        found = await self._run(lambda c: reader_traces.get_trace(c, trace_id, first))
        if found is None:
            return error_answer(404, "trace_id", "there is no such trace; it may have been pruned")
        return json_answer(found)

    async def logs(self, request: Request) -> Response:
        known = (*PAGED, "service", "severity", "q", "trace_id", "span_id", "logger", "attr", "order")
        filters = Filters(request.query_params, known)
        wanted = _log_filter(filters)
        page = Page(
            times=filters.range(self._viewer.now()),
            limit=filters.limit(),
            after=filters.place(),
            descending=filters.one_of("order", ("desc", "asc")) != "asc",
        )
        return json_answer(await self._run(lambda c: reader_logs.list_logs(c, wanted, page)))

    async def tail(self, request: Request) -> Response:
        filters = Filters(request.query_params, ("service", "severity", "q"))
        return await tail(self._viewer.readers, self._viewer.commits, _log_filter(filters))

    async def metrics(self, request: Request) -> Response:
        Filters(request.query_params, RANGE)
        return json_answer({"metrics": await self._run(reader_metrics.list_metrics)})

    async def metric_query(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*RANGE, "name", "service", "by", "agg"))
        name = filters.text("name")
        if name is None:
            raise BadFilter("name", "name must say which metric")
        aggregation = filters.one_of("agg", _AGGREGATIONS)
        service, by, times = filters.text("service"), filters.texts("by"), filters.range(self._viewer.now())
        found = await self._run(lambda c: reader_metrics.query(c, name, service, by, aggregation, times))
        if found is None:
            return error_answer(404, "name", f"there is no metric {name}")
        return json_answer(found)


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
