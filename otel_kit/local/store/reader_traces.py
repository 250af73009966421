"""Trace lists and single traces, put together from spans at reading time: spans of a trace arrive in any order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local import jsontext, tokens
from otel_kit.local.filters import TimeRange, cursor_of
from otel_kit.local.store import show
from otel_kit.local.store.reader_logs import logs_of_trace
from otel_kit.local.store.search import Search, contains, frequency, id_bounds
from otel_kit.local.store.waterfall import Node, waterfall
from otel_kit.semconv import HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE

SPANS_PER_PAGE = 2000
_LOGS_PER_TRACE = 2000
_MOST_NAMES = 500
# The first span of its trace, whichever arrived first.
_IS_FIRST = """
NOT EXISTS (
  SELECT 1 FROM span e WHERE e.trace_id = r.trace_id AND (e.start < r.start OR (e.start = r.start AND e.id < r.id))
)
"""
_SUMMARY = """
SELECT count(DISTINCT span_id), min(start), max(start + duration),
       count(DISTINCT CASE WHEN status = 2 THEN span_id END), group_concat(DISTINCT resource_id)
FROM span WHERE trace_id = ?
"""
_ROOT = """
SELECT res.service, n.name, r.kind, r.attributes FROM span r
JOIN resource res ON res.id = r.resource_id JOIN span_name n ON n.id = r.name_id
WHERE r.trace_id = ? ORDER BY r.parent_id IS NOT NULL, r.start, r.id LIMIT 1
"""
_SPAN = """
SELECT r.id, r.span_id, r.parent_id, res.service, scope.name, scope.version, scope.attributes, n.name, r.kind, r.start,
       r.duration, r.status, r.status_message, r.attributes, res.attributes, r.events, r.links, r.trace_state
