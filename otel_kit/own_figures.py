"""The figures that the kit gathers by itself: of process and host, the pipeline, redaction, logs and sinks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from otel_kit import semconv
from otel_kit.metrics.log_figures import observe_logs
from otel_kit.metrics.machine import observe_host, observe_process
from otel_kit.metrics.pipeline_figures import Sources, observe_pipeline, observe_redaction
from otel_kit.metrics.sink_figures import observe_sinks
from otel_kit.providers import Telemetry
from otel_kit.version import __version__


def observe_all(
    meter_provider: Any,
    running: Callable[[], Telemetry],
    reloads: Callable[[], Mapping[str, int]],
    cut: Callable[[], Mapping[tuple[str, str], int]],
) -> None:
    """Register all of them, for the life of the process: instruments cannot be taken back.

    ``running`` is asked at each collection, because the kit may have been started again.
    """
    meter = meter_provider.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)

    def count_fault(place: str, error: BaseException) -> None:
        running().faults.count(place, error)

    if running().settings.machine_metrics:
        observe_process(meter, count_fault)
        observe_host(meter, count_fault, lambda: running().instance.leads)
    sources = Sources(
        ledgers=lambda: tuple(running().ledgers.values()),
        queue_bytes=lambda signal: running().lanes[signal].queue_bytes(),
        counts=lambda: running().counts.totals(),
        faults=lambda: running().faults.totals(),
        reloads=reloads,
        cut=cut,
    )
    observe_pipeline(meter, sources)
    observe_redaction(meter, sources)
    observe_logs(meter)
    observe_sinks(meter, lambda: running().sinks.accounts(), lambda: running().rotation_status())
