"""Log lists: by time, filtered by anything, exact at page borders."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local import jsontext, tokens
from otel_kit.local.filters import SEVERITIES, TimeRange, cursor_of
from otel_kit.local.store import show
from otel_kit.local.store.search import MOST_COUNTED, Search, contains, frequency, id_bounds

COLUMNS = """
r.id, r.time, r.severity, r.severity_text, res.service, r.logger, r.body, r.body_is_json, r.event_name, r.trace_id,
r.span_id, r.attributes, res.attributes, scope.name, scope.version, scope.attributes
"""
JOINS = "JOIN resource res ON res.id = r.resource_id JOIN scope ON scope.id = r.scope_id"
_TRIGRAM = 3  # letters; shorter texts are not in the index
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
    if wanted.trace_id is not None:
        search.tokens_as_conditions()
    text = wanted.text
    if text is not None and len(text) >= _TRIGRAM and not _is_rare(connection, search):
        search.tokens_as_conditions()
        index, (match, match_values) = "log_text", contains("f.body", text)
    else:
        if text is not None:
            condition, values = contains("r.body", text)
            search.require(condition, *values)
        index, match, match_values = "log_token", "log_token MATCH ?", [search.expression]
    if index == "log_token" and not search.match:
        rows = _by_time(connection, search, page)
    else:
        rows = _by_arrival(connection, index, match, match_values, search, page)
    shown = rows[: page.limit]
    more = cursor_of(shown[-1][1], shown[-1][0]) if len(rows) > page.limit else None
    return {"logs": [shown_log(row) for row in shown], "next": more}


def logs_since(connection: sqlite3.Connection, wanted: LogFilter, after: int, limit: int = 500) -> list[dict[str, Any]]:
    """Return what arrived behind the id ``after``, in the order of arrival."""
    search = _search(connection, wanted)
    search.tokens_as_conditions()
    if wanted.text is not None:
        condition, values = contains("r.body", wanted.text)
        search.require(condition, *values)
    sql = f"SELECT {COLUMNS} FROM log r {JOINS} WHERE r.id > ?{search.conditions} ORDER BY r.id LIMIT ?"  # noqa: S608 - our names
    return [shown_log(row) for row in connection.execute(sql, (after, *search.values, limit))]


def last_log(connection: sqlite3.Connection) -> int:
    """Return the id of the newest log record, 0 without any."""
    return int(connection.execute("SELECT max(id) FROM log").fetchone()[0] or 0)


def logs_of_trace(connection: sqlite3.Connection, trace_id: bytes, limit: int) -> list[dict[str, Any]]:
    """Return the log records of a trace by time."""
    sql = f"SELECT {COLUMNS} FROM log r {JOINS} WHERE r.trace_id = ? ORDER BY r.time, r.id LIMIT ?"  # noqa: S608 - our names
    return [shown_log(row) for row in connection.execute(sql, (trace_id, limit))]


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
        f"SELECT {COLUMNS} FROM log r {JOINS} WHERE r.time BETWEEN ? AND ?{search.conditions}{behind} "  # noqa: S608 - our names
        f"ORDER BY r.time {order}, r.id {order} LIMIT ?"
    )
    return connection.execute(sql, (*values, page.limit + 1)).fetchall()


def _is_rare(connection: sqlite3.Connection, search: Search) -> bool:
    """Whether so few records have the tokens that reading those costs less than the text's index."""
    return bool(search.match) and frequency(connection, "log_token", search.expression) < MOST_COUNTED


def _by_arrival(
    connection: sqlite3.Connection, index: str, match: str, match_values: list[str], search: Search, page: Page
) -> list[tuple[Any, ...]]:
    """Return up to ``limit + 1`` rows by time from an index that only knows the order of arrival.

    The first rows in the order of arrival are read; then those of all blocks that could still hold an earlier place.
    """
    times, after, order = page.times, "", "DESC" if page.descending else "ASC"
    values: list[Any] = []
    if page.after is not None:
        last = page.after[0]
        low, high = (times.start, min(times.end, last)) if page.descending else (max(times.start, last), times.end)
        times = TimeRange(low, high)
        after, values = f" AND (r.time, r.id) {'<' if page.descending else '>'} (?, ?)", list(page.after)
    sql = (
        f"SELECT r.time, r.id FROM {index} f CROSS JOIN log r ON r.id = f.rowid "  # noqa: S608 - our names
        f"WHERE {match}{search.conditions}{after} AND r.time BETWEEN ? AND ? AND f.rowid >= ? AND f.rowid < ? "
        f"ORDER BY f.rowid {order} LIMIT ?"
    )
    values = [*match_values, *search.values, *values]
    first, end = id_bounds(connection, "log", times)
    places = connection.execute(sql, (*values, times.start, times.end, first, end, page.limit + 1)).fetchall()
    if len(places) > page.limit:
        # Whatever is still unread and belongs before the last of these lies in a block that reaches beyond its time.
        reached, last = places[-1][1], min(places)[0] if page.descending else max(places)[0]
        rest = TimeRange(last, times.end) if page.descending else TimeRange(times.start, last)
        low, high = id_bounds(connection, "log", rest)
        late = (low, reached) if page.descending else (reached + 1, high)
        if late[0] < late[1]:
            places += connection.execute(sql, (*values, rest.start, rest.end, *late, _MOST_LATE)).fetchall()
    places.sort(reverse=page.descending)
    whole = f"SELECT {COLUMNS} FROM log r {JOINS} WHERE r.id = ?"  # noqa: S608 - our names
    return [connection.execute(whole, (each[1],)).fetchone() for each in places[: page.limit + 1]]


def shown_log(row: tuple[Any, ...]) -> dict[str, Any]:
    """Return a row of ``COLUMNS`` as the API shows it."""
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
