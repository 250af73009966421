"""What the store holds, and what was redacted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from otel_kit.local import jsontext
from otel_kit.local.store import show
from otel_kit.semconv import REDACTION_ERRORS, REDACTION_HITS, REDACTION_RULE

_DELTA = 1
# A counter's value: cumulative ones have their newest value per start, delta ones add up.
_COUNTERS = """
SELECT res.service, s.attributes, CASE m.temporality WHEN ? THEN sum(p.value) ELSE max(p.value) END
FROM metric m JOIN series s ON s.metric_id = m.id JOIN resource res ON res.id = s.resource_id
JOIN point p ON p.series_id = s.id WHERE m.name = ? GROUP BY s.id, CASE m.temporality WHEN ? THEN 0 ELSE p.start END
"""


def holdings(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return how many rows of each kind there are, and the oldest time."""
    spans, logs, points, span_min, log_min, point_min = connection.execute(
        "SELECT ifnull(sum(span_end - span_first), 0), ifnull(sum(log_end - log_first), 0), "
        "ifnull(sum(point_end - point_first), 0), min(span_min), min(log_min), min(point_min) FROM block"
    ).fetchone()
    oldest = [each for each in (span_min, log_min, point_min) if each is not None]
    series = connection.execute("SELECT count(*) FROM series").fetchone()[0]
    return {
        "spans": spans,
        "logs": logs,
        "series": series,
        "points": points,
        "oldest_ms": show.ms(min(oldest)) if oldest else None,
    }


def service_names(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all services, sorted."""
    rows = connection.execute("SELECT DISTINCT service FROM resource WHERE service != '' ORDER BY service")
    return [row[0] for row in rows]


def redaction(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what the SDKs report to have redacted, and what the receiver still had to alter."""
    sdk: Counter[str] = Counter()
    by_service: dict[str, Counter[str]] = {}
    for service, attributes, value in connection.execute(_COUNTERS, (_DELTA, REDACTION_HITS, _DELTA)):
        rule = str(jsontext.decode(attributes).get(REDACTION_RULE, ""))
        sdk[rule] += int(value or 0)
        by_service.setdefault(service, Counter())[rule] += int(value or 0)
    sdk_errors = sum(int(row[2] or 0) for row in connection.execute(_COUNTERS, (_DELTA, REDACTION_ERRORS, _DELTA)))
    receiver, receiver_errors = {}, 0
    for kind, rule, count in connection.execute("SELECT kind, rule, count FROM receiver_redaction"):
        if kind == "rule":
            receiver[rule] = count
        elif kind == "errors":
            receiver_errors = count
    return {
        "sdk": dict(sdk),
        "receiver": receiver,
        "sdk_by_service": {name: dict(counts) for name, counts in by_service.items()},
        "errors": {"sdk": sdk_errors, "receiver": receiver_errors},
    }
