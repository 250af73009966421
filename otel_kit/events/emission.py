"""The one way out for events: a log record with ``event_name``, by OpenTelemetry's logs API.

Redaction, sinks and delivery are the pipeline's, as for any other log record.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry import _logs
from opentelemetry._logs import LogRecord, SeverityNumber

from otel_kit import semconv
from otel_kit.events.outlet import outlet
from otel_kit.events.statistics import count_event
from otel_kit.redaction.snapshot import plain, text_of
from otel_kit.version import __version__

# Severities of events and of alerts; OpenTelemetry's numbers, logs data model.
SEVERITIES: Final[Mapping[str, tuple[SeverityNumber, str]]] = {
    "debug": (SeverityNumber.DEBUG, "DEBUG"),
    "info": (SeverityNumber.INFO, "INFO"),
    "low": (SeverityNumber.INFO, "INFO"),
    "warning": (SeverityNumber.WARN, "WARN"),
    "medium": (SeverityNumber.WARN, "WARN"),
    "error": (SeverityNumber.ERROR, "ERROR"),
    "high": (SeverityNumber.ERROR, "ERROR"),
    "critical": (SeverityNumber.FATAL, "FATAL"),
}
# The API's logger: without a kit it does nothing, with one it is the kit's from then on.
_logger = _logs.get_logger(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)


def emit(
    name: str,
    *,
    category: str,
    attributes: Mapping[str, Any],
    severity: str = "info",
    tier: str = "default",
    outcome: str | None = None,
    body: str | None = None,
    timestamp_ns: int | None = None,
) -> None:
    """Emit one event within the current trace; never raises, never blocks on I/O. Thread-safe.

    ``attributes`` are copied now; those that are None are left out. ``body`` is the line that people read, else the
    event's name. ``severity`` is debug, info, warning, error or critical, or that of an alert: info, low, medium,
    high, critical. ``outcome`` is success, failure or unknown.
    """
    try:
        number, text = SEVERITIES[severity if type(severity) is str and severity in SEVERITIES else "info"]
        all_attributes: dict[str, Any] = {semconv.EVENT_CATEGORY: category, semconv.RETENTION_TIER: tier}
        if outcome is not None:
            all_attributes[semconv.EVENT_OUTCOME] = plain(outcome)
        for key, value in attributes.items():
            if value is not None:
                all_attributes.setdefault(key if type(key) is str else text_of(key), plain(value))
        _logger.emit(
            LogRecord(
                timestamp=time.time_ns() if timestamp_ns is None else timestamp_ns,
                severity_number=number,
                severity_text=text,
                body=name if body is None else body,
                attributes=all_attributes,
                event_name=name,
            )
        )
        count_event(name, category)
    except Exception as error:
        outlet().count_fault("event", error)
