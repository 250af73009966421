"""What the value of each variable has to look like, so that a wrong one is named before a backend stops over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

_GO_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_GO_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_GO_DURATION: Final = re.compile(rf"(?:{_GO_PART.pattern})+", re.ASCII)
_PROMETHEUS_UNITS: Final = (31_536_000.0, 604_800.0, 86_400.0, 3600.0, 60.0, 1.0, 1e-3)
_PROMETHEUS_DURATION: Final = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?", re.ASCII
)
# Both count nanoseconds in 64 bits.
_LONGEST_S: Final = 9.2e9
_DAY_S: Final = 86_400.0
_GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of value: whether one is of it, and what is needed, in words."""

    name: str
    accepts: Callable[[str], bool]
    wanted: str


def kind_of(name: str) -> Kind:
    """Return the kind of a variable's value.

    Raises:
        KeyError: no part of the stack knows the variable.
    """
    return _KINDS[name]


def _go_seconds(text: str) -> float | None:
    """Return the seconds of a duration as Go reads it; *source:* time.ParseDuration."""
    if not _GO_DURATION.fullmatch(text):
        return None
    return sum(float(number) * _GO_UNITS[unit] for number, unit in _GO_PART.findall(text))


def _prometheus_seconds(text: str) -> float | None:
    """Return the seconds of a duration as Prometheus and Loki read it; *source:* model.ParseDuration."""
    match = _PROMETHEUS_DURATION.fullmatch(text)
    if match is None or not text:
        return None
    return sum(int(number or 0) * unit for number, unit in zip(match.groups(), _PROMETHEUS_UNITS, strict=True))


def _lasts(seconds: Callable[[str], float | None], at_least: float = 0.0) -> Callable[[str], bool]:
    def accepts(text: str) -> bool:
        found = seconds(text)
        return found is not None and 0 < found <= _LONGEST_S and found >= at_least

    return accepts


def _matches(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII | flags)
    return lambda text: compiled.fullmatch(text) is not None


