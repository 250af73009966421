"""Pruning by age and by size, the oldest arrivals first, in steps small enough not to hold up ingest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otel_kit.local.store.dimensions import TABLES
from otel_kit.local.store.writer import StoreWriter

STEP_ROWS = 1000
_VACUUM_PAGES = 512
# Kind of row -> the statements that delete those below an id, the index entries first.
_DELETE = {
    "span": (
        "INSERT INTO span_token (span_token, rowid, tokens) SELECT 'delete', id, tokens FROM span WHERE id < ?",
        "DELETE FROM span WHERE id < ?",
    ),
    "log": (
        "INSERT INTO log_text (log_text, rowid, body) SELECT 'delete', id, body FROM log WHERE id < ?",
        "INSERT INTO log_token (log_token, rowid, tokens) SELECT 'delete', id, tokens FROM log WHERE id < ?",
        "DELETE FROM event WHERE id < ?",
        "DELETE FROM log WHERE id < ?",
    ),
    "point": ("DELETE FROM exemplar WHERE point_id < ?", "DELETE FROM point WHERE id < ?"),
}
_ROWS = ("span", "log", "event", "point", "exemplar", "block", "service_tally", "receiver_redaction", "receiver_place")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the store may hold: nanoseconds since arrival, and bytes of file and write-ahead log."""

    retention: int
    max_bytes: int


class Pruner:
    """Deletes what is too old or too much. Belongs to the writer's thread."""

    def __init__(self, writer: StoreWriter, limits: Limits, now: Callable[[], int]) -> None:
        self._writer = writer
        self._limits = limits
        self._now = now

    def step(self) -> bool:
        """Delete at most 1,000 rows in one transaction; True if there may be more to do.

        Raises:
            sqlite3.Error: nothing was deleted.
        """
        connection = self._writer.connection
        oldest = connection.execute("SELECT * FROM block ORDER BY id LIMIT 1").fetchone()
        if oldest is None or not (self._is_old(oldest[1]) or self._is_large()):
            return self._vacuum()
        newest = connection.execute("SELECT max(id) FROM block").fetchone()[0]
        if oldest[0] == newest:
            self._writer.start_block()  # the open block would otherwise be written again after its rows are gone
        try:
            connection.execute("BEGIN IMMEDIATE")
            self._prune(oldest)
            connection.execute("COMMIT")
        except BaseException:
            self._writer.reset()
            raise
        return True

    def _prune(self, block: tuple[int, ...]) -> None:
        connection, left = self._writer.connection, STEP_ROWS
        ranges = {"span": block[2:4], "log": block[6:8], "point": block[10:12]}
        for kind, (first, end) in ranges.items():
            below = min(end, first + left)
            if below > first:
                for statement in _DELETE[kind]:
                    connection.execute(statement, (below,))
                connection.execute(f"UPDATE block SET {kind}_first = ? WHERE id = ?", (below, block[0]))  # noqa: S608 - our names
                left -= below - first
        if left:  # the block is empty
            connection.execute("DELETE FROM service_tally WHERE block_id = ?", (block[0],))
            connection.execute("DELETE FROM block WHERE id = ?", (block[0],))
            self._prune_dimensions(block[0])

    def _prune_dimensions(self, block: int) -> None:
        gone = 0
        for table in TABLES:
            gone += self._writer.connection.execute(f"DELETE FROM {table} WHERE last_block <= ?", (block,)).rowcount  # noqa: S608 - our names
        if gone:
            self._writer.forget()

    def _vacuum(self) -> bool:
        """Give free pages back to the file system, a few at a time."""
        free = self._writer.connection.execute("PRAGMA freelist_count").fetchone()[0]
        if free <= _VACUUM_PAGES:
            return False
        self._writer.connection.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()
        return True

    def _is_old(self, received: int) -> bool:
        return received < self._now() - self._limits.retention

    def _is_large(self) -> bool:
        connection = self._writer.connection
        pages, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        wal_bytes = connection.execute("PRAGMA journal_size_limit").fetchone()[0]
        return bool((pages - free) * 4096 + wal_bytes > self._limits.max_bytes)


def clear(writer: StoreWriter) -> None:
    """Delete everything.

    Raises:
        sqlite3.Error: nothing was deleted.
    """
    connection = writer.connection
    writer.start_block()
    try:
        connection.execute("BEGIN IMMEDIATE")
        for index in ("span_token", "log_token", "log_text"):
            connection.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")  # noqa: S608 - our names
        for table in (*_ROWS, *TABLES):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our names
        connection.execute("COMMIT")
    except BaseException:
        writer.reset()
        raise
    writer.forget()
    connection.execute("PRAGMA incremental_vacuum").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def file_bytes(path: Path) -> int:
    """Return the bytes on disk of a store: the file and its write-ahead log."""
    return sum(each.stat().st_size for each in (path, path.with_name(path.name + "-wal")) if each.exists())
