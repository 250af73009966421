"""The newest value of each series of a metric: what is so now, as far as anybody told."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from otel_kit.local import jsontext
from otel_kit.semconv import SERVICE_INSTANCE_ID

SILENT_NS = 5 * 60 * 1_000_000_000
"""Who was not heard of for so long says nothing about now; the same time as Prometheus' lookback."""
_LATEST = """
SELECT res.service, res.attributes, s.attributes, p.time, p.value, p.count, p.sum
FROM metric m JOIN series s ON s.metric_id = m.id JOIN resource res ON res.id = s.resource_id
JOIN point p ON p.id = (SELECT id FROM point WHERE series_id = s.id ORDER BY time DESC, id DESC LIMIT 1)
WHERE m.name = ?
"""


class Latest(NamedTuple):
    """The newest point of a series. ``value`` is a number or gauge, of a histogram the mean over its whole life."""

    service: str
    instance: str
    attributes: dict[str, Any]
    time: int
    value: float | None


def latest_points(connection: sqlite3.Connection, metric: str) -> Iterator[Latest]:
    """Yield the newest point of every series of ``metric``, in no order."""
    for service, resource, attributes, time, value, count, total in connection.execute(_LATEST, (metric,)):
        if value is None and count and total is not None:
            value = total / count
        number = float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
        yield Latest(service, instance_of(jsontext.decode(resource)), jsontext.decode(attributes), time, number)


def instance_of(resource: dict[str, Any]) -> str:
    """Return which process a resource stands for, empty if it does not say."""
    return str(resource.get(SERVICE_INSTANCE_ID, ""))
