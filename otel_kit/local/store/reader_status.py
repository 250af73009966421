"""What the store holds."""

from __future__ import annotations

import sqlite3
from typing import Any

from otel_kit.local.store import show


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
