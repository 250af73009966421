"""An OpenTelemetry Collector, or another OTLP endpoint, is there."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from otel_kit.healthchecks.checks.http import http
from otel_kit.healthchecks.checks.tcp import tcp
from otel_kit.healthchecks.fetch import FetchError, Request, fetch
from otel_kit.healthchecks.results import HEALTHY, Outcome, degraded, unhealthy
from otel_kit.healthchecks.running import TimedCheck

_GRPC_PORT, _HTTP_PORT = 4317, 4318


def collector(url: str = "http://localhost:4318", *, headers: Mapping[str, str] | None = None) -> TimedCheck:
    """Return a check of the Collector at ``url``, which may be one of three.

    - an OTLP/HTTP endpoint (port 4318, or a path ``/v1/traces``): it takes an empty request, and with it the key;
    - an OTLP/gRPC endpoint (port 4317): it takes connections;
    - else the URL of its ``health_check`` extension, by convention on port 13133: it answers 200. That says that the
      process is up, and nothing of its backends.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.port == _GRPC_PORT:
        return TimedCheck("collector", tcp(parts.hostname or "", _GRPC_PORT, tls=parts.scheme == "https").probe)
    if parts.port != _HTTP_PORT and not parts.path.endswith("/v1/traces"):
        return TimedCheck("collector", http(parts.geturl(), headers=headers).probe)
    path = parts.path if parts.path.endswith("/v1/traces") else parts.path.rstrip("/") + "/v1/traces"
    target = parts._replace(path=path).geturl()

    def probe(timeout_s: float) -> Outcome:
        # No bytes are a valid request without any span (OTLP specification 1.x, "OTLP/HTTP request").
        sent = {"content-type": "application/x-protobuf", **(headers or {})}
        try:
            status = fetch(Request(target, "POST", sent, b""), timeout_s).status
        except FetchError as error:
            return unhealthy(str(error))
        if status in (401, 403):
            return unhealthy(f"the ingest key is refused (HTTP {status})")
        if status == 429:
            return degraded("rate limited (HTTP 429)")
        return HEALTHY if 200 <= status < 300 else unhealthy(f"HTTP {status}")

    return TimedCheck("collector", probe)
