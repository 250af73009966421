"""Settings and policy become lanes and the three providers; nothing here is global."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, ConsoleLogRecordExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from otel_kit import semconv
from otel_kit.context import bound
from otel_kit.ids import OwnIdGenerator
from otel_kit.logs.sinks.build import LogSinks, build_sinks
from otel_kit.logs.sinks.files.status import RotationStatus
from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.endpoint import Endpoint, resolve
from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.guard import Behind, LogGuard, SpanGuard, encode_logs, encode_spans
from otel_kit.pipeline.guarded_spans import GuardedTracerProvider
from otel_kit.pipeline.ledger import Ledger
from otel_kit.pipeline.limits import attribute_limits, log_limits, span_limits
from otel_kit.pipeline.metric_reader import GuardedMeterProvider, KitMetricReader
from otel_kit.pipeline.outage import Outage
from otel_kit.pipeline.queue import MemoryQueue
from otel_kit.pipeline.redaction_counts import RedactionCounts
from otel_kit.pipeline.senders import build_sender
from otel_kit.pipeline.series_guard import SeriesLimits
from otel_kit.pipeline.sink_worker import Redact, SinkWorker
from otel_kit.pipeline.sinks import NO_SINKS, Sinks
from otel_kit.pipeline.worker import MAX_REQUEST_BYTES, Worker, WorkerOptions
from otel_kit.redaction.redactor import Redactor
from otel_kit.resource import InstanceId, build_resource
from otel_kit.settings import SIGNALS, Loaded, Settings, Signal, state_dir


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What one start of the kit built: the lanes and what they share."""

    settings: Settings
    resource: Resource
    encoder: Encoder
    counts: RedactionCounts
    faults: Faults
    instance: InstanceId
    owned: Mapping[Signal, bool]
    endpoints: Mapping[Signal, Endpoint]
    ledgers: Mapping[Signal, Ledger]
    lanes: Mapping[Signal, Worker[Any]]
    reader: KitMetricReader | None
    log_sinks: LogSinks
    sinks: Sinks

    def redactor(self) -> Redactor:
        """Return the redactor in force; a reload replaces it."""
        return self.encoder.redactor

    def behind(self, signal: Signal) -> Behind:
        """Return what the Guard of ``signal`` works with."""
        sinks = self.sinks if signal == "logs" else NO_SINKS
        return Behind(self.encoder, self.lanes.get(signal), self.faults, self.owned[signal], sinks)

    def rotation_status(self) -> RotationStatus | None:
        """Return how the log file is; None when there is none. Blocks on the disk."""
        return None if self.log_sinks.file is None else self.log_sinks.file.status()

    def after_fork(self) -> None:
        """Start over in a forked child, in the order in which one part needs another."""
        self.faults.after_fork()
        self.counts.after_fork()
        self.instance.after_fork()
        self.instance.current()  # now: later, the slot of a sibling that has died meanwhile would be free
        self.encoder.after_fork()
        for lane in self.lanes.values():
            lane.after_fork()
        self.sinks.after_fork()
        if self.reader is not None:
            self.reader.after_fork()


@dataclass(frozen=True, slots=True)
class Providers:
    """The kit's own providers, built once per process: OpenTelemetry's globals can be set only once."""

    tracer_provider: TracerProvider
    logger_provider: LoggerProvider
    meter_provider: GuardedMeterProvider
    span_guard: SpanGuard
    log_guard: LogGuard

    def rebind(self, telemetry: Telemetry) -> None:
        """Put what ``telemetry`` built behind the Guards."""
        self.span_guard.behind = telemetry.behind("traces")
        self.log_guard.behind = telemetry.behind("logs")
        owned = telemetry.owned["metrics"]
        self.meter_provider.rebind(
            lambda data: telemetry.encoder.metrics_copy(data, owned),
            telemetry.faults,
            series_limits(telemetry.settings),
        )

    def unbind(self, telemetry: Telemetry) -> None:
        """Take the lanes away: what comes now is redacted for others and sent nowhere by the kit."""
        for guard, signal in ((self.span_guard, "traces"), (self.log_guard, "logs")):
            guard.behind = Behind(telemetry.encoder, None, telemetry.faults, telemetry.owned[signal])  # type: ignore[index]


