"""The application that the servers' tests serve. It knows of the kit what README shows, and no more."""

from __future__ import annotations

import logging
import os

from fastapi import FastAPI
from opentelemetry import metrics, trace

import otel_kit

app = FastAPI()
kit = otel_kit.init("served", app=app)
log = logging.getLogger("app")
done = metrics.get_meter("app").create_counter("done")


@app.get("/jobs/{number}")
async def work(number: int) -> dict[str, int]:
    """Make a span, a log record and a count."""
    with trace.get_tracer("app").start_as_current_span("work"):
        log.info("work %s", number)
    done.add(1)
    return {"pid": os.getpid(), "reloads": kit.status().redaction.reloads.get("changed", 0)}
