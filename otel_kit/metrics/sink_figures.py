"""What the sinks beside OTLP wrote and lost, and the log file's rotation, as metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from otel_kit import semconv
from otel_kit.logs.sinks.files.status import RotationStatus
from otel_kit.pipeline.sink_seams import SinkAccount


def observe_sinks(
    meter: Meter, accounts: Callable[[], Mapping[str, SinkAccount]], rotation: Callable[[], RotationStatus | None]
) -> None:
    """Register the figures; both functions are asked at each collection, because the kit may be started again."""

    def written(_: CallbackOptions) -> Iterable[Observation]:
        for name, account in accounts().items():
            yield Observation(account.written, {semconv.SINK: name})

    def dropped(_: CallbackOptions) -> Iterable[Observation]:
        for name, account in accounts().items():
            for reason, count in account.dropped.items():
                yield Observation(count, {semconv.SINK: name, semconv.DROP_REASON: reason})

    def size(_: CallbackOptions) -> Iterable[Observation]:
        status = rotation()
        if status is not None:
            yield Observation(status.size)

    def rotations(_: CallbackOptions) -> Iterable[Observation]:
        status = rotation()
        if status is not None:
            yield Observation(status.rotations)

    meter.create_observable_counter(
        semconv.SINK_WRITTEN, [written], unit="{record}", description="Records that a sink beside OTLP has written."
    )
    meter.create_observable_counter(
        semconv.SINK_DROPPED, [dropped], unit="{record}", description="Records that a sink gave up, by reason."
    )
    meter.create_observable_up_down_counter(
        semconv.LOG_FILE_SIZE, [size], unit="By", description="Size of the log file that is written now."
    )
    meter.create_observable_counter(
        semconv.LOG_FILE_ROTATIONS, [rotations], unit="{rotation}", description="Rotations of the log file."
    )
