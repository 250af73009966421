"""What leaves of the results: a gauge and a histogram by check, and an event when a check's status has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation

from otel_kit import semconv
from otel_kit.events.emission import emit
from otel_kit.healthchecks.results import VALUES, Result, Status

# A check may take from a cache's microseconds to a far provider's seconds.
_BOUNDARIES: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNKNOWN: Final = "unknown"
Results = Callable[[], Iterable[Result]]


class Changes:
    """Records results. Thread-safe, never raises."""

    def __init__(self, count_fault: Callable[[str, BaseException], None]) -> None:
        self._count_fault = count_fault
        self._duration: Histogram | None = None

    def start(self, duration: Histogram) -> None:
        """Record durations from now on."""
        self._duration = duration

    def stop(self) -> None:
        """Record nothing more."""
        self._duration = None

    def record(self, result: Result, before: Result | None) -> None:
        """Record ``result``, which follows ``before``; the first healthy one is no change."""
        if self._duration is None:
            return
        # A check is nobody's request, though a request may have asked for it.
        token = otel_context.attach(Context())
        try:
            self._duration.record(result.duration_s, {semconv.HEALTH_CHECK: result.name})
            status_before = Status.HEALTHY if before is None else before.status
            if result.status is not status_before:
                _emit(result, UNKNOWN if before is None else before.status)
        except Exception as error:
            self._count_fault("health_change", error)
        finally:
            otel_context.detach(token)


def duration_of(meter: Meter) -> Histogram:
    """Return the histogram of how long checks take."""
    return meter.create_histogram(
        semconv.HEALTH_DURATION,
        unit="s",
        description="How long a health check took.",
        explicit_bucket_boundaries_advisory=_BOUNDARIES,
    )


def observe_status(meter: Meter, results: Results) -> None:
    """Register the gauge, once per process: instruments cannot be taken back."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [
            Observation(
                VALUES[result.status],
                {semconv.HEALTH_CHECK: result.name, semconv.HEALTH_CRITICAL: result.critical},
            )
            for result in results()
        ]

    meter.create_observable_gauge(
        semconv.HEALTH_STATUS, [observe], description="Status of a health check: 1 healthy, 0.5 degraded, 0 unhealthy."
    )


def _emit(result: Result, before: str) -> None:
    emit(
        semconv.EVENT_HEALTH_CHANGE,
        category="health",
        attributes={
            semconv.HEALTH_CHECK: result.name,
            semconv.HEALTH_CRITICAL: result.critical,
            semconv.HEALTH_STATUS_BEFORE: str(before),
            semconv.HEALTH_STATUS_AFTER: str(result.status),
        },
        severity=_severity(result),
        body=f"{result.name} is {result.status}" + (f": {result.reason}" if result.reason else ""),
    )


def _severity(result: Result) -> str:
    if result.status is Status.HEALTHY:
        return "info"
    return "error" if result.status is Status.UNHEALTHY and result.critical else "warning"
