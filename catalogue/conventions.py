"""The metrics of OpenTelemetry's instrumentations that the kit switches on; its own are in instruments."""

from __future__ import annotations

from typing import Final

from catalogue.instruments import Instrument
from otel_kit import semconv

# What the kit's view lets through (otel_kit.providers): sizes of bodies and the old names are dropped.
CONVENTIONS: Final = (
    Instrument(semconv.HTTP_SERVER_REQUEST_DURATION, "histogram", "s", "Requests that the service answered."),
    Instrument(semconv.HTTP_SERVER_ACTIVE_REQUESTS, "up-down counter", "{request}", "Requests under way."),
    Instrument(semconv.HTTP_CLIENT_REQUEST_DURATION, "histogram", "s", "Requests that the service made (httpx)."),
    # Both units are no UCUM, and contrib's.
    Instrument("db.client.connections.usage", "up-down counter", "connections", "Connections of SQLAlchemy's pools."),
    Instrument("flower.task.runtime.seconds", "histogram", "seconds", "Run time of Celery's tasks."),
)