def build_telemetry(loaded: Loaded, redactor: Redactor, owned: Mapping[Signal, bool]) -> Telemetry:
    """Build lanes for the signals that go out by OTLP. Opens no connection, starts no thread.

    Raises:
        ConfigError, MissingExtra: an endpoint's protocol or certificates cannot be used.
    """
    settings = loaded.settings
    resource = build_resource(loaded)
    counts, faults = RedactionCounts(), Faults()
    service = str(resource.attributes["service.name"])
    given = (settings.resource_attributes or {}).get(semconv.SERVICE_INSTANCE_ID)
    instance = InstanceId(state_dir(settings.state_dir), service, given)
    encoder = Encoder(redactor, counts, instance.current, resource, attribute_limits())
    endpoints = {signal: resolve(settings, signal) for signal in SIGNALS}
    sent: list[Signal] = [signal for signal in SIGNALS if "otlp" in settings.exporters(signal)]
    ledgers = {signal: Ledger(signal) for signal in sent}
    encode: dict[Signal, Any] = {
        "traces": encode_spans(encoder, owned["traces"]),
        "logs": encode_logs(encoder, owned["logs"]),
        "metrics": _encoded_already,
    }
    outages = {endpoint.server: Outage(endpoint.server) for endpoint in endpoints.values()}
    lanes = {
        signal: Worker(
            ledgers[signal],
            encode[signal],
            MemoryQueue(settings.queue_bytes, settings.queue_items),
            build_sender(endpoints[signal]),
            _options(settings, signal, endpoints[signal]),
            outages[endpoints[signal].server],
        )
        for signal in sent
    }
    reader = None
    if "metrics" in lanes:
        interval_s = max(settings.metrics_interval_s, 0.01)
        reader = KitMetricReader(
            encoder,
            lanes["metrics"],
            interval_s,
            faults,
            owned=owned["metrics"],
            temporality=settings.temporality,
            histogram=settings.histogram,
        )
    log_sinks = build_sinks(settings)
    sinks = _workers(settings, log_sinks, lambda record: encoder.log_copy(record, owned["logs"]), faults)
    return Telemetry(
        settings,
        resource,
        encoder,
        counts,
        faults,
        instance,
        owned,
        endpoints,
        ledgers,
        lanes,
        reader,
        log_sinks,
        sinks,
    )


def build_providers(telemetry: Telemetry) -> Providers:
    """Build the three providers around the Guards, with one resource, and what else the settings name behind them."""
    settings = telemetry.settings
    span_guard = SpanGuard(telemetry.behind("traces"), bound)
    log_guard = LogGuard(telemetry.behind("logs"), bound)
    limits = attribute_limits()
    owned = telemetry.owned["metrics"]
    meter_provider = GuardedMeterProvider(
        telemetry.resource,
        lambda data: telemetry.encoder.metrics_copy(data, owned),
        telemetry.faults,
        series_limits(settings),
    )
    tracer_provider = GuardedTracerProvider(
        resource=telemetry.resource,
        shutdown_on_exit=False,
        active_span_processor=span_guard,
        span_limits=span_limits(limits),
        id_generator=OwnIdGenerator(),
        meter_provider=meter_provider,
    )
    logger_provider = LoggerProvider(
        resource=telemetry.resource,
        shutdown_on_exit=False,
        multi_log_record_processor=log_guard,
        log_record_limits=log_limits(limits),
        meter_provider=meter_provider,
    )
    if "console" in settings.exporters("traces"):
        tracer_provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    if "console" in settings.exporters("logs"):
        logger_provider.add_log_record_processor(BatchLogRecordProcessor(ConsoleLogRecordExporter()))
    if "console" in settings.exporters("metrics"):
        interval_ms = settings.metrics_interval_s * 1000
        meter_provider.add_metric_reader(PeriodicExportingMetricReader(ConsoleMetricExporter(), interval_ms))
    return Providers(tracer_provider, logger_provider, meter_provider, span_guard, log_guard)


def series_limits(settings: Settings) -> SeriesLimits:
    """Return how many series the settings allow an instrument."""
    return SeriesLimits(settings.metrics.attribute_values, settings.metrics.client_values)


def _workers(settings: Settings, log_sinks: LogSinks, redact: Redact, faults: Faults) -> Sinks:
    off = () if log_sinks.console.is_on else (log_sinks.console.name,)
    return Sinks([SinkWorker(sink, redact, settings.queue_items, faults.count) for sink in log_sinks.all()], off)


def _options(settings: Settings, signal: Signal, endpoint: Endpoint) -> WorkerOptions:
    delays: dict[Signal, float] = {"traces": settings.traces_delay_s, "logs": settings.logs_delay_s, "metrics": 1.0}
    return WorkerOptions(
        delay_s=max(delays[signal], 0.01),
        batch_items=settings.batch_items,
        intake_items=settings.queue_items,
        part_bytes=min(MAX_REQUEST_BYTES, max(settings.queue_bytes // 8, 1)),
        part_items=max(settings.queue_items // 4, 1),
        request_timeout_s=endpoint.timeout_s,
    )


def _encoded_already(batch: Any) -> Any:
    """Metrics are put into their lane as bytes: its intake stays empty."""
    return [], len(batch)
