"""Every variable of the stack, one row each: `.env`, the table of the docs and tests are made of this.

``OTELCOL_*`` are the Collector's, ``STACK_*`` everybody else's; not ``OTEL_KIT_*``, because the SDK refuses names of
that kind that it does not know, and both often live in one environment. The defaults are those that stand in the files,
made for the network of docker-compose.yml; a native run sets addresses and paths itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PREFIXES: Final = ("OTELCOL_", "STACK_")


@dataclass(frozen=True, slots=True)
class Variable:
    """One row. ``default`` None: there is none; with ``required`` too, what uses it does not start without a value.

    ``fixed``: docker-compose.yml sets it, or it has to be what the containers' mounts and health checks count on.
    Such a one is for a native run or a Collector of one's own, and has no place in the `.env` of containers.
    """

    name: str
    default: str | None
    sentence: str
    group: str
    secret: bool = False
    required: bool = False
    fixed: bool = False


INGEST: Final = "Ingest: what the Collector accepts"
DESTINATIONS: Final = "Destinations of the Collector"
OVERLAYS: Final = "Overlays: further sources and destinations, docs/overlays.md"
RETENTION: Final = "Retention"
BACKENDS: Final = "Addresses and folders of the backends"
NOTIFICATIONS: Final = "Notifications"
CONTAINERS: Final = "Containers: who runs them, where they are published, what they may use"


def _container(name: str, title: str, cpus: str, memory: str, soft: str) -> tuple[Variable, ...]:
    """Return the rows of one container's limits."""
    prefix = f"STACK_{name.upper()}"
    return (
        Variable(f"{prefix}_CPUS", cpus, f"Processors that {title} may use.", CONTAINERS),
        Variable(f"{prefix}_MEMORY", memory, f"Memory above which {title} is killed.", CONTAINERS),
        Variable(f"{prefix}_GOMEMLIMIT", soft,
                 f"Memory from which on {title} collects garbage harder: 80 % of the other.", CONTAINERS),
    )  # fmt: skip


def _backend(name: str, title: str, http_port: str, grpc_port: str | None, data: str) -> tuple[Variable, ...]:
    """Return the rows that every backend has."""
    prefix = f"STACK_{name.upper()}"
    grpc = () if grpc_port is None else (
        Variable(f"{prefix}_GRPC_PORT", grpc_port, f"Port of {title} for its own parts.", BACKENDS, fixed=True),
    )  # fmt: skip
    return (
        Variable(f"{prefix}_HOST", name, f"Host name under which the others reach {title}.", BACKENDS, fixed=True),
        Variable(f"{prefix}_HTTP_PORT", http_port, f"Port of {title} for queries and health.", BACKENDS, fixed=True),
        *grpc,
        Variable(f"{prefix}_DATA", data, f"Folder with the data of {title}.", BACKENDS, fixed=True),
    )