FROM span r JOIN resource res ON res.id = r.resource_id JOIN scope ON scope.id = r.scope_id
JOIN span_name n ON n.id = r.name_id WHERE r.id = ?
"""


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """What is searched for. All but ``only_errors`` and ``min_ns`` must hold for one and the same span of a trace."""

    service: str | None = None
    route: str | None = None
    attributes: list[tuple[str, str]] = field(default_factory=list)
    text: str | None = None
    only_errors: bool | None = None
    min_ns: int = 0


def list_traces(
    connection: sqlite3.Connection, wanted: TraceFilter, times: TimeRange, limit: int, after: tuple[int, int] | None
) -> dict[str, Any]:
    """Return ``{"traces": [...], "next": cursor or None}``.

    Without a filter on spans the order is exactly by the trace's start; with one it is by the arrival of the newest
    span that matches, and by start within a page. ``after`` is (start, id) of the span that the last page ended with.
    """
    search, besides = _searches(connection, wanted)
    is_filtered = not search.is_empty
    summaries = _Summaries(connection)
    found: dict[bytes, dict[str, Any]] = {}
    place: tuple[int, int] | None = None
    more = False
    for span_id, trace_id, start in _candidates(connection, search, times, after):
        if trace_id in found or (is_filtered and after and _has(connection, search, times, trace_id, after[1])):
            continue
        if not besides.is_empty and not _has(connection, besides, times, trace_id):
            continue
        summary = summaries.of(trace_id)
        if not _fits(summary, wanted):
            continue
        if len(found) == limit:
            more = True
            break
        found[trace_id] = summary
        place = (start, span_id)
    traces = list(found.values())
    if is_filtered:
        traces.sort(key=lambda trace: trace["start_ms"], reverse=True)
    return {"traces": traces, "next": cursor_of(*place) if more and place else None}


def get_trace(connection: sqlite3.Connection, trace_id: bytes, spans_from: int = 0) -> dict[str, Any] | None:
    """Return a trace with its spans as a waterfall and its logs, from span ``spans_from`` on; None if it is unknown."""
    rows = connection.execute(
        "SELECT id, span_id, parent_id, start, duration FROM span WHERE trace_id = ? ORDER BY start, id", (trace_id,)
    ).fetchall()
    if not rows:
        return None
    start, end = min(row[3] for row in rows), max(row[3] + row[4] for row in rows)
    # A request that was sent twice (the answer got lost) leaves the same span twice: the later copy is shown.
    newest = {row[1]: row for row in sorted(rows)}
    nodes = [Node(row[0], row[1], row[2]) for row in sorted(newest.values(), key=lambda row: (row[3], row[0]))]
    ordered = waterfall(nodes)
    shown = ordered[spans_from : spans_from + SPANS_PER_PAGE]
    return {
        "trace_id": trace_id.hex(),
        "start_ms": show.ms(start),
        "duration_ms": show.ms(end - start),
        "spans": [_span(connection.execute(_SPAN, (node.row,)).fetchone(), depth) for node, depth in shown],
        "logs": logs_of_trace(connection, trace_id, _LOGS_PER_TRACE) if spans_from == 0 else [],
        "truncated": len(ordered) > spans_from + len(shown),
    }


def _search(connection: sqlite3.Connection, wanted: TraceFilter) -> Search:
    search = Search()
    if wanted.service is not None:
        search.require_any(tokens.service(wanted.service))
    if wanted.route is not None:
        # Spans without a route are listed under their name.
        search.require_any(tokens.attribute(HTTP_ROUTE, wanted.route), tokens.span_name(wanted.route))
    for key, text in wanted.attributes:
        search.require_attribute(connection, key, text)
    if wanted.text is not None:
        condition, values = contains("name", wanted.text)
        names = connection.execute(
            f"SELECT name FROM span_name WHERE {condition} ORDER BY last_block DESC LIMIT ?",  # noqa: S608 - our names
            (*values, _MOST_NAMES),
        ).fetchall()
        search.require_any(*([tokens.span_name(row[0]) for row in names] or ["none"]))
    return search


def _searches(connection: sqlite3.Connection, wanted: TraceFilter) -> tuple[Search, Search]:
    """Return what drives the list, and what a trace must have besides: of errors and other filters the rarer drives."""
    search, errors = _search(connection, wanted), Search()
    if not wanted.only_errors:
        return search, errors
    errors.require_any(tokens.ERROR)
    if search.match:
        counts = [frequency(connection, "span_token", each.expression) for each in (search, errors)]
        if counts[0] <= counts[1]:
            return search, Search()  # errors are in a trace's summary anyway
    return errors, search


def _candidates(
    connection: sqlite3.Connection, search: Search, times: TimeRange, after: tuple[int, int] | None
) -> Iterable[tuple[int, bytes, int]]:
    """Yield (id, trace id, start) of spans that can stand for a trace, in the order of the list."""
    if search.is_empty:
        behind, values = (" AND (r.start, r.id) < (?, ?)", after) if after else ("", ())
        return connection.execute(
            f"SELECT r.id, r.trace_id, r.start FROM span r WHERE r.start BETWEEN ? AND ?{behind} AND {_IS_FIRST} "  # noqa: S608 - our names
            "ORDER BY r.start DESC, r.id DESC",
            (times.start, times.end, *values),
        )
    first, end = id_bounds(connection, "span", times)
    if after:
        end = min(end, after[1])
    source = "span_token f CROSS JOIN span r ON r.id = f.rowid" if search.match else "span r"
    match = ("span_token MATCH ? AND ", [search.expression]) if search.match else ("", [])
    column = "f.rowid" if search.match else "r.id"
    return connection.execute(
        f"SELECT r.id, r.trace_id, r.start FROM {source} WHERE {match[0]}{column} >= ? AND {column} < ? "  # noqa: S608 - our names
        f"AND r.start BETWEEN ? AND ?{search.conditions} ORDER BY {column} DESC",
        (*match[1], first, end, times.start, times.end, *search.values),
    )


def _has(connection: sqlite3.Connection, search: Search, times: TimeRange, trace_id: bytes, first: int = 0) -> bool:
    """Whether the trace has a matching span whose id is ``first`` or later."""
    rows = Search(list(search.match), list(search.where), list(search.values))
    rows.tokens_as_conditions()
    sql = (
        f"SELECT 1 FROM span r WHERE r.trace_id = ? AND r.id >= ? AND r.start BETWEEN ? AND ?{rows.conditions} LIMIT 1"  # noqa: S608 - our names
    )
    return connection.execute(sql, (trace_id, first, times.start, times.end, *rows.values)).fetchone() is not None


def _fits(summary: dict[str, Any], wanted: TraceFilter) -> bool:
    if wanted.only_errors is not None and wanted.only_errors != (summary["error_count"] > 0):
        return False
    return bool(summary["duration_ms"] * 1e6 >= wanted.min_ns)


class _Summaries:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._services: dict[int, str] = {}

    def of(self, trace_id: bytes) -> dict[str, Any]:
        count, start, end, errors, resources = self._connection.execute(_SUMMARY, (trace_id,)).fetchone()
        service, name, kind, attributes = self._connection.execute(_ROOT, (trace_id,)).fetchone()
        has_logs = self._connection.execute("SELECT 1 FROM log WHERE trace_id = ? LIMIT 1", (trace_id,)).fetchone()
        found = jsontext.decode(attributes)
        return {
            "trace_id": trace_id.hex(),
            "start_ms": show.ms(start),
            "duration_ms": show.ms(end - start),
            "root": {
                "service": service,
                "name": name,
                "kind": show.kind(kind),
                "route": found.get(HTTP_ROUTE),
                "method": found.get(HTTP_REQUEST_METHOD),
                "status_code": found.get(HTTP_RESPONSE_STATUS_CODE),
            },
            "services": sorted({self._service(int(each)) for each in resources.split(",")}),
            "span_count": count,
            "error_count": errors,
            "has_logs": has_logs is not None,
        }

    def _service(self, resource: int) -> str:
        found = self._services.get(resource)
        if found is None:
            row = self._connection.execute("SELECT service FROM resource WHERE id = ?", (resource,)).fetchone()
            found = self._services[resource] = row[0]
        return found


def _span(row: tuple[Any, ...], depth: int) -> dict[str, Any]:
    events, links = jsontext.decode(row[15] or "[]"), jsontext.decode(row[16] or "[]")
    return {
        "span_id": row[1].hex(),
        "parent_span_id": show.identity(row[2]),
        "service": row[3],
        "scope": show.scope(row[4], row[5], row[6]),
        "name": row[7],
        "kind": show.kind(row[8]),
        "start_ms": show.ms(row[9]),
        "duration_ms": show.ms(row[10]),
        "status": show.status(row[11], row[12]),
        "attributes": jsontext.decode(row[13]),
        "resource": jsontext.decode(row[14]),
        "events": [
            {"time_ms": show.ms(each["time"]), "name": each["name"], "attributes": each["attributes"]}
            for each in events
        ],
        "links": [{key: each[key] for key in ("trace_id", "span_id", "attributes")} for each in links],
        "depth": depth,
        "trace_state": row[17],
    }
