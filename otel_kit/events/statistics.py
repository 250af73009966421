"""How many events there were, by name: for ``/health``, and as a metric."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from otel_kit import semconv
from otel_kit.version import __version__

_MAX_NAMES = 500  # names may come out of data where an application computes them


class _Statistics:
    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        self.lock = threading.RLock()  # re-entrant: a signal handler may emit while its thread counts
        self.counts: Counter[tuple[str, str]] = Counter()


_statistics = _Statistics()


def _observe(_: CallbackOptions) -> Iterable[Observation]:
    with _statistics.lock:
        counts = dict(_statistics.counts)
    for (name, category), count in counts.items():
        yield Observation(count, {semconv.EVENT_NAME: name, semconv.EVENT_CATEGORY: category})


# The API's meter: without a kit it does nothing, with one its instruments are the kit's from then on. The counter is
# observed, as adding to one for each event would cost more than the event.
_meter = metrics.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
_meter.create_observable_counter(
    semconv.EVENTS_EMITTED, [_observe], unit="{event}", description="Events, by name and category."
)
_faults = _meter.create_counter(
    semconv.EVENT_FAULTS, unit="{fault}", description="Fields of events that were missing, unknown or of a wrong type."
)


def count_event(name: str, category: str) -> None:
    """Count one event. Thread-safe, never raises."""
    with _statistics.lock:
        counts = _statistics.counts
        key = (name, category)
        if key not in counts and len(counts) >= _MAX_NAMES:
            key = (semconv.OTHER, category)
        counts[key] += 1


def count_event_fault(name: str) -> None:
    """Count one fault of an event's fields. Thread-safe, never raises."""
    _faults.add(1, {semconv.EVENT_NAME: name})


def event_counts() -> Mapping[str, int]:
    """Return how many events this process has emitted, by name; the first 500 names, the rest under ``_OTHER``."""
    by_name: Counter[str] = Counter()
    with _statistics.lock:
        for (name, _), count in _statistics.counts.items():
            by_name[name] += count
    return by_name


def after_fork() -> None:
    """Count from zero in a child."""
    _statistics.after_fork()
