"""Settings of metrics: how many series there may be, and scraping."""

from __future__ import annotations

from dataclasses import dataclass

from otel_kit.settings.kinds import COUNT, NAME, PORT
from otel_kit.settings.option import group, option


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """Scraping, for those who scrape; ``metrics.exporter`` must name prometheus."""

    host: str = option(
        "host", NAME, "127.0.0.1", "Address that /metrics listens on.", standard=("OTEL_EXPORTER_PROMETHEUS_HOST",)
    )
    port: int = option(
        "port", PORT, 9464, "Port that /metrics listens on.", standard=("OTEL_EXPORTER_PROMETHEUS_PORT",)
    )
    path: str | None = option(
        "path", NAME, None, "Path within the measured application instead, such as /metrics; then no port is opened."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricOptions:
    """Bounds on series: further values of an attribute become ``_OTHER`` and are counted."""

    attribute_values: int = option(
        "attribute_values", COUNT, 200, "Distinct values that one attribute of one instrument may have."
    )
    client_values: int = option(
        "client_values", COUNT, 3, "The same for attributes whose values clients choose: hosts, paths, user agents."
    )
    prometheus: Prometheus = group("prometheus", "", Prometheus, doc="")
