"""Filters as SQL: which index drives a search, which ids can lie in its time range, and exact newest-first pages."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local import jsontext, tokens
from otel_kit.local.decode.values import search_texts
from otel_kit.local.filters import TimeRange

MOST_COUNTED = 5000


@dataclass(slots=True)
class Search:
    """What rows must fulfil: ``match`` are expressions of the token index, ``where`` SQL conditions on table ``r``."""

    match: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def require(self, condition: str, *values: Any) -> None:
        """Add an SQL condition."""
        self.where.append(condition)
        self.values.extend(values)

    def require_any(self, *words: str) -> None:
        """Add: one of these tokens."""
        self.match.append("(" + " OR ".join(f'"{word}"' for word in words) + ")")

    def require_attribute(self, connection: sqlite3.Connection, key: str, text: str) -> None:
        """Add: the row's attributes, its events' or its resource's have ``key`` with ``text`` as value."""
        word = tokens.attribute(key, text)
        of_resource = [
            row[0] for row in connection.execute("SELECT id, attributes FROM resource") if _has(row[1], key, text)
        ]
        if of_resource:
            marks = ", ".join("?" * len(of_resource))
            self.require(f"(r.resource_id IN ({marks}) OR instr(r.tokens, ?) > 0)", *of_resource, word)
        else:
            self.require_any(word)

    def tokens_as_conditions(self) -> None:
        """Turn the token expressions into conditions on the rows: for when another index drives the search."""
        for expression in self.match:
            words = expression.strip("()").replace('"', "").split(" OR ")
            self.require("(" + " OR ".join(["instr(r.tokens, ?) > 0"] * len(words)) + ")", *words)
        self.match.clear()

    @property
    def expression(self) -> str:
        """The token expressions as one."""
        return " AND ".join(self.match)

    @property
    def is_empty(self) -> bool:
        """Whether every row fits."""
        return not self.match and not self.where

    @property
    def conditions(self) -> str:
        """The conditions as SQL, each led by AND."""
        return "".join(f" AND {condition}" for condition in self.where)


def frequency(connection: sqlite3.Connection, index: str, expression: str) -> int:
    """Return how many rows of a token index fit an expression, at most MOST_COUNTED: to choose what drives a search."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT ?)"  # noqa: S608 - our names
    return int(connection.execute(sql, (expression, MOST_COUNTED)).fetchone()[0])


def contains(column: str, text: str) -> tuple[str, list[str]]:
    """Return the condition that ``column`` holds ``text``, letters of ASCII in any case.

    The trigram index serves LIKE only without ESCAPE. So wildcards in ``text`` match anything at first, which finds too
    much and never too little, and a second condition puts that right.
    """
    if "%" not in text and "_" not in text:
        return f"{column} LIKE ?", [f"%{text}%"]
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{column} LIKE ? AND {column} LIKE ? ESCAPE '\\'", [f"%{text}%", f"%{escaped}%"]


def id_bounds(connection: sqlite3.Connection, kind: str, times: TimeRange) -> tuple[int, int]:
    """Return ``first, end`` of the ids of ``kind`` (span, log, point) that can lie in ``times``; equal if none can."""
    first, end = connection.execute(
        f"SELECT min({kind}_first), max({kind}_end) FROM block WHERE {kind}_max >= ? AND {kind}_min <= ?",  # noqa: S608 - our names
        (times.start, times.end),
    ).fetchone()
    return (0, 0) if first is None else (first, end)


def _has(attributes: str, key: str, text: str) -> bool:
    found: dict[str, Any] = jsontext.decode(attributes)
    return key in found and text in search_texts(found[key])
