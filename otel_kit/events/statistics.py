"""How many events there were, by name: for ``/health``, and as a metric."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from opentelemetry import metrics

from otel_kit import semconv
from otel_kit.version import __version__

_MAX_NAMES = 500  # names may come out of data where an application computes them


class _Statistics:
    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        self.lock = threading.RLock()  # re-entrant: a signal handler may emit while its thread counts
        self.by_name: Counter[str] = Counter()

    def counted(self, name: str) -> str:
        """Count one event; returns the name that it counts under."""
        with self.lock:
            known = name in self.by_name or len(self.by_name) < _MAX_NAMES
            counted = name if known else semconv.OTHER
            self.by_name[counted] += 1
            return counted


_statistics = _Statistics()
# The API's meter: without a kit it does nothing, with one its instruments are the kit's from then on.
_meter = metrics.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
_events = _meter.create_counter(semconv.EVENTS_EMITTED, unit="{event}", description="Events, by name and category.")
_faults = _meter.create_counter(
    semconv.EVENT_FAULTS, unit="{fault}", description="Fields of events that were missing, unknown or of a wrong type."
)


def count_event(name: str, category: str) -> None:
    """Count one event. Thread-safe, never raises."""
    _events.add(1, {semconv.EVENT_NAME: _statistics.counted(name), semconv.EVENT_CATEGORY: category})


def count_event_fault(name: str) -> None:
    """Count one fault of an event's fields. Thread-safe, never raises."""
    _faults.add(1, {semconv.EVENT_NAME: name})


def event_counts() -> Mapping[str, int]:
    """Return how many events this process has emitted, by name; the first 500 names, the rest under ``_OTHER``."""
    with _statistics.lock:
        return dict(_statistics.by_name)


def after_fork() -> None:
    """Count from zero in a child."""
    _statistics.after_fork()
