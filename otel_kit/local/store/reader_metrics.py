"""The list of metrics, and one metric as chart series."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from otel_kit.local import jsontext
from otel_kit.local.filters import BadFilter, TimeRange
from otel_kit.local.store import show
from otel_kit.local.store.chart import AGGREGATIONS, Group, default_aggregation
from otel_kit.local.store.histograms import parse
from otel_kit.local.store.increases import Reading
from otel_kit.local.store.reader_overview import bucket_width_ms

__all__ = ["AGGREGATIONS", "list_metrics", "query"]

TEMPORALITIES = {1: "delta", 2: "cumulative"}
_MOST_SERIES = 2000
_MOST_GROUPS = 50
_MOST_EXEMPLARS = 100
_SERVICE = "service"
_METRIC = """
SELECT unit, type, monotonic, temporality FROM metric WHERE name = ? ORDER BY last_block DESC, id DESC LIMIT 1
"""
_SERIES = """
SELECT s.id, s.attributes, res.attributes, res.service FROM metric m JOIN series s ON s.metric_id = m.id
JOIN resource res ON res.id = s.resource_id WHERE m.name = ? AND m.type = ? AND (? IS NULL OR res.service = ?)
ORDER BY s.last_block DESC, s.id LIMIT ?
"""
# The points within a range and the last one before it.
_POINTS = """
SELECT time, start, value, count, sum, detail FROM point WHERE series_id = ?
AND time BETWEEN ifnull((SELECT max(time) FROM point WHERE series_id = ? AND time < ?), ?) AND ? ORDER BY time, id
"""


def list_metrics(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return every metric by name, with the services that send it."""
    rows = connection.execute(
        "SELECT m.name, m.unit, m.description, m.type, m.monotonic, m.temporality, "
        "json_group_array(DISTINCT res.service), count(*), "
        "max((SELECT max(p.time) FROM point p WHERE p.series_id = s.id)) "
        "FROM metric m JOIN series s ON s.metric_id = m.id JOIN resource res ON res.id = s.resource_id "
        "GROUP BY m.name, m.type, m.unit, m.temporality ORDER BY m.name"
    )
    return [
        {
            "name": name,
            "unit": unit,
            "description": description,
            "type": kind,
            "monotonic": None if monotonic is None else bool(monotonic),
            "temporality": TEMPORALITIES.get(temporality),
            "services": sorted(jsontext.decode(services)),
            "series": count,
            "last_ms": None if last is None else show.ms(last),
        }
        for name, unit, description, kind, monotonic, temporality, services, count, last in rows
    ]


def query(
    connection: sqlite3.Connection,
    name: str,
    service: str | None,
    by: Sequence[str],
    aggregation: str | None,
    times: TimeRange,
) -> dict[str, Any] | None:
    """Return the metric ``name`` as one series per distinct values of ``by``; None if there is no such metric.

    ``by`` are attribute keys of the points or of the resource, or ``service``. If several kinds of metric share the
    name, the one that was sent last is shown.

    Raises:
        BadFilter: the aggregation does not suit the metric's type.
    """
    metric = connection.execute(_METRIC, (name,)).fetchone()
    if metric is None:
        return None
    unit, kind, monotonic, temporality = metric
    chosen = aggregation or default_aggregation(kind, bool(monotonic))
    if chosen not in AGGREGATIONS[kind]:
        raise BadFilter("agg", f"a {kind} has the aggregations {', '.join(AGGREGATIONS[kind])}")
    rows = connection.execute(_SERIES, (name, kind, service, service, _MOST_SERIES + 1)).fetchall()
    truncated = len(rows) > _MOST_SERIES
    groups: dict[tuple[str, ...], Group] = {}
    labels_of: dict[int, tuple[str, ...]] = {}
    readings_of = {row[0]: readings(connection, row[0], times) for row in rows[:_MOST_SERIES]}
    width = _width(list(readings_of.values()), times)
    for series, attributes, resource, its_service in rows[:_MOST_SERIES]:
        labels = _labels(by, jsontext.decode(attributes), jsontext.decode(resource), its_service)
        if labels not in groups and len(groups) >= _MOST_GROUPS:
            truncated = True
            continue
        labels_of[series] = labels
        group = groups.setdefault(labels, Group(kind, temporality, width * 1_000_000, times))
        group.add(series, readings_of[series])
    return {
        "name": name,
        "unit": unit,
        "type": kind,
        "agg": chosen,
        "bucket_ms": width,
        "series": [
            {"labels": dict(zip(by, labels, strict=True)), "points": group.points(chosen)}
            for labels, group in sorted(groups.items())
            if not group.is_empty
        ],
        "exemplars": _exemplars(connection, labels_of, by, times),
        "truncated": truncated,
    }


def readings(connection: sqlite3.Connection, series: int, times: TimeRange) -> list[Reading]:
    """Return the points of a series within a range, by time, led by the last one before it."""
    rows = connection.execute(_POINTS, (series, series, times.start, times.start, times.end))
    return [_reading(*row) for row in rows]


def _reading(
    time: int, start: int, value: float | None, count: int | None, total: float | None, detail: str | None
) -> Reading:
    if detail is None:
        return Reading(time, start, value)
    parsed = jsontext.decode(detail)
    if "quantiles" in parsed:
        return Reading(time, start, total, count, quantiles=tuple((q, value) for q, value in parsed["quantiles"]))
    return Reading(time, start, total, count, parse(parsed))


def _width(series: Sequence[Sequence[Reading]], times: TimeRange) -> int:
    """Return the buckets' width: at least the interval in which points come, or every other bucket would be empty."""
    width = bucket_width_ms(times)
    longest = max(series, key=len, default=())
    if len(longest) >= 2:
        interval_ms = (longest[-1].time - longest[0].time) / (len(longest) - 1) / 1e6
        # A tenth more than the interval: points that come a little late still fall into the next bucket.
        while width < interval_ms * 0.9:
            width = int(interval_ms) if width >= 3_600_000 else bucket_width_ms(TimeRange(0, int(width * 121e6)))
    return width


def _labels(by: Sequence[str], attributes: dict[str, Any], resource: dict[str, Any], service: str) -> tuple[str, ...]:
    def value(key: str) -> str:
        if key in attributes:
            return _text(attributes[key])
        return service if key == _SERVICE else _text(resource.get(key, ""))

    return tuple(value(key) for key in by)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else jsontext.encode(value)


def _exemplars(
    connection: sqlite3.Connection, labels_of: dict[int, tuple[str, ...]], by: Sequence[str], times: TimeRange
) -> list[dict[str, Any]]:
    marks = ", ".join("?" * len(labels_of))
    rows = connection.execute(
        f"SELECT series_id, time, value, trace_id, span_id FROM exemplar WHERE series_id IN ({marks}) "  # noqa: S608 - our names
        "AND time BETWEEN ? AND ? AND trace_id IS NOT NULL ORDER BY time DESC LIMIT ?",
        (*labels_of, times.start, times.end, _MOST_EXEMPLARS),
    )
    return [
        {
            "t_ms": show.ms(time),
            "value": value,
            "trace_id": show.identity(trace_id),
            "span_id": show.identity(span_id),
            "labels": dict(zip(by, labels_of[series], strict=True)),
        }
        for series, time, value, trace_id, span_id in rows
    ]
