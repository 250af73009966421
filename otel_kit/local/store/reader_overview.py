"""What the home page shows: requests by route, their course over time, totals, the newest error traces."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local import tokens
from otel_kit.local.filters import TimeRange
from otel_kit.local.store import show
from otel_kit.local.store.reader_traces import TraceFilter, list_traces
from otel_kit.local.store.search import id_bounds
from otel_kit.local.store.speed import quantile_ms

_MOST_ROUTES = 200
_MOST_ERROR_TRACES = 10
_OTHER = "(other)"
_SERVICES = """
SELECT t.service, sum(t.spans), sum(t.logs), sum(t.errors), max(t.last) FROM service_tally t
JOIN block b ON b.id = t.block_id
WHERE (b.span_max >= ? AND b.span_min <= ?) OR (b.log_max >= ? AND b.log_min <= ?)
  OR (b.point_max >= ? AND b.point_min <= ?)
GROUP BY t.service ORDER BY t.service
"""
_COUNT_SPANS = """
SELECT count(*), count(DISTINCT r.trace_id), sum(r.status = 2) FROM span_token f CROSS JOIN span r ON r.id = f.rowid
WHERE span_token MATCH ? AND f.rowid >= ? AND f.rowid < ? AND r.start BETWEEN ? AND ?
"""
_COUNT_LOGS = """
SELECT count(*) FROM log_token f CROSS JOIN log r ON r.id = f.rowid
WHERE log_token MATCH ? AND f.rowid >= ? AND f.rowid < ? AND r.time BETWEEN ? AND ?
"""
_WIDTHS_MS = (1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000)


@dataclass(slots=True)
class _Requests:
    count: int = 0
    errors: int = 0
    speeds: Counter[int] = field(default_factory=Counter)

    def add(self, speed: int, errors: int, count: int) -> None:
        self.count += count
        self.errors += errors
        self.speeds[speed] += count

    def quantile_ms(self, q: float) -> float | None:
        return quantile_ms(sorted(self.speeds.items()), q)


def bucket_width_ms(times: TimeRange, most: int = 120) -> int:
    """Return the width of a chart's buckets: a round one, so that at most about ``most`` cover the range."""
    span_ms = (times.end - times.start) / 1e6
    return next((width for width in _WIDTHS_MS if span_ms / width <= most), _WIDTHS_MS[-1])


def overview(connection: sqlite3.Connection, service: str | None, times: TimeRange) -> dict[str, Any]:
    """Return routes, timeline, totals and the newest error traces of a time range, of one service or all."""
    width_ms = bucket_width_ms(times)
    by_entry: defaultdict[int, _Requests] = defaultdict(_Requests)
    by_time: defaultdict[int, _Requests] = defaultdict(_Requests)
    entries = {
        row[0]: row[1:]
        for row in connection.execute("SELECT id, service, method, route FROM entry")
        if service in (None, row[1])
    }
    counted = connection.execute(
        "SELECT start / ?, entry_id, speed, sum(status = 2), count(*) FROM span INDEXED BY span_entries "
        "WHERE entry_id IS NOT NULL AND start BETWEEN ? AND ? GROUP BY 1, 2, 3",
        (width_ms * 1_000_000, times.start, times.end),
    )
    for bucket, entry, speed, errors, count in counted:
        if entry in entries:
            by_entry[entry].add(speed, errors, count)
            by_time[bucket].add(speed, errors, count)
    buckets = range(times.start // (width_ms * 1_000_000), times.end // (width_ms * 1_000_000) + 1)
    return {
        "routes": _routes(by_entry, entries, (times.end - times.start) / 1e9),
        "timeline": {
            "bucket_ms": width_ms,
            "points": [
                {
                    "t_ms": bucket * width_ms,
                    "count": by_time[bucket].count,
                    "errors": by_time[bucket].errors,
                    "p95_ms": by_time[bucket].quantile_ms(0.95),
                }
                for bucket in buckets
            ],
        },
        "error_traces": list_traces(
            connection, TraceFilter(service=service, only_errors=True), times, _MOST_ERROR_TRACES, None
        )["traces"],
        "totals": _totals(connection, service, times),
    }


def _routes(
    by_entry: dict[int, _Requests], entries: dict[int, tuple[str, str, str]], seconds: float
) -> list[dict[str, Any]]:
    busiest = sorted(by_entry, key=lambda entry: by_entry[entry].count, reverse=True)
    shown = [(entries[entry], by_entry[entry]) for entry in busiest[:_MOST_ROUTES]]
    rest: dict[str, _Requests] = {}
    for entry in busiest[_MOST_ROUTES:]:
        other = rest.setdefault(entries[entry][0], _Requests())
        for speed, count in by_entry[entry].speeds.items():
            other.add(speed, 0, count)
        other.errors += by_entry[entry].errors
    shown += [((name, "", _OTHER), requests) for name, requests in rest.items()]
    return [
        {
            "service": name,
            "method": method,
            "route": route,
            "count": requests.count,
            "errors": requests.errors,
            "rate_per_s": requests.count / seconds if seconds else 0.0,
            "error_ratio": requests.errors / requests.count,
            "p50_ms": requests.quantile_ms(0.5),
            "p95_ms": requests.quantile_ms(0.95),
            "p99_ms": requests.quantile_ms(0.99),
        }
        for (name, method, route), requests in shown
    ]


def _totals(connection: sqlite3.Connection, service: str | None, times: TimeRange) -> dict[str, int]:
    both = (times.start, times.end)
    if service is None:
        spans = connection.execute("SELECT count(*) FROM span WHERE start BETWEEN ? AND ?", both).fetchone()[0]
        # Distinct ids need no sorting in the index by trace, which is quicker if most of it lies in the range.
        index = "span_by_trace" if spans * 4 > _held(connection) else "span_by_start"
        traces = connection.execute(
            f"SELECT count(DISTINCT trace_id) FROM span INDEXED BY {index} WHERE start BETWEEN ? AND ?",  # noqa: S608 - our names
            both,
        ).fetchone()[0]
        errors = connection.execute(
            "SELECT count(*) FROM span INDEXED BY span_errors WHERE status = 2 AND start BETWEEN ? AND ?",
            both,
        ).fetchone()[0]
        logs = connection.execute("SELECT count(*) FROM log WHERE time BETWEEN ? AND ?", both).fetchone()[0]
        return {"spans": spans, "logs": logs, "traces": traces, "errors": errors}
    word = f'"{tokens.service(service)}"'
    first, end = id_bounds(connection, "span", times)
    counted = connection.execute(_COUNT_SPANS, (word, first, end, times.start, times.end))
    spans, traces, errors = counted.fetchone()
    first, end = id_bounds(connection, "log", times)
    logs = connection.execute(_COUNT_LOGS, (word, first, end, times.start, times.end)).fetchone()[0]
    return {"spans": spans, "logs": logs, "traces": traces, "errors": errors or 0}


def _held(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT ifnull(sum(span_end - span_first), 0) FROM block").fetchone()[0])


def services(connection: sqlite3.Connection, times: TimeRange) -> list[dict[str, Any]]:
    """Return what each service sent in a time range, counted in whole blocks of up to five seconds."""
    rows = connection.execute(_SERVICES, (times.start, times.end) * 3)
    return [
        {"name": name, "spans": spans, "logs": logs, "errors": errors, "last_ms": show.ms(last)}
        for name, spans, logs, errors, last in rows
    ]
