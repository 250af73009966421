"""What many rows share, as ids: resources, scopes, span names, entries, metrics, series.

Each is written once and carries the newest block that used it: pruning can so tell what nothing refers to any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from typing import Any

from otel_kit.local.decode.rows import Entry, Resource, Scope, Series

_REMEMBERED = 50_000
# Oldest first: what is deleted must not be referred to by what stays.
TABLES = ("series", "metric", "entry", "span_name", "scope", "resource")


class Dimensions:
    """Looks ids up, inserting what is new. Belongs to the writer's transaction; ``forget`` after a rollback."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[Hashable, list[int]]] = {table: {} for table in TABLES}
        self._stale: dict[str, list[tuple[int, int]]] = {table: [] for table in TABLES}

    def forget(self) -> None:
        """Drop what is remembered: ids may be gone from the file."""
        for table in TABLES:
            self._known[table].clear()
            self._stale[table].clear()

    def resource(self, value: Resource, block: int) -> int:
        """Return the id of a resource."""
        return self._id("resource", value, block, {"service": value.service, "attributes": value.attributes})

    def scope(self, value: Scope, block: int) -> int:
        """Return the id of a scope."""
        return self._id("scope", value, block, value._asdict())

    def span_name(self, value: str, block: int) -> int:
        """Return the id of a span's name."""
        return self._id("span_name", value, block, {"name": value})

    def entry(self, value: Entry, block: int) -> int:
        """Return the id of a way into a service."""
        return self._id("entry", value, block, value._asdict())

    def series(self, value: Series, block: int) -> int:
        """Return the id of a series; its metric, resource and scope are touched as well."""
        metric = self._id("metric", value.metric, block, value.metric._asdict())
        columns = {
            "metric_id": metric,
            "resource_id": self.resource(value.resource, block),
            "scope_id": self.scope(value.scope, block),
            "attributes": value.attributes,
        }
        return self._id("series", value, block, columns)

    def flush(self) -> None:
        """Write which block used each row last."""
        for table, pairs in self._stale.items():
            if pairs:
                self._connection.executemany(f"UPDATE {table} SET last_block = ? WHERE id = ?", pairs)  # noqa: S608 - our names
                pairs.clear()

    def _id(self, table: str, key: Hashable, block: int, columns: dict[str, Any]) -> int:
        known = self._known[table]
        found = known.get(key)
        if found is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            found = known[key] = [self._find_or_insert(table, columns, block), block]
        if found[1] != block:
            found[1] = block
            self._stale[table].append((block, found[0]))
        return found[0]

    def _find_or_insert(self, table: str, columns: dict[str, Any], block: int) -> int:
        wanted = " AND ".join(f"{name} IS ?" for name in columns)
        values = tuple(columns.values())
        row = self._connection.execute(f"SELECT id FROM {table} WHERE {wanted}", values).fetchone()  # noqa: S608 - our names
        if row is not None:
            self._stale[table].append((block, row[0]))
            return int(row[0])
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        inserted = self._connection.execute(
            f"INSERT INTO {table} ({names}, last_block) VALUES ({marks}, ?)",  # noqa: S608 - our names
            (*values, block),
        )
        assert inserted.lastrowid is not None
        return inserted.lastrowid
