"""Counts of events by name, bounded where names come out of data."""

from __future__ import annotations

from otel_kit import semconv
from otel_kit.events import statistics


def test_names_are_bounded() -> None:
    """Five hundred; what comes then counts under ``_OTHER``, what is known goes on."""
    statistics.after_fork()
    statistics.count_event("shop.first", "business")
    for number in range(2000):
        statistics.count_event(f"shop.number.{number}", "business")
    statistics.count_event("shop.first", "business")

    counts = statistics.event_counts()
    assert len(counts) == 501
    assert (counts["shop.first"], counts[semconv.OTHER]) == (2, 1501)
    assert sum(counts.values()) == 2002
    statistics.after_fork()
    assert statistics.event_counts() == {}
