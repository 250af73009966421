"""How many log records there were and how many were left out at the source, as metrics."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from otel_kit import semconv
from otel_kit.logs.left_out import left_out
from otel_kit.logs.volume import volume


def observe_logs(meter: Meter) -> None:
    """Register the figures of log volume and of what sampling and rate limits left out."""

    def records(_: CallbackOptions) -> Iterable[Observation]:
        for (name, severity), count in volume.totals().items():
            yield Observation(count, {semconv.LOGGER_NAME: name, semconv.LOG_SEVERITY: severity})

    def suppressed(_: CallbackOptions) -> Iterable[Observation]:
        for (name, reason), count in left_out.totals().items():
            yield Observation(count, {semconv.LOGGER_NAME: name, semconv.LOG_SUPPRESSED_REASON: reason})

    meter.create_observable_counter(
        semconv.LOG_RECORDS, [records], unit="{record}", description="Log records that pass the levels of the export."
    )
    meter.create_observable_counter(
        semconv.LOG_SUPPRESSED,
        [suppressed],
        unit="{record}",
        description="Log records that sampling or a rate limit left out.",
    )