VARIABLES: Final = (
    Variable("OTELCOL_KEYS_FILE", None,
             "File with the ingest keys, written by `otel-kit keys`.", INGEST, required=True, fixed=True),
    Variable("OTELCOL_STATE_DIR", "/var/lib/otelcol",
             "Folder of the queues: what is accepted and not yet delivered.", INGEST, fixed=True),
    Variable("OTELCOL_GRPC_ENDPOINT", "127.0.0.1:4317", "Where OTLP over gRPC is taken.", INGEST, fixed=True),
    Variable("OTELCOL_HTTP_ENDPOINT", "127.0.0.1:4318", "Where OTLP over HTTP is taken.", INGEST, fixed=True),
    Variable("OTELCOL_HEALTH_ENDPOINT", "127.0.0.1:13133", "Answers 200 while the process is up.", INGEST, fixed=True),
    Variable("OTELCOL_METRICS_HOST", "127.0.0.1",
             "Address on which the Collector's own metrics are served.", INGEST, fixed=True),
    Variable("OTELCOL_METRICS_PORT", "8888", "Port of the Collector's own metrics.", INGEST, fixed=True),
    Variable("OTELCOL_MEMORY_LIMIT_MIB", "512", "Above it data is refused and the sender tries again.", INGEST),
    Variable("OTELCOL_MEMORY_SPIKE_MIB", "128", "How much of that is kept free for one burst.", INGEST),
    Variable("OTELCOL_TLS_CERT_FILE", None,
             "Certificate of the ingest (overlays tls, mtls).", INGEST, required=True, fixed=True),
    Variable("OTELCOL_TLS_KEY_FILE", None, "Private key of that certificate.", INGEST, required=True, fixed=True),
    Variable("OTELCOL_TLS_CLIENT_CA_FILE", None,
             "CA whose client certificates are let in (overlay mtls); an absolute path.", INGEST, required=True,
             fixed=True),

    Variable("OTELCOL_GATEWAY_ENDPOINT", None,
             "Base address of the gateway that an agent ships to.", DESTINATIONS, required=True, fixed=True),
    Variable("OTELCOL_GATEWAY_KEY_FILE", None,
             "File with the line `Authorization: Bearer otk_...`, the agent's key.", DESTINATIONS, required=True,
             fixed=True),
    Variable("OTELCOL_GATEWAY_CA_FILE", "",
             "CA of the gateway's certificate; empty: those of the system.", DESTINATIONS, fixed=True),
    Variable("OTELCOL_GATEWAY_CERT_FILE", "",
             "Agent's certificate, for a gateway with mtls.", DESTINATIONS, fixed=True),
    Variable("OTELCOL_GATEWAY_CERT_KEY_FILE", "", "Private key of that certificate.", DESTINATIONS, fixed=True),
    Variable("OTELCOL_LOKI_ENDPOINT", None,
             "Base address of Loki, `/v1/logs` is added.", DESTINATIONS, required=True, fixed=True),
    Variable("OTELCOL_LOKI_TENANT", "main", "Tenant in Loki (`X-Scope-OrgID`).", DESTINATIONS),
    Variable("OTELCOL_PROMETHEUS_ENDPOINT", None,
             "Base address of Prometheus, `/v1/metrics` is added.", DESTINATIONS, required=True, fixed=True),
    Variable("OTELCOL_TEMPO_ENDPOINT", None, "Host and port of Tempo, gRPC.", DESTINATIONS, required=True, fixed=True),
    Variable("OTELCOL_TEMPO_INSECURE", "false", "`true`: to Tempo without TLS.", DESTINATIONS, fixed=True),
    Variable("OTELCOL_ARCHIVE_DIR", "/var/lib/otelcol/archive",
             "Folder of the archive of audit and security events.", DESTINATIONS, fixed=True),
    Variable("OTELCOL_ARCHIVE_FILE_MB", "100", "Size at which a file of the archive is closed.", DESTINATIONS),
    Variable("OTELCOL_ARCHIVE_DAYS", "1095", "Days that a file of the archive is kept.", RETENTION),
    Variable("OTELCOL_QUEUE_LOGS", "1073741824",
             "Bytes of log records that wait on disk for Loki; each of the four: at most 1 GiB.", DESTINATIONS),
    Variable("OTELCOL_QUEUE_AUDIT", "268435456",
             "Bytes of audit and security events that wait on disk for Loki.", DESTINATIONS),
    Variable("OTELCOL_QUEUE_METRICS", "1073741824",
             "Bytes of metrics that wait on disk for Prometheus.", DESTINATIONS),
    Variable("OTELCOL_QUEUE_TRACES", "1073741824", "Bytes of traces that wait on disk for Tempo.", DESTINATIONS),

    Variable("STACK_LATE_DATA", "168h", "How old a metric may be when it arrives, after an outage.", RETENTION),
    Variable("OTELCOL_SAMPLING_PERCENT", "25",
             "Share of the traces without error that are kept (overlay tail_sampling).", OVERLAYS),
    Variable("OTELCOL_SAMPLING_SLOW_MS", "1000", "Traces that took longer are all kept.", OVERLAYS),
    Variable("OTELCOL_SAMPLING_WAIT", "10s", "How long a trace is waited for before the decision.", OVERLAYS),
    Variable("OTELCOL_SAMPLING_TRACES", "50000", "Traces that wait in memory at once.", OVERLAYS),
    Variable("OTELCOL_SPAN_METRICS_INTERVAL", "15s",
             "How often span metrics are sent (overlay span_metrics).", OVERLAYS),
    Variable("OTELCOL_HOST_NAME", None,
             "What dashboards call the machine (overlay host_metrics).", OVERLAYS, required=True),
    Variable("OTELCOL_HOST_ROOT", "/",
             "Where the machine's file system is mounted in the container.", OVERLAYS, fixed=True),
    Variable("OTELCOL_HOST_METRICS_INTERVAL", "15s", "How often the machine is measured.", OVERLAYS),
    Variable("OTELCOL_CONTAINER_LOGS", "[/var/lib/docker/containers/*/*-json.log*]",
             "The files of the containers, a YAML list (overlay container_logs).", OVERLAYS),
    Variable("OTELCOL_SYSLOG_UDP_ENDPOINT", "127.0.0.1:5514", "Where syslog over UDP is taken.", OVERLAYS, fixed=True),
    Variable("OTELCOL_SYSLOG_TCP_ENDPOINT", "127.0.0.1:5514", "Where syslog over TCP is taken.", OVERLAYS, fixed=True),
    Variable("OTELCOL_SYSLOG_OCTET_COUNTING", "false",
             "`true`: over TCP each message has its length before it (RFC 6587).", OVERLAYS),
    Variable("OTELCOL_SYSLOG_TIMEZONE", "UTC", "Time zone of senders of RFC 3164.", OVERLAYS),
    Variable("OTELCOL_HTTP_CHECK_URLS", None,
             "Addresses that are asked, with commas (overlay http_check).", OVERLAYS, required=True),
    Variable("OTELCOL_HTTP_CHECK_INTERVAL", "30s", "How often they are asked.", OVERLAYS),
    Variable("OTELCOL_OTLP_ENDPOINT", None,
             "Base address of the vendor, `/v1/logs` is added (overlay otlp).", OVERLAYS, required=True),
    Variable("OTELCOL_OTLP_HEADERS", None,
             "Headers for the vendor, a YAML map; {} for none.", OVERLAYS, secret=True, required=True),
    Variable("OTELCOL_OTLP_COMPRESSION", "gzip", "`gzip`, `zstd` or `none`.", OVERLAYS),
    Variable("OTELCOL_OTLP_TRACES", "true", "`false`: the vendor gets no traces.", OVERLAYS),
    Variable("OTELCOL_OTLP_LOGS", "true", "`false`: the vendor gets no logs.", OVERLAYS),
    Variable("OTELCOL_OTLP_METRICS", "true", "`false`: the vendor gets no metrics.", OVERLAYS),
    Variable("OTELCOL_KAFKA_BROKERS", None,
             "host:port of the brokers, with commas (overlay kafka).", OVERLAYS, required=True),
    Variable("OTELCOL_KAFKA_USERNAME", None, "Name at the brokers.", OVERLAYS, required=True),
    Variable("OTELCOL_KAFKA_PASSWORD", None, "Password at the brokers.", OVERLAYS, secret=True, required=True),
    Variable("OTELCOL_KAFKA_MECHANISM", "SCRAM-SHA-512", "`SCRAM-SHA-512`, `SCRAM-SHA-256` or `PLAIN`.", OVERLAYS),
    Variable("OTELCOL_KAFKA_CA_FILE", "", "CA of the brokers; empty: those of the system.", OVERLAYS),
    Variable("OTELCOL_KAFKA_INSECURE", "false", "`true`: to the brokers without TLS.", OVERLAYS),
    Variable("OTELCOL_KAFKA_TOPIC_TRACES", "otlp_spans", "Topic of traces.", OVERLAYS),
    Variable("OTELCOL_KAFKA_TOPIC_LOGS", "otlp_logs", "Topic of logs.", OVERLAYS),
    Variable("OTELCOL_KAFKA_TOPIC_METRICS", "otlp_metrics", "Topic of metrics.", OVERLAYS),
    Variable("OTELCOL_AZURE_CONNECTION_STRING", None,
             "Of the Application Insights resource (overlay azure_monitor).", OVERLAYS, secret=True, required=True),
    Variable("OTELCOL_DATADOG_API_KEY", None, "API key (overlay datadog).", OVERLAYS, secret=True, required=True),
    Variable("OTELCOL_DATADOG_SITE", "datadoghq.com", "Site of the account.", OVERLAYS),

    Variable("STACK_RETENTION_DEBUG", "72h", "Log records of the tier `debug`.", RETENTION),
    Variable("STACK_RETENTION_DEFAULT", "720h", "Log records without a tier of their own.", RETENTION),
    Variable("STACK_RETENTION_SECURITY", "8760h", "Security events.", RETENTION),
    Variable("STACK_RETENTION_AUDIT", "8760h", "Audit events.", RETENTION),
    Variable("STACK_RETENTION_INTERACTION", "720h", "What people said to a model, and its answers.", RETENTION),
    Variable("STACK_RETENTION_ANONYMISED", "17520h", "Log records that were made anonymous.", RETENTION),
    Variable("STACK_RETENTION_TRACES", "336h", "Traces.", RETENTION),
    Variable("STACK_RETENTION_METRICS", "30d", "Metrics.", RETENTION),
    Variable("STACK_RETENTION_METRICS_SIZE", "20GB", "Metrics, by size: whichever is reached first.", RETENTION),
    Variable("STACK_RETENTION_USAGE", "400d", "Recorded series of usage, objectives and capacity.", RETENTION),

    Variable("STACK_LISTEN", "0.0.0.0",  # noqa: S104 - within a network of containers
             "Address on which the backends listen, within their network.", BACKENDS, fixed=True),
    *_backend("loki", "Loki", "3100", "9095", "/loki"),
    Variable("STACK_LOKI_RULES", "/etc/loki/rules",
             "Folder of Loki's alert rules, one folder a tenant.", BACKENDS, fixed=True),
    Variable("STACK_LOKI_RATE_MB", "32", "MB a second that Loki takes; above it the Collector waits.", BACKENDS),
    Variable("STACK_LOKI_DELETE_CANCEL_PERIOD", "24h",
             "How long a request to delete log records can be taken back.", RETENTION),
    *_backend("tempo", "Tempo", "3200", "9095", "/var/tempo"),
    Variable("STACK_TEMPO_OTLP_ENDPOINT", "0.0.0.0:4317",
             "Where Tempo takes traces, within its network.", BACKENDS, fixed=True),
    Variable("STACK_TEMPO_TRACE_IDLE", "1s", "How long after its last span a trace is on disk and found.", BACKENDS),
    Variable("STACK_TEMPO_MAX_ATTRIBUTE_BYTES", "131072", "Longer attributes of spans are cut: prompts.", BACKENDS),
    Variable("STACK_TEMPO_MAX_BYTES_PER_TRACE", "50000000", "What is beyond it of one trace is lost.", BACKENDS),
    Variable("STACK_TEMPO_BYTES_PER_SECOND", "30000000", "Above it the Collector waits.", BACKENDS),
    Variable("STACK_TEMPO_BURST_BYTES", "60000000", "How much of it may come at once.", BACKENDS),
    Variable("STACK_TEMPO_METRICS_INTERVAL", "15s", "How often Tempo writes span metrics to Prometheus.", BACKENDS),
    Variable("STACK_TEMPO_GENERATOR_PROCESSORS", "[service-graphs, span-metrics, local-blocks]",
             "What Tempo makes of spans; `[local-blocks]` with the overlay span_metrics.", BACKENDS),
    *_backend("prometheus", "Prometheus", "9090", None, "/prometheus"),
    Variable("STACK_SCRAPE_INTERVAL", "15s", "How often Prometheus reads the parts of the stack.", BACKENDS),
    Variable("STACK_SCRAPE_TIMEOUT", "10s", "How long it waits for one of them.", BACKENDS),
    Variable("STACK_EVALUATION_INTERVAL", "1m", "How often usage, objectives and capacity are recorded.", BACKENDS),
    *_backend("usage", "the Prometheus of recorded series", "9090", None, "/prometheus"),
    *_backend("alertmanager", "Alertmanager", "9093", None, "/alertmanager"),
    Variable("STACK_COLLECTOR_HOST", "collector",
             "Host name under which Prometheus reads the Collector's metrics.", BACKENDS, fixed=True),
    Variable("STACK_LOKI_CONFIG", "/etc/loki/loki.yaml", "Configuration file of Loki.", BACKENDS, fixed=True),
    Variable("STACK_TEMPO_CONFIG", "/etc/tempo/tempo.yaml", "Configuration file of Tempo.", BACKENDS, fixed=True),
    Variable("STACK_PROMETHEUS_CONFIG", "/etc/prometheus/prometheus.yml",
             "Configuration file of Prometheus.", BACKENDS, fixed=True),
    Variable("STACK_USAGE_CONFIG", "/etc/prometheus/usage.yml",
             "Configuration file of the Prometheus of recorded series.", BACKENDS, fixed=True),
    Variable("STACK_ALERTMANAGER_CONFIG", "/etc/alertmanager/alertmanager.yml",
             "Configuration file of Alertmanager.", BACKENDS, fixed=True),

    Variable("STACK_ALERT_ENGINE", "prometheus",
             "Who evaluates alerts and notifies: `prometheus` (with Loki, Alertmanager) or `grafana`.", NOTIFICATIONS),
    Variable("STACK_ALERTING_FILE", None,
             "File with thresholds, objectives, changes of alerts; else otel-kit.yaml has them.", NOTIFICATIONS),
    Variable("STACK_GRAFANA_URL", "http://127.0.0.1:3000", "Address of Grafana in the links of alerts.", NOTIFICATIONS),
    Variable("STACK_RUNBOOKS_URL", "http://127.0.0.1:3000/public/runbooks",
             "Address of the folder of runbooks in the links of alerts.", NOTIFICATIONS),
    Variable("STACK_ALERT_SECRETS", "/run/secrets/alerts",
             "Folder of Alertmanager's secrets: NAME.webhook, NAME.slack, NAME.email.", NOTIFICATIONS, fixed=True),
    Variable("STACK_ALERT_SMTP_HOST", None, "Mail server, `mail.example.com:587`.", NOTIFICATIONS),
    Variable("STACK_ALERT_SMTP_FROM", None, "Address that e-mails come from.", NOTIFICATIONS),
    Variable("STACK_ALERT_SMTP_USER", None, "User there; the password is in the file smtp.password.", NOTIFICATIONS),
    Variable("STACK_ALERT_SMTP_TLS", "true", "`false`: the mail server may go without TLS.", NOTIFICATIONS),
    Variable("STACK_ALERT_GROUP_WAIT", "30s", "How long a new alert waits for more of its group.", NOTIFICATIONS),
    Variable("STACK_ALERT_GROUP_INTERVAL", "5m", "How long changes of a group are collected.", NOTIFICATIONS),
    Variable("STACK_ALERT_REPEAT", "4h", "When an alert that goes on is told again.", NOTIFICATIONS),
    Variable("STACK_ALERT_REPEAT_CRITICAL", "1h", "The same for critical ones.", NOTIFICATIONS),
    Variable("STACK_ALERT_WATCHDOG_INTERVAL", "1m", "How often the watchdog is sent.", NOTIFICATIONS),
    Variable("STACK_ALERT_QUIET_TIMES", None, "When warnings wait: `22:00-06:00,12:00-13:00`.", NOTIFICATIONS),
    Variable("STACK_ALERT_QUIET_DAYS", None, "Days on which they wait: `saturday,sunday`.", NOTIFICATIONS),
    Variable("STACK_ALERT_TIME_ZONE", "UTC", "Time zone of both, `Europe/Zurich`.", NOTIFICATIONS),
    Variable("STACK_ALERT_HISTORY_URL", None,
             "Where each notification is written down: the Collector with the overlay notifications.", NOTIFICATIONS),
    Variable("OTELCOL_NOTIFICATIONS_ENDPOINT", "127.0.0.1:4319",
             "Where the overlay notifications takes what Alertmanager sends.", NOTIFICATIONS, fixed=True),

    Variable("OTELCOL_OVERLAYS", "tls lgtm archive notifications",
             "Names of the overlays of the Collector (collector/overlays); then run `otel-kit stack init` again.",
             CONTAINERS),
    Variable("STACK_UID", None, "User of all containers: the owner of the secrets.", CONTAINERS, required=True),
    Variable("STACK_GID", None, "Group of all containers.", CONTAINERS, required=True),
    Variable("STACK_PUBLISH_ADDRESS", "127.0.0.1",
             "Address of this machine for 3000, 4317 and 4318; then run `otel-kit stack init` again.", CONTAINERS),
    Variable("STACK_HOST_NAMES", None,
             "More names of this machine, for the certificate; then run `otel-kit stack init` again.", CONTAINERS),
    Variable("STACK_COLLECTOR_IMAGE", "own",
             "`own`: built from collector/; `stock`: the upstream image; then run `otel-kit stack init` again.",
             CONTAINERS),
    *_container("collector", "the Collector", "2", "1g", "800MiB"),
    *_container("agent", "the agent", "1", "512m", "400MiB"),
    *_container("loki", "Loki", "2", "2g", "1600MiB"),
    *_container("tempo", "Tempo", "2", "2g", "1600MiB"),
    *_container("prometheus", "Prometheus", "2", "2g", "1600MiB"),
    *_container("usage", "the Prometheus of recorded series", "0.5", "512m", "400MiB"),
    *_container("alertmanager", "Alertmanager", "0.5", "256m", "200MiB"),
    *_container("grafana", "Grafana", "1", "512m", "400MiB"),
)  # fmt: skip


def by_name() -> dict[str, Variable]:
    """Return the rows by their names."""
    return {row.name: row for row in VARIABLES}


def defaults() -> dict[str, str]:
    """Return the defaults of all variables that have one."""
    return {row.name: row.default for row in VARIABLES if row.default is not None}
