"""Old data goes by age and by size, the oldest first, a little at a time, and nothing of it stays findable."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from otel_kit.local.decode.logs import decode_logs
from otel_kit.local.decode.metrics import decode_metrics
from otel_kit.local.decode.rows import Batch
from otel_kit.local.decode.scrub import Scrubber
from otel_kit.local.decode.traces import decode_traces
from otel_kit.local.store.retention import STEP_ROWS, Limits, Pruner
from otel_kit.local.store.writer import StoreWriter
from otel_kit.redaction.redactor import default_redactor
from tests.unit.local import messages
from tests.unit.local.messages import SECOND

HOUR = 3600 * SECOND


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.time


class Store:
    """A writer and its pruner under one clock."""

    def __init__(self, path: Path, retention: int = 24 * HOUR, max_bytes: int = 1 << 30) -> None:
        self.clock = Clock()
        self.writer = StoreWriter(path, max_bytes, self.clock)
        self.pruner = Pruner(self.writer, Limits(retention, max_bytes), self.clock)
        self.scrub = Scrubber(default_redactor())

    def add(self, name: str, rows: int = 10, filler: str = "") -> None:
        """Store spans, logs and points under ``name``, which only they have."""
        batch, at = Batch(), self.clock.time
        spans = [
            messages.span(trace_id=os.urandom(16), name=name, start=at, attributes={"k": name}) for _ in range(rows)
        ]
        decode_traces(messages.traces(*spans, service=name).SerializeToString(), self.scrub, batch)
        records = [messages.log(f"body {name} {filler}", at=at, event_name=name) for _ in range(rows)]
        decode_logs(messages.logs(*records, service=name).SerializeToString(), self.scrub, batch, at)
        metric = messages.counter(name, (at, 1.0))
        metric.sum.data_points[0].exemplars.add(time_unix_nano=at, as_double=1.0, trace_id=messages.TRACE)
        decode_metrics(messages.metrics(metric, service=name).SerializeToString(), self.scrub, batch)
        self.writer.write([batch])

    def prune(self) -> int:
        """Prune until there is nothing to do; return the number of steps."""
        steps = 0
        while self.pruner.step():
            steps += 1
        return steps

    def names(self, sql: str) -> list[str]:
        """Return the first column of a query."""
        return [row[0] for row in self.writer.connection.execute(sql)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store lies."""
    return tmp_path / "a.sqlite3"


def test_data_older_than_the_retention_goes_entirely(path: Path) -> None:
    """Rows, index entries, tallies, and the shared rows that only they used."""
    store = Store(path)
    store.add("old")
    store.clock.time += 20 * HOUR
    store.add("new")
    store.clock.time += 10 * HOUR

    store.prune()

    for sql in (
        "SELECT DISTINCT name FROM span_name",
        "SELECT DISTINCT service FROM resource",
        "SELECT DISTINCT service FROM service_tally",
        "SELECT DISTINCT service FROM entry",
        "SELECT DISTINCT service FROM event",
        "SELECT DISTINCT name FROM metric",
    ):
        assert store.names(sql) == ["new"], sql
    counts = [
        store.names(f"SELECT count(*) FROM {table}")[0]
        for table in ("span", "log", "event", "point", "exemplar", "series")
    ]
    assert counts == [10, 10, 10, 1, 1, 1]
    assert store.names("SELECT count(*) FROM log_text WHERE body LIKE '%body old%'") == [0]
    for index in ("span_token", "log_token", "log_text"):
        store.writer.connection.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
    store.writer.close()


def test_what_newer_data_still_uses_stays(path: Path) -> None:
    """Services, names and series outlive the rows that brought them."""
    store = Store(path)
    store.add("same")
    store.clock.time += 20 * HOUR
    store.add("same")
    store.clock.time += 10 * HOUR

    store.prune()

    for table in ("resource", "scope", "span_name", "entry", "metric", "series"):
        used = {"resource": 1, "scope": 3}.get(table, 1)
        assert store.names(f"SELECT count(*) FROM {table}") == [used], table
    assert store.names("SELECT count(*) FROM span s JOIN span_name n ON n.id = s.name_id") == [10]
    store.writer.close()


def test_everything_goes_when_everything_is_old(path: Path) -> None:
    """Also the block that is being filled; what comes next is stored as ever."""
    store = Store(path)
    store.add("old")
    store.clock.time += 25 * HOUR

    store.prune()
    store.add("old")

    assert store.names("SELECT count(*) FROM span") == [10]
    assert store.names("SELECT name FROM span_name") == ["old"]
    store.writer.close()


def test_a_step_deletes_at_most_a_thousand_rows(path: Path) -> None:
    """So that ingest never waits long for it."""
    store = Store(path)
    store.add("old", rows=2500)
    store.clock.time += 25 * HOUR
    left = []

    while store.pruner.step():
        left.append(sum(store.names("SELECT count(*) FROM span UNION ALL SELECT count(*) FROM log")))

    assert max(before - after for before, after in zip([5000, *left], left, strict=False)) <= STEP_ROWS
    assert left[-1] == 0
    store.writer.close()


def test_beyond_the_size_the_oldest_go(path: Path) -> None:
    """Until the file fits; it really becomes smaller."""
    store = Store(path, max_bytes=8 << 20)
    for number in range(12):
        store.add(f"run {number}", rows=1000, filler="x" * 1000)
        store.clock.time += 6 * SECOND
        store.prune()

    names = store.names("SELECT name FROM span_name ORDER BY id")
    store.writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    store.writer.close()

    assert names[-1] == "run 11"
    assert "run 0" not in names
    assert size <= 9 << 20


def test_a_failed_step_leaves_the_store_usable(path: Path) -> None:
    """It is tried again later; nothing was half deleted."""
    store = Store(path)
    store.add("old")
    store.clock.time += 25 * HOUR
    store.writer.connection.execute("CREATE TRIGGER stop BEFORE DELETE ON log BEGIN SELECT raise(ABORT, 'no'); END")

    with pytest.raises(sqlite3.IntegrityError):
        store.pruner.step()
    kept = store.names("SELECT count(*) FROM span")
    store.writer.connection.execute("DROP TRIGGER stop")
    store.prune()
    store.add("new")

    assert kept == [10]
    assert store.names("SELECT name FROM span_name") == ["new"]
    store.writer.close()
