"""Plants attributes that OpenTelemetry's length limit cuts."""

from __future__ import annotations

from opentelemetry import _logs, trace
from opentelemetry._logs import LogRecord
from opentelemetry.trace import Link, SpanContext, TraceFlags

from otel_kit.kit import Kit
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.programs.runs import runs


def plant(_run: str, _kit: Kit) -> None:
    """Make a span with all that has attributes, and a log record."""
    texts = plants("traces")
    link = Link(SpanContext(1 << 100, 1, True, TraceFlags(1)), {"note": texts["link: attribute, cut"]})
    span = trace.get_tracer("app").start_span("x", attributes={"note": texts["attribute: cut"]}, links=[link])
    span.add_event("x", {"note": texts["event: attribute, cut"]})
    span.end()
    _logs.get_logger("app").emit(LogRecord(body="x", attributes={"note": plants("logs")["attribute: cut"]}))


if __name__ == "__main__":
    runs(plant, **{"service.name": "cut"})
