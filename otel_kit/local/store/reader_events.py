"""Events: lists by time, and how many there are of each category and name."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local.filters import TimeRange, cursor_of
from otel_kit.local.store import show
from otel_kit.local.store.reader_logs import COLUMNS, JOINS, shown_log
from otel_kit.local.store.search import Search, contains

_MOST_NAMES = 200
_EVENT_COLUMNS = f"{COLUMNS}, e.category, e.outcome, e.tier"
# The narrow table drives: its indexes are in the order of the list.
_FROM = f"FROM event e CROSS JOIN log r ON r.id = e.id {JOINS}"
_COUNTS = """
SELECT category, name, outcome, count(*), max(time) FROM event
WHERE time BETWEEN ? AND ? AND (? IS NULL OR service = ?) GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What is searched for; None and empty mean any."""

    category: str | None = None
    name: str | None = None
    service: str | None = None
    outcome: str | None = None
    text: str | None = None
    attributes: list[tuple[str, str]] = field(default_factory=list)


def list_events(
    connection: sqlite3.Connection, wanted: EventFilter, times: TimeRange, limit: int, after: tuple[int, int] | None
) -> dict[str, Any]:
    """Return ``{"events": [...], "next": cursor or None}``, the newest first, behind ``after`` (time, id)."""
    search = _search(connection, wanted)
    if after is not None:
        search.require("(e.time, e.id) < (?, ?)", *after)
    rows = connection.execute(
        f"SELECT {_EVENT_COLUMNS} {_FROM} WHERE e.time BETWEEN ? AND ?{search.conditions} "
        "ORDER BY e.time DESC, e.id DESC LIMIT ?",
        (times.start, times.end, *search.values, limit + 1),
    ).fetchall()
    shown = rows[:limit]
    more = cursor_of(shown[-1][1], shown[-1][0]) if len(rows) > limit else None
    return {"events": [shown_event(row) for row in shown], "next": more}


def count_events(connection: sqlite3.Connection, service: str | None, times: TimeRange) -> dict[str, Any]:
    """Return how many events of a time range there are by category, by name and by outcome, the most first."""
    categories: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    names: dict[tuple[str, str], dict[str, Any]] = {}
    counted = connection.execute(_COUNTS, (times.start, times.end, service, service))
    for category, name, outcome, count, last in counted:
        categories[category] += count
        outcomes[outcome] += count
        of_name = names.setdefault((name, category), {"name": name, "category": category, "count": 0, "last_ms": 0.0})
        of_name["count"] += count
        of_name["last_ms"] = max(of_name["last_ms"], show.ms(last))
    ranked = sorted(names.values(), key=lambda each: (-each["count"], each["name"], each["category"]))
    return {
        "total": categories.total(),
        "categories": dict(categories.most_common()),
        "outcomes": dict(outcomes.most_common()),
        "names": ranked[:_MOST_NAMES],
        "truncated": len(ranked) > _MOST_NAMES,
    }


def newest_of(
    connection: sqlite3.Connection, names: Sequence[str], limit: int, times: TimeRange | None = None
) -> list[dict[str, Any]]:
    """Return the newest events that have one of these names, the newest first."""
    marks = ", ".join("?" * len(names))
    within = "" if times is None else " AND e.time BETWEEN ? AND ?"
    rows = connection.execute(
        f"SELECT {_EVENT_COLUMNS} {_FROM} WHERE e.name IN ({marks}){within} ORDER BY e.time DESC, e.id DESC LIMIT ?",
        (*names, *(() if times is None else (times.start, times.end)), limit),
    )
    return [shown_event(row) for row in rows]


def shown_event(row: tuple[Any, ...]) -> dict[str, Any]:
    """Return a row as the API shows it: a log record with what makes it an event."""
    category, outcome, tier = row[-3:]
    return shown_log(row[:-3]) | {"category": category, "outcome": outcome or None, "tier": tier or None}


def _search(connection: sqlite3.Connection, wanted: EventFilter) -> Search:
    search = Search()
    chosen = {"category": wanted.category, "name": wanted.name, "service": wanted.service, "outcome": wanted.outcome}
    for column, value in chosen.items():
        if value is not None:
            search.require(f"e.{column} = ?", value)
    for key, text in wanted.attributes:
        search.require_attribute(connection, key, text)
    search.tokens_as_conditions()
    if wanted.text is not None:
        found = [contains(column, wanted.text) for column in ("e.name", "r.body", "r.attributes")]
        anywhere = " OR ".join(f"({condition})" for condition, _ in found)
        search.require(f"({anywhere})", *(value for _, values in found for value in values))
    return search
