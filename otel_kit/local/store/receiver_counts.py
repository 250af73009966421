"""What the receiver itself had to redact, written beside the rows of a request: a hole in the sender's redaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

from otel_kit.redaction.findings import Findings

OTHER: Final = "(other)"
_MOST_PLACES = 512
_LONGEST = 128
_COUNT = """
INSERT INTO receiver_redaction VALUES (?, ?, ?)
ON CONFLICT (kind, rule) DO UPDATE SET count = count + excluded.count
"""
_PLACE = """
INSERT INTO receiver_place VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (service, rule, key) DO UPDATE
SET hits = hits + excluded.hits, reported = reported + excluded.reported, last = excluded.last
"""

_Place = tuple[str, str, str]


class ReceiverCounts:
    """Adds findings to the store's counts. Belongs to the writer's transaction; ``forget`` after a rollback."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: set[_Place] | None = None

    def forget(self) -> None:
        """Drop what is remembered of the file."""
        self._known = None

    def add(self, findings: Mapping[str, Findings], now: int) -> None:
        """Count what was found, by service."""
        counts = [count for each in findings.values() for count in _totals(each)]
        if counts:
            self._connection.executemany(_COUNT, counts)
        places = [
            (*self._place(service, rule, key), hits, reported, now)
            for service, each in findings.items()
            if each.hits or each.reported
            for rule, key, hits, reported in each.placed()
        ]
        if places:
            self._connection.executemany(_PLACE, places)

    def _place(self, service: str, rule: str, key: str) -> _Place:
        """Return where to count: senders choose names of services and keys, so both end in one place at last."""
        if self._known is None:
            self._known = set(self._connection.execute("SELECT service, rule, key FROM receiver_place"))
        place = (service[:_LONGEST], rule, key[:_LONGEST] or OTHER)
        if place not in self._known and len(self._known) >= _MOST_PLACES:
            return OTHER, rule, OTHER
        self._known.add(place)
        return place


def _totals(findings: Findings) -> Iterable[tuple[str, str, int]]:
    for rule, count in findings.hits.items():
        yield "rule", rule, count
    for kind in ("errors", "repaired", "truncated"):
        count = getattr(findings, kind)
        if count:
            yield kind, "", count
