"""Queries beside the writer: a time limit, and a snapshot each."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from otel_kit.local.store.reading import QueryTooSlow, Readers
from otel_kit.local.store.writer import StoreWriter

_ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_runs(tmp_path: Path) -> None:
    """The connection is as good as before."""
    path = tmp_path / "a.sqlite3"
    writer, readers = StoreWriter(path, 1 << 30, time.time_ns), Readers(path, limit_s=0.05)

    with pytest.raises(QueryTooSlow):
        asyncio.run(readers.run(lambda connection: connection.execute(_ENDLESS).fetchone()))
    count = asyncio.run(readers.run(lambda connection: connection.execute("SELECT count(*) FROM span").fetchone()))

    readers.close()
    writer.close()
    assert count == (0,)


def test_a_query_sees_one_state_of_the_store(tmp_path: Path) -> None:
    """Though the writer commits between its statements."""
    path = tmp_path / "a.sqlite3"
    writer, readers = StoreWriter(path, 1 << 30, time.time_ns), Readers(path)

    def names(connection: sqlite3.Connection) -> list[int]:
        before = connection.execute("SELECT count(*) FROM span_name").fetchone()[0]
        writer.connection.execute("INSERT INTO span_name VALUES (1, 'new', 1)")
        return [before, connection.execute("SELECT count(*) FROM span_name").fetchone()[0]]

    seen = asyncio.run(readers.run(names))
    later = asyncio.run(readers.run(lambda connection: connection.execute("SELECT count(*) FROM span_name").fetchone()))

    readers.close()
    writer.close()
    assert (seen, later) == ([0, 0], (1,))
