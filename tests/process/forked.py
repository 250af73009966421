"""What a child of multiprocessing does; importable, as spawn needs it."""

from __future__ import annotations

import logging

from opentelemetry import metrics, trace

import otel_kit


def emit_some(count: int) -> None:
    """Start the kit if this process has none, and make ``count`` spans, log records and counts."""
    otel_kit.init("forking")
    counter = metrics.get_meter("app").create_counter("forked.done")
    for _ in range(count):
        with trace.get_tracer("app").start_as_current_span("forked"):
            logging.getLogger("app").info("forked")
        counter.add(1)
