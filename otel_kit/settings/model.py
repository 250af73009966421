"""The table of settings: each field is one row, with default, variables, meaning and whether a reload reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from otel_kit.settings.event_options import AlertOptions, EventOptions, LlmOptions
from otel_kit.settings.health_options import HealthOptions
from otel_kit.settings.kinds import (
    BOOLEAN,
    COUNT,
    DURATION,
    ITEMS,
    MILLISECONDS,
    NAME,
    PAIRS,
    PATTERNS,
    SIZE,
    TEXT,
    TRUST,
    URL,
    choice,
    choices,
)
from otel_kit.settings.log_kinds import LEVEL
from otel_kit.settings.log_options import LogOptions
from otel_kit.settings.metric_options import MetricOptions
from otel_kit.settings.option import Variable, group, option

Signal = Literal["traces", "metrics", "logs"]
SIGNALS: tuple[Signal, ...] = ("traces", "metrics", "logs")

_EXPORTERS = choices("otlp", "console", "none")
_METRICS_EXPORTERS = choices("otlp", "prometheus", "console", "none")
_DEFAULT_EXCLUDED = (r"^[^?]*://[^/?]*/(livez|readyz|healthz?|metrics)/?(\?|$)",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where a signal goes and how. A value of None falls back to the general group."""

    endpoint: str | None = option("endpoint", URL, None, "OTLP endpoint.", standard=("OTEL_EXPORTER_OTLP_{}ENDPOINT",))
    protocol: str | None = option(
        "protocol", choice("http/protobuf", "grpc"), None, "OTLP protocol.", standard=("OTEL_EXPORTER_OTLP_{}PROTOCOL",)
    )
    headers: dict[str, str] | None = option(
        "headers", PAIRS, None, "Headers of each request, such as the ingest key.",
        standard=("OTEL_EXPORTER_OTLP_{}HEADERS",), secret=True,
    )  # fmt: skip
    timeout_s: float | None = option(
        "timeout", DURATION, None, "Time for one request.",
        standard=(Variable("OTEL_EXPORTER_OTLP_{}TIMEOUT", MILLISECONDS),),
    )  # fmt: skip
    compression: str | None = option(
        "compression", choice("none", "gzip", "auto"), None, "auto: gzip unless the endpoint is on this machine.",
        standard=("OTEL_EXPORTER_OTLP_{}COMPRESSION",),
    )  # fmt: skip
    certificate: str | None = option(
        "certificate", TEXT, None, "File of the CA that signed the endpoint's certificate.",
        standard=("OTEL_EXPORTER_OTLP_{}CERTIFICATE",),
    )  # fmt: skip
    client_certificate: str | None = option(
        "client_certificate", TEXT, None, "Client certificate for mTLS.",
        standard=("OTEL_EXPORTER_OTLP_{}CLIENT_CERTIFICATE",),
    )  # fmt: skip
    client_key: str | None = option(
        "client_key", TEXT, None, "Key of the client certificate.", standard=("OTEL_EXPORTER_OTLP_{}CLIENT_KEY",)
    )
    insecure: bool | None = option(
        "insecure", BOOLEAN, None, "gRPC without TLS when the endpoint names no scheme.",
        standard=("OTEL_EXPORTER_OTLP_{}INSECURE",),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of the kit. Immutable; a reload builds a new one."""

    service_name: str = option(
        "service.name", NAME, "unknown_service", "Name of the service.", standard=("OTEL_SERVICE_NAME",)
    )
    service_version: str | None = option("service.version", NAME, None, "Version of the service.")
    service_namespace: str | None = option("service.namespace", NAME, None, "Group that the service belongs to.")
    environment: str | None = option("environment", NAME, None, "Deployment environment, such as production.")
    resource_attributes: dict[str, str] | None = option(
        "resource.attributes", PAIRS, None, "More attributes of the resource.", standard=("OTEL_RESOURCE_ATTRIBUTES",)
    )

    enabled: bool = option(
        "enabled", BOOLEAN, True, "false: init does nothing and costs nothing.",
        standard=(Variable("OTEL_SDK_DISABLED", inverted=True),),
    )  # fmt: skip
    strict: bool = option("strict", BOOLEAN, False, "true: faults at start-up are raised instead of logged.")

    traces_exporter: tuple[str, ...] = option(
        "traces.exporter", _EXPORTERS, ("otlp",), "Where spans go.", standard=("OTEL_TRACES_EXPORTER",)
    )
    metrics_exporter: tuple[str, ...] = option(
        "metrics.exporter", _METRICS_EXPORTERS, ("otlp",), "Where metrics go.", standard=("OTEL_METRICS_EXPORTER",)
    )
    logs_exporter: tuple[str, ...] = option(
        "logs.exporter", _EXPORTERS, ("otlp",), "Where log records go.", standard=("OTEL_LOGS_EXPORTER",)
    )

    export: Export = group("export", "", Export, doc="")
    export_traces: Export = group("export.traces", "TRACES_", Export, doc="For traces only.")
    export_metrics: Export = group("export.metrics", "METRICS_", Export, doc="For metrics only.")
    export_logs: Export = group("export.logs", "LOGS_", Export, doc="For logs only.")

    traces_delay_s: float = option(
        "pipeline.traces_delay", DURATION, 1.0, "Longest time a span waits for company.",
        standard=(Variable("OTEL_BSP_SCHEDULE_DELAY", MILLISECONDS),),
    )  # fmt: skip
    logs_delay_s: float = option(
        "pipeline.logs_delay", DURATION, 1.0, "Longest time a log record waits for company.",
        standard=(Variable("OTEL_BLRP_SCHEDULE_DELAY", MILLISECONDS),),
    )  # fmt: skip
    batch_items: int = option(
        "pipeline.batch_items", COUNT, 512, "Items in one request.",
        standard=("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"),
    )  # fmt: skip
    queue_items: int = option(
        "pipeline.queue_items", COUNT, 20_000, "Items of a signal that may wait; more are dropped and counted.",
        standard=("OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BLRP_MAX_QUEUE_SIZE"),
    )  # fmt: skip
    queue_bytes: int = option(
        "pipeline.queue_bytes", SIZE, 32 << 20, "Encoded bytes of a signal that may wait; more are dropped and counted."
    )
    metrics_interval_s: float = option(
        "metrics.interval", DURATION, 60.0, "Time between two collections.",
        standard=(Variable("OTEL_METRIC_EXPORT_INTERVAL", MILLISECONDS),),
    )  # fmt: skip
    temporality: str = option(
        "metrics.temporality", choice("cumulative", "delta", "lowmemory"), "cumulative",
        "Whether totals are sent since the start or since the last collection.",
        standard=("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",),
    )  # fmt: skip
    histogram: str = option(
        "metrics.histogram", choice("explicit_bucket_histogram", "base2_exponential_bucket_histogram"),
        "explicit_bucket_histogram", "How histograms are kept.",
        standard=("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",),
    )  # fmt: skip
    machine_metrics: bool = option("metrics.machine", BOOLEAN, True, "Collect figures of the process and the host.")
    exit_timeout_s: float = option("exit.timeout", DURATION, 2.0, "Time that process exit may take, all signals.")

    engine: str = option(
        "web.engine", choice("asgi", "contrib", "native"), "asgi",
        "Who measures web requests: the kit, opentelemetry-instrumentation-fastapi, or FastAPI itself.",
    )  # fmt: skip
    excluded_urls: tuple[str, ...] = option(
        "web.excluded_urls", PATTERNS, _DEFAULT_EXCLUDED,
        "Regular expressions; a request whose URL contains one leaves no span and no metric.",
        standard=("OTEL_PYTHON_FASTAPI_EXCLUDED_URLS", "OTEL_PYTHON_EXCLUDED_URLS"),
    )  # fmt: skip
    request_headers: tuple[str, ...] = option(
        "web.request_headers", ITEMS, (), "Request headers to record, redacted.",
        standard=("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST",),
    )  # fmt: skip
    response_headers: tuple[str, ...] = option(
        "web.response_headers", ITEMS, (), "Response headers to record, redacted.",
        standard=("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE",),
    )  # fmt: skip
    response_ids: tuple[str, ...] = option(
        "web.response_ids", choices("traceresponse", "server-timing", "x-request-id", "none"),
        ("traceresponse", "server-timing", "x-request-id"), "Headers that tell a response's trace and request ids.",
    )  # fmt: skip
    trust: str | tuple[str, ...] = option(
        "trust", TRUST, "private",
        "Whose trace context is continued: peers on private networks, nobody's, everybody's, or listed networks.",
    )  # fmt: skip
    allowed_baggage: tuple[str, ...] = option(
        "baggage.allow", ITEMS, (), "Names of baggage that may leave with requests to other services, redacted."
    )
    clients: tuple[str, ...] = option(
        "instrument.clients",
        choices("httpx", "sqlalchemy", "celery"),
        ("httpx", "sqlalchemy", "celery"),
        "Client libraries to instrument when they are installed.",
    )

    log_level: str = option(
        "logs.level", LEVEL, "info",
        "Lowest level of log records that are exported; error at most: errors are never left out.", reloadable=True,
    )  # fmt: skip
    foreign_handlers: str = option(
        "logs.foreign_handlers", choice("redact", "replace", "leave"), "redact",
        "What happens to log handlers that are not the kit's: their text is redacted, they are removed, or left alone.",
    )  # fmt: skip

    logs: LogOptions = group("logs", "", LogOptions, doc="")
    metrics: MetricOptions = group("metrics", "", MetricOptions, doc="")
    events: EventOptions = group("events", "", EventOptions, doc="")
    llm: LlmOptions = group("llm", "", LlmOptions, doc="")
    alerts: AlertOptions = group("alerts", "", AlertOptions, doc="")
    health: HealthOptions = group("health", "", HealthOptions, doc="")

    redaction: bool = option(
        "redaction.enabled", BOOLEAN, True, "false: raw data leaves the process. For tests with made-up data only."
    )
    redaction_engine: str = option(
        "redaction.engine", choice("auto", "stdlib", "hyperscan"), "auto",
        "auto: hyperscan if the extra `fast` is installed, else the standard library. What comes out is the same.",
    )  # fmt: skip
    policy_file: str | None = option("redaction.policy", TEXT, None, "File with your own redaction rules.")
    minimum_class: str | None = option(
        "redaction.minimum_class", choice("internal", "confidential", "restricted"), None,
        "Data class of attributes that the policy does not name, above what the policy says.",
    )  # fmt: skip
    policy_watch_s: float = option(
        "redaction.watch", DURATION, 2.0,
        "How often the files of policy and pseudonym keys are looked at for changes; 0: only kit.reload() reads them.",
    )  # fmt: skip
    pseudonym_keys_file: str | None = option(
        "redaction.pseudonym_keys", TEXT, None,
        "File with keys for pseudonyms, one id and secret a line, the first in force. Without it user ids are kept.",
    )  # fmt: skip

    state_dir: str | None = option("state.dir", TEXT, None, "Folder for state that outlives the process.")

    def exporters(self, signal: Signal) -> tuple[str, ...]:
        """Return where a signal goes; empty when nowhere."""
        chosen: tuple[str, ...] = getattr(self, f"{signal}_exporter")
        return () if "none" in chosen else chosen
