"""Log lists: by time, filtered by anything, exact at page borders."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local import jsontext, tokens
from otel_kit.local.filters import SEVERITIES, TimeRange, cursor_of
from otel_kit.local.store import show
from otel_kit.local.store.search import Search, contains, id_bounds

_COLUMNS = """
r.id, r.time, r.severity, r.severity_text, res.service, r.logger, r.body, r.body_is_json, r.event_name, r.trace_id,
r.span_id, r.attributes, res.attributes, scope.name, scope.version, scope.attributes
"""
_JOINS = "JOIN resource res ON res.id = r.resource_id JOIN scope ON scope.id = r.scope_id"
_MOST_LATE = 5000  # rows of overlapping blocks that are looked at to order one page


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What is searched for; None and empty mean any."""

    service: str | None = None
    severity: str | None = None
    text: str | None = None
    trace_id: bytes | None = None
    span_id: bytes | None = None
    logger: str | None = None
    attributes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: behind ``after`` (time, id), at most ``limit`` rows, the newest first if ``descending``."""

    times: TimeRange
    limit: int = 50
    after: tuple[int, int] | None = None
    descending: bool = True


def list_logs(connection: sqlite3.Connection, wanted: LogFilter, page: Page) -> dict[str, Any]:
    """Return ``{"logs": [...], "next": cursor or None}``, ordered by time and then arrival."""
    search = _search(connection, wanted)
    text = wanted.text
    if text is not None and len(text) >= 3:
        condition, values = contains("f.body", text)
        search.tokens_as_conditions()
        rows = _ordered(connection, "log_text", condition, values, search, page)
    else:
        if text is not None:
            condition, values = contains("r.body", text)
            search.require(condition, *values)
        if wanted.trace_id is not None:
            search.tokens_as_conditions()
        if search.match:
            rows = _ordered(connection, "log_token", "log_token MATCH ?", [" AND ".join(search.match)], search, page)
        else:
            rows = _by_time(connection, search, page)
    shown = rows[: page.limit]
    more = cursor_of(shown[-1][1], shown[-1][0]) if len(rows) > page.limit else None
    return {"logs": [_log(row) for row in shown], "next": more}


def logs_since(connection: sqlite3.Connection, wanted: LogFilter, after: int, limit: int = 500) -> list[dict[str, Any]]:
    """Return what arrived behind the id ``after``, in the order of arrival."""
    search = _search(connection, wanted)
    search.tokens_as_conditions()
    if wanted.text is not None:
        condition, values = contains("r.body", wanted.text)
        search.require(condition, *values)
    sql = f"SELECT {_COLUMNS} FROM log r {_JOINS} WHERE r.id > ?{search.conditions} ORDER BY r.id LIMIT ?"  # noqa: S608
    return [_log(row) for row in connection.execute(sql, (after, *search.values, limit))]


def last_log(connection: sqlite3.Connection) -> int:
    """Return the id of the newest log record, 0 without any."""
    return int(connection.execute("SELECT max(id) FROM log").fetchone()[0] or 0)


def logs_of_trace(connection: sqlite3.Connection, trace_id: bytes, limit: int) -> list[dict[str, Any]]:
    """Return the log records of a trace by time."""
    sql = f"SELECT {_COLUMNS} FROM log r {_JOINS} WHERE r.trace_id = ? ORDER BY r.time, r.id LIMIT ?"  # noqa: S608
    return [_log(row) for row in connection.execute(sql, (trace_id, limit))]


def _search(connection: sqlite3.Connection, wanted: LogFilter) -> Search:
    search = Search()
    if wanted.trace_id is not None:
        search.require("r.trace_id = ?", wanted.trace_id)
    if wanted.span_id is not None:
        search.require("r.span_id = ?", wanted.span_id)
    if wanted.service is not None:
        search.require_any(tokens.service(wanted.service))
    if wanted.logger is not None:
        search.require_any(tokens.logger(wanted.logger))
    if wanted.severity is not None and wanted.severity != SEVERITIES[0]:
        lowest = SEVERITIES.index(wanted.severity) + 1
        ranks = list(range(lowest, 7))
        if lowest <= 3:
            ranks.append(0)  # shown as info
        search.require_any(*[tokens.severity(rank) for rank in ranks])
    for key, text in wanted.attributes:
        search.require_attribute(connection, key, text)
    return search


def _by_time(connection: sqlite3.Connection, search: Search, page: Page) -> list[tuple[Any, ...]]:
    values: list[Any] = [page.times.start, page.times.end, *search.values]
    behind, order = "", "DESC" if page.descending else "ASC"
    if page.after is not None:
        behind = f" AND (r.time, r.id) {'<' if page.descending else '>'} (?, ?)"
        values.extend(page.after)
    sql = (
        f"SELECT {_COLUMNS} FROM log r {_JOINS} WHERE r.time BETWEEN ? AND ?{search.conditions}{behind} "  # noqa: S608
        f"ORDER BY r.time {order}, r.id {order} LIMIT ?"
    )
    return connection.execute(sql, (*values, page.limit + 1)).fetchall()


def _ordered(
    connection: sqlite3.Connection, index: str, match: str, match_values: list[Any], search: Search, page: Page
) -> list[tuple[Any, ...]]:
    """Return up to ``limit + 1`` rows by time from an index that only knows the order of arrival.

    The first rows in the order of arrival are read; then those of all blocks that could still hold an earlier place.
    """
    times = page.times
    if page.after is not None:
        bound = page.after[0]
        times = (
            TimeRange(times.start, min(times.end, bound))
            if page.descending
            else TimeRange(max(times.start, bound), times.end)
        )
    first, end = id_bounds(connection, "log", times)
    values = [*match_values, times.start, times.end, *search.values]
    behind = ""
    if page.after is not None:
        behind = f" AND (r.time, r.id) {'<' if page.descending else '>'} (?, ?)"
        values.extend(page.after)
    sql = (
        f"SELECT {_COLUMNS} FROM {index} f CROSS JOIN log r ON r.id = f.rowid {_JOINS} "  # noqa: S608
        f"WHERE {match} AND r.time BETWEEN ? AND ?{search.conditions}{behind} AND f.rowid >= ? AND f.rowid < ? "
        f"ORDER BY f.rowid {'DESC' if page.descending else 'ASC'} LIMIT ?"
    )

    def place(row: tuple[Any, ...]) -> tuple[int, int]:
        return row[1], row[0]

    rows = connection.execute(sql, (*values, first, end, page.limit + 1)).fetchall()
    if len(rows) > page.limit:
        reached = rows[-1][0]
        if page.descending:
            low, _ = id_bounds(connection, "log", TimeRange(min(row[1] for row in rows), times.end))
            late = (max(low, first), reached)
        else:
            _, high = id_bounds(connection, "log", TimeRange(times.start, max(row[1] for row in rows)))
            late = (reached + 1, min(high, end))
        if late[0] < late[1]:
            rows += connection.execute(sql, (*values, *late, _MOST_LATE)).fetchall()
    rows.sort(key=place, reverse=page.descending)
    return rows[: page.limit + 1]


def _log(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[0],
        "time_ms": show.ms(row[1]),
        "severity": show.severity(row[2]),
        "severity_number": row[2],
        "severity_text": row[3],
        "service": row[4],
        "logger": row[5],
        "body": jsontext.decode(row[6]) if row[7] else row[6],
        "event_name": row[8],
        "trace_id": show.identity(row[9]),
        "span_id": show.identity(row[10]),
        "attributes": jsontext.decode(row[11]),
        "resource": jsontext.decode(row[12]),
        "scope": show.scope(row[13], row[14], row[15]),
    }
