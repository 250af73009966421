"""Log volume: exact over threads, bounded whatever loggers are called."""

from __future__ import annotations

import threading

import pytest

from otel_kit.logs.volume import _MAX_LOGGERS, Volume, rank_of


@pytest.mark.parametrize(
    ("level", "rank"),
    [(-5, 0), (0, 0), (9, 0), (10, 1), (15, 1), (20, 2), (30, 3), (39, 3), (40, 4), (50, 5), (999, 5)],
)
def test_severities(level: int, rank: int) -> None:
    """OpenTelemetry's, levels of one's own in between."""
    assert rank_of(level) == rank


def test_names_are_bounded_and_known_ones_stay() -> None:
    """A logger for each request, or object, adds no series."""
    volume = Volume()
    for number in range(10 * _MAX_LOGGERS):
        volume.count(volume.bounded(f"logger {number}"), 20)
    volume.count(volume.bounded("logger 0"), 40)

    totals = volume.totals()
    assert len({name for name, _ in totals}) == _MAX_LOGGERS + 1
    assert totals["_OTHER", "INFO"] == 9 * _MAX_LOGGERS
    assert (totals["logger 0", "INFO"], totals["logger 0", "ERROR"]) == (1, 1)


def test_threads_and_signals_lose_nothing() -> None:
    """Every record counts; what interrupts a count may count itself."""
    volume = Volume()
    with volume._lock:
        volume.count("app", 20)  # as a signal's handler would

    def work() -> None:
        for _ in range(5000):
            volume.count("app", 20)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert volume.totals() == {("app", "INFO"): 40_001}
    volume.after_fork()
    assert volume.totals() == {}
