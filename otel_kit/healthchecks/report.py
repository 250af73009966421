"""What ``/health`` says: to strangers the status only, to whoever has the key the inside, redacted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from typing import Any

from otel_kit.events.alerts import active_alerts
from otel_kit.events.statistics import event_counts
from otel_kit.healthchecks.results import Report, Result
from otel_kit.healthchecks.system import System
from otel_kit.metrics.routes import RELATIVE_ERROR, Summary

_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the report's parts come from. ``redact`` is the redactor in force, for text."""

    service: str
    version: str | None
    environment: str | None
    redact: Callable[[str], str]
    system: System
    pipeline: Callable[[], Mapping[str, Any]]
    routes: Callable[[], Summary]
    websockets: Callable[[], int]
    logs: Callable[[], Any]


def public_report(report: Report, sources: Sources, seconds: float) -> dict[str, Any]:
    """Return what everybody may see: no reasons, no addresses, no figures. ``seconds``: how long answering took."""
    return {
        **_head(report, sources, seconds),
        "dependencies": {name: {"status": str(result.status)} for name, result in report.results.items()},
    }


def full_report(report: Report, sources: Sources, seconds: float) -> dict[str, Any]:
    """Return everything. Reads figures of the machine: not for an event loop."""
    return {
        **_head(report, sources, seconds),
        "environment": sources.environment,
        "dependencies": {name: _dependency(result) for name, result in report.results.items()},
        "alerts": _part(active_alerts),
        "performance": _part(lambda: _performance(sources.routes())),
        "events": _part(event_counts),
        "system": _part(sources.system.figures),
        "websockets": _part(lambda: {"open": sources.websockets()}),
        "logs": _part(sources.logs),
        "pipeline": _part(sources.pipeline),
    }


def encoded(document: Mapping[str, Any], redact: Callable[[str], str]) -> bytes:
    """Return the document as JSON, every text in it redacted; what JSON has no form for is null or text."""
    return json.dumps(_plain(document, redact, 0), allow_nan=False).encode()


def timestamp(unix_s: float | None = None) -> str:
    """Return a time, or now, as RFC 3339 has it, UTC, in milliseconds."""
    moment = datetime.now(UTC) if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _head(report: Report, sources: Sources, seconds: float) -> dict[str, Any]:
    return {
        "status": str(report.status),
        "service": sources.service,
        "version": sources.version,
        "timestamp": timestamp(),
        "response_time_ms": round(seconds * 1000, 3),
    }


def _dependency(result: Result) -> dict[str, Any]:
    return {
        "status": str(result.status),
        "critical": result.critical,
        "reason": result.reason,
        "duration_ms": round(result.duration_s * 1000, 3),
        "checked_at": timestamp(result.checked_at),
        "timed_out": result.timed_out,
    }


def _performance(summary: Summary) -> dict[str, Any]:
    """Return milliseconds; the percentiles are right within the relative error."""
    return {
        "window_s": round(summary.window_s, 3),
        "relative_error": RELATIVE_ERROR,
        "routes": {
            route: {
                "count": figures.count,
                "errors": figures.errors,
                **{
                    f"{name}_ms": round(getattr(figures, name) * 1000, 3)
                    for name in ("mean", "min", "max", "p50", "p95", "p99")
                },
            }
            for route, figures in summary.routes.items()
        },
    }


def _part(make: Callable[[], Any]) -> Any:
    """Return one part; one that fails must not cost the others."""
    try:
        return make()
    except Exception as error:
        return {"error": type(error).__name__}


def _plain(value: Any, redact: Callable[[str], str], depth: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return redact(str(value))
    if depth > _MAX_DEPTH:
        return "..."
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {redact(str(key)): _plain(item, redact, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, redact, depth + 1) for item in value]
    return redact(str(value))