def _whole(lowest: int, highest: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdigit() and len(text) < 20 and lowest <= int(text) <= highest


def _number(above: float, highest: float) -> Callable[[str], bool]:
    is_number = _matches(r"\d{1,9}(\.\d{1,9})?")
    return lambda text: is_number(text) and above < float(text) <= highest


def _one_of(*words: str) -> Kind:
    return Kind("choice", lambda text: text in words, f"one of {', '.join(words)} is needed")


def _is_endpoint(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    is_host = _matches(r"\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]*")
    return bool(colon) and is_host(host) and _whole(0, 65535)(port)


def _is_yaml(type_: type[Any]) -> Callable[[str], bool]:
    def accepts(text: str) -> bool:
        try:
            return isinstance(yaml.safe_load(text), type_)
        except yaml.YAMLError:
            return False

    return accepts


_is_url: Final = _matches(r"https?://[^\s/?#]+\S*")

DURATION: Final = Kind("duration", _lasts(_go_seconds), "a duration of Go is needed, such as 15s, 1h30m or 336h")
PROMETHEUS_DURATION: Final = Kind(
    "Prometheus duration", _lasts(_prometheus_seconds), "a duration of Prometheus is needed, such as 15s, 720h or 30d"
)
LOG_RETENTION: Final = Kind(
    "Loki retention", _lasts(_prometheus_seconds, _DAY_S), "Loki takes a duration of at least 24h, such as 720h or 30d"
)
SIZE: Final = Kind("size", _matches(r"[1-9]\d{0,12}([KMGTPE]?B)"), "a size is needed, such as 500MB or 20GB")
MEMORY: Final = Kind(
    "memory",
    _matches(r"(?=.*[1-9])\d{1,15}(\.\d{1,6})?([kmgt]b?|b)?", re.IGNORECASE),
    "memory is needed, such as 512m or 2g",
)
GO_MEMORY: Final = Kind(
    "memory limit of Go", _matches(r"[1-9]\d{0,15}([KMGT]i)?B?|off"), "a limit of Go is needed, such as 800MiB"
)  # fmt: skip
PROCESSORS: Final = Kind("processors", _number(0, 10_000), "a number of processors above 0 is needed, such as 0.5 or 2")
PORT: Final = Kind("port", _whole(1, 65535), "a port is needed, 1 to 65535")
ENDPOINT: Final = Kind("endpoint", _is_endpoint, "host:port is needed, such as 127.0.0.1:4317")
URL: Final = Kind("address", _is_url, "an address is needed that begins with http:// or https://")
URLS: Final = Kind(
    "addresses", lambda text: all(_is_url(one.strip()) for one in text.split(",")),
    "addresses with commas are needed, each beginning with http:// or https://",
)  # fmt: skip
BOOLEAN: Final = Kind("boolean", lambda text: text in ("true", "false"), "true or false is needed")
COUNT: Final = Kind("count", _whole(1, 2**53), "a whole number from 1 on is needed")
QUEUE: Final = Kind("queue", _whole(1, _GIB), f"bytes are needed, 1 to {_GIB}")
IDENTIFIER: Final = Kind("user or group", _whole(0, 2**32 - 2), "the number of a user or group is needed")
PERCENT: Final = Kind("percent", _number(-1, 100), "a number from 0 to 100 is needed")
LIST: Final = Kind("list", _is_yaml(list), "a YAML list is needed, such as [a, b]")
MAP: Final = Kind("map", _is_yaml(dict), "a YAML map is needed, such as {name: value}; {} for none")
TEXT: Final = Kind("text", lambda _text: True, "")
PATH: Final = Kind("path", lambda text: text == text.strip(), "a path is needed")

_BACKENDS: Final = ("LOKI", "TEMPO", "PROMETHEUS", "USAGE", "ALERTMANAGER")
_CONTAINERS: Final = ("COLLECTOR", "AGENT", *_BACKENDS, "GRAFANA")


def _named(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


_KINDS: Final[Mapping[str, Kind]] = {
    **_named(DURATION, """
        OTELCOL_SAMPLING_WAIT OTELCOL_SPAN_METRICS_INTERVAL OTELCOL_HOST_METRICS_INTERVAL OTELCOL_HTTP_CHECK_INTERVAL
        STACK_RETENTION_TRACES STACK_LOKI_DELETE_CANCEL_PERIOD STACK_TEMPO_TRACE_IDLE STACK_TEMPO_METRICS_INTERVAL"""),
    **_named(PROMETHEUS_DURATION, """
        STACK_LATE_DATA STACK_RETENTION_METRICS STACK_RETENTION_USAGE STACK_SCRAPE_INTERVAL STACK_SCRAPE_TIMEOUT
        STACK_EVALUATION_INTERVAL STACK_ALERT_GROUP_WAIT STACK_ALERT_GROUP_INTERVAL STACK_ALERT_REPEAT
        STACK_ALERT_REPEAT_CRITICAL STACK_ALERT_WATCHDOG_INTERVAL"""),
    **_named(LOG_RETENTION, """
        STACK_RETENTION_DEBUG STACK_RETENTION_DEFAULT STACK_RETENTION_SECURITY STACK_RETENTION_AUDIT
        STACK_RETENTION_INTERACTION STACK_RETENTION_ANONYMISED"""),
    "STACK_RETENTION_METRICS_SIZE": SIZE,
    **_named(ENDPOINT, """
        OTELCOL_GRPC_ENDPOINT OTELCOL_HTTP_ENDPOINT OTELCOL_HEALTH_ENDPOINT OTELCOL_TEMPO_ENDPOINT
        OTELCOL_SYSLOG_UDP_ENDPOINT OTELCOL_SYSLOG_TCP_ENDPOINT OTELCOL_NOTIFICATIONS_ENDPOINT
        STACK_TEMPO_OTLP_ENDPOINT STACK_ALERT_SMTP_HOST"""),
    **_named(URL, """
        OTELCOL_GATEWAY_ENDPOINT OTELCOL_LOKI_ENDPOINT OTELCOL_PROMETHEUS_ENDPOINT OTELCOL_OTLP_ENDPOINT
        STACK_ALERT_HISTORY_URL STACK_GRAFANA_URL STACK_RUNBOOKS_URL"""),
    "OTELCOL_HTTP_CHECK_URLS": URLS,
    **_named(PORT, "OTELCOL_METRICS_PORT STACK_LOKI_GRPC_PORT STACK_TEMPO_GRPC_PORT"),
    **_named(BOOLEAN, """
        OTELCOL_TEMPO_INSECURE OTELCOL_SYSLOG_OCTET_COUNTING OTELCOL_OTLP_TRACES OTELCOL_OTLP_LOGS
        OTELCOL_OTLP_METRICS OTELCOL_KAFKA_INSECURE STACK_ALERT_SMTP_TLS"""),
    **_named(COUNT, """
        OTELCOL_MEMORY_LIMIT_MIB OTELCOL_MEMORY_SPIKE_MIB OTELCOL_ARCHIVE_FILE_MB OTELCOL_ARCHIVE_DAYS
        OTELCOL_SAMPLING_SLOW_MS OTELCOL_SAMPLING_TRACES STACK_LOKI_RATE_MB STACK_TEMPO_MAX_ATTRIBUTE_BYTES
        STACK_TEMPO_MAX_BYTES_PER_TRACE STACK_TEMPO_BYTES_PER_SECOND STACK_TEMPO_BURST_BYTES"""),
    **_named(QUEUE, "OTELCOL_QUEUE_LOGS OTELCOL_QUEUE_AUDIT OTELCOL_QUEUE_METRICS OTELCOL_QUEUE_TRACES"),
    "OTELCOL_SAMPLING_PERCENT": PERCENT,
    **_named(IDENTIFIER, "STACK_UID STACK_GID"),
    **_named(LIST, "OTELCOL_CONTAINER_LOGS STACK_TEMPO_GENERATOR_PROCESSORS"),
    "OTELCOL_OTLP_HEADERS": MAP,
    "OTELCOL_OTLP_COMPRESSION": _one_of("gzip", "zstd", "none"),
    "OTELCOL_KAFKA_MECHANISM": _one_of("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"),
    "STACK_COLLECTOR_IMAGE": _one_of("own", "stock"),
    "STACK_ALERT_ENGINE": _one_of("prometheus", "grafana"),
    **_named(PATH, """
        OTELCOL_KEYS_FILE OTELCOL_STATE_DIR OTELCOL_TLS_CERT_FILE OTELCOL_TLS_KEY_FILE OTELCOL_TLS_CLIENT_CA_FILE
        OTELCOL_GATEWAY_KEY_FILE OTELCOL_GATEWAY_CA_FILE OTELCOL_GATEWAY_CERT_FILE OTELCOL_GATEWAY_CERT_KEY_FILE
        OTELCOL_ARCHIVE_DIR OTELCOL_KAFKA_CA_FILE STACK_LOKI_RULES STACK_ALERT_SECRETS
        STACK_ALERTING_FILE"""),
    **_named(TEXT, """
        OTELCOL_METRICS_HOST OTELCOL_LOKI_TENANT OTELCOL_HOST_NAME OTELCOL_HOST_ROOT OTELCOL_SYSLOG_TIMEZONE
        OTELCOL_KAFKA_BROKERS OTELCOL_KAFKA_USERNAME OTELCOL_KAFKA_PASSWORD OTELCOL_KAFKA_TOPIC_TRACES
        OTELCOL_KAFKA_TOPIC_LOGS OTELCOL_KAFKA_TOPIC_METRICS OTELCOL_AZURE_CONNECTION_STRING OTELCOL_DATADOG_API_KEY
        OTELCOL_DATADOG_SITE STACK_LISTEN STACK_COLLECTOR_HOST STACK_ALERT_SMTP_FROM STACK_ALERT_SMTP_USER
        STACK_ALERT_QUIET_TIMES STACK_ALERT_QUIET_DAYS STACK_ALERT_TIME_ZONE OTELCOL_OVERLAYS STACK_PUBLISH_ADDRESS
        STACK_HOST_NAMES"""),
    **{f"STACK_{name}_HOST": TEXT for name in _BACKENDS},
    **{f"STACK_{name}_HTTP_PORT": PORT for name in _BACKENDS},
    **{f"STACK_{name}_{what}": PATH for name in _BACKENDS for what in ("DATA", "CONFIG")},
    **{f"STACK_{name}_CPUS": PROCESSORS for name in _CONTAINERS},
    **{f"STACK_{name}_MEMORY": MEMORY for name in _CONTAINERS},
    **{f"STACK_{name}_GOMEMLIMIT": GO_MEMORY for name in _CONTAINERS},
}  # fmt: skip
