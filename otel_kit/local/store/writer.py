"""Writes batches: one transaction each call, from one thread only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from otel_kit.local.decode.rows import Batch, LogRow, PointRow, SpanRow
from otel_kit.local.store import schema
from otel_kit.local.store.blocks import Block, next_block
from otel_kit.local.store.dimensions import Dimensions
from otel_kit.local.store.receiver_counts import ReceiverCounts
from otel_kit.local.store.speed import speed


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 - our names


_INSERT_SPAN = _insert("span", 20)
_INSERT_LOG = _insert("log", 16)
_INSERT_EVENT = _insert("event", 7)
_INSERT_POINT = _insert("point", 11)
_INSERT_EXEMPLAR = """
INSERT INTO exemplar (point_id, series_id, time, value, trace_id, span_id, attributes) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class StoreWriter:
    """The only writer of a store's file. All methods belong to one thread after construction."""

    def __init__(self, path: Path, max_bytes: int, now: Callable[[], int]) -> None:
        """Open ``path``; ``now`` tells the nanoseconds since the epoch.

        Raises:
            StoreUnusable: the file cannot be used.
        """
        self.path = path
        self._now = now
        self._lock = schema.lock(path)
        try:
            self.connection = schema.open_for_writing(path, max_bytes)
        except schema.StoreUnusable:
            self._lock.close()
            raise
        self._dimensions = Dimensions(self.connection)
        self._receiver = ReceiverCounts(self.connection)
        self._block = next_block(self.connection, now())

    def write(self, batches: Sequence[Batch]) -> None:
        """Store all batches, or none of them.

        Raises:
            sqlite3.Error: nothing was stored (the disk is full, the file is gone).
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            for batch in batches:
                if self._block.is_full(self._now()):
                    self._save_block()
                    self._block = self._block.follow(self._now())
                self._add(batch)
            self._save_block()
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            self.reset()
            raise

    def reset(self) -> None:
        """Roll back what is open and learn anew what the file holds."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.forget()
        self._block = next_block(self.connection, self._now())

    def start_block(self) -> int:
        """Close the block that is being filled and return the id of the new one; older ones no longer change."""
        self._block = self._block.follow(self._now())
        return self._block.id

    def forget(self) -> None:
        """Drop remembered ids and names after rows of shared tables were deleted."""
        self._dimensions.forget()
        self._receiver.forget()

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self.connection.close()
        self._lock.close()

    def _save_block(self) -> None:
        self._dimensions.flush()
        self._block.save(self.connection)

    def _add(self, batch: Batch) -> None:
        block = self._block
        if batch.spans:
            self._add_spans(batch.spans, block)
        if batch.logs:
            self._add_logs(batch.logs, block)
        if batch.points:
            self._add_points(batch.points, block)
        self._receiver.add(batch.findings, self._now())

    def _add_spans(self, spans: Sequence[SpanRow], block: Block) -> None:
        first, number, dims = block.spans.end, block.id, self._dimensions
        rows = []
        for at, span in enumerate(spans, first):
            resource, start, duration, status = span.resource, span.start, span.duration, span.status
            tally = block.tally(resource.service)
            tally.spans += 1
            tally.last = max(tally.last, start)
            if status == 2:
                tally.errors += 1
            rows.append(
                (
                    at, span.trace_id, span.span_id, span.parent_id,
                    dims.resource(resource, number), dims.scope(span.scope, number),
                    dims.span_name(span.name, number), span.kind, start, duration, status,
                    span.status_message, span.trace_state,
                    None if span.entry is None else dims.entry(span.entry, number), speed(duration),
                    span.attributes, span.events, span.links, span.dropped, span.tokens,
                )
            )  # fmt: skip
        self.connection.executemany(_INSERT_SPAN, rows)
        self.connection.executemany("INSERT INTO span_token (rowid, tokens) VALUES (?, ?)", _pick(rows, 0, 19))
        starts = [span.start for span in spans]
        block.spans.add(min(starts), max(starts), len(rows))

    def _add_logs(self, logs: Sequence[LogRow], block: Block) -> None:
        first, number, dims = block.logs.end, block.id, self._dimensions
        rows = []
        for at, log in enumerate(logs, first):
            tally = block.tally(log.resource.service)
            tally.logs += 1
            tally.last = max(tally.last, log.time)
            rows.append(
                (
                    at, log.time, log.observed, log.severity, log.severity_text,
                    dims.resource(log.resource, number), dims.scope(log.scope, number), log.logger,
                    log.body, log.body_is_json, None if log.event is None else log.event.name,
                    log.trace_id, log.span_id, log.attributes, log.dropped, log.tokens,
                )
            )  # fmt: skip
        self.connection.executemany(_INSERT_LOG, rows)
        events = [
            (at, log.time, log.resource.service, *log.event)
            for at, log in enumerate(logs, first)
            if log.event is not None
        ]
        if events:
            self.connection.executemany(_INSERT_EVENT, events)
        self.connection.executemany("INSERT INTO log_text (rowid, body) VALUES (?, ?)", _pick(rows, 0, 8))
        self.connection.executemany("INSERT INTO log_token (rowid, tokens) VALUES (?, ?)", _pick(rows, 0, 15))
        times = [log.time for log in logs]
        block.logs.add(min(times), max(times), len(rows))

    def _add_points(self, points: Sequence[PointRow], block: Block) -> None:
        first, number = block.points.end, block.id
        rows: list[tuple[Any, ...]] = []
        exemplars: list[tuple[Any, ...]] = []
        for at, point in enumerate(points, first):
            series = self._dimensions.series(point.series, number)
            tally = block.tally(point.series.resource.service)
            tally.last = max(tally.last, point.time)
            rows.append((at, series, *point[1:10]))
            exemplars.extend((at, series, *each) for each in point.exemplars)
        self.connection.executemany(_INSERT_POINT, rows)
        self.connection.executemany(_INSERT_EXEMPLAR, exemplars)
        times = [point.time for point in points]
        block.points.add(min(times), max(times), len(rows))


def _pick(rows: Sequence[tuple[Any, ...]], *columns: int) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]
