"""Blocks: what arrived together, its ids, its times, and how much of it each service sent."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

_LONGEST = 5_000_000_000  # nanoseconds that a block stays open
_LARGEST = 4096  # rows after which it is closed


@dataclass(slots=True)
class Range:
    """Ids ``first <= id < end`` of one kind of row, and the times within; None while there are none."""

    first: int
    end: int
    low: int | None = None
    high: int | None = None

    def add(self, low: int, high: int, count: int) -> None:
        """Let the range grow by ``count`` rows whose times lie in ``low .. high``."""
        self.end += count
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)


@dataclass(slots=True)
class Tally:
    """What one service sent within a block; ``last`` is its newest time."""

    spans: int = 0
    logs: int = 0
    errors: int = 0
    last: int = 0


@dataclass(slots=True)
class Block:
    """The block that is being filled."""

    id: int
    received: int
    spans: Range
    logs: Range
    points: Range
    services: dict[str, Tally] = field(default_factory=dict)

    def is_full(self, now: int) -> bool:
        """Whether rows that arrive at ``now`` belong into a new one."""
        rows = sum(each.end - each.first for each in (self.spans, self.logs, self.points))
        return rows >= _LARGEST or not 0 <= now - self.received <= _LONGEST

    def follow(self, now: int) -> Block:
        """Return the empty block behind this one."""
        spans, logs, points = (Range(each.end, each.end) for each in (self.spans, self.logs, self.points))
        return Block(self.id + 1, now, spans, logs, points)

    def tally(self, service: str) -> Tally:
        """Return the counts of ``service`` to add to."""
        found = self.services.get(service)
        if found is None:
            found = self.services[service] = Tally()
        return found

    def save(self, connection: sqlite3.Connection) -> None:
        """Write the block and its tallies as they stand."""
        columns = [self.id, self.received]
        for each in (self.spans, self.logs, self.points):
            columns += [each.first, each.end, each.low, each.high]  # type: ignore[list-item]
        connection.execute(f"INSERT OR REPLACE INTO block VALUES ({', '.join('?' * len(columns))})", columns)  # noqa: S608 - our names
        connection.executemany(
            "INSERT OR REPLACE INTO service_tally VALUES (?, ?, ?, ?, ?, ?)",
            [(self.id, name, each.spans, each.logs, each.errors, each.last) for name, each in self.services.items()],
        )


def next_block(connection: sqlite3.Connection, now: int) -> Block:
    """Return the empty block behind the newest one of the file."""
    row = connection.execute("SELECT max(id), max(span_end), max(log_end), max(point_end) FROM block").fetchone()
    last, span, log, point = (value or 1 for value in row)
    return Block(last + 1, now, Range(span, span), Range(log, log), Range(point, point))
