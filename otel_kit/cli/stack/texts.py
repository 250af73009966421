"""What ``otel-kit stack up`` prints for a person: where the stack is, how a service sends to it, where to look."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otel_kit.stack.native import Stack


def started(stack: Stack) -> str:
    """Return the addresses, and the variables that a service needs."""
    at, layout = stack.addresses, stack.layout
    # From the file, not written out: this may be printed into a log.
    key = "KEY" if at.key is None else f"$(cat {quote(str(layout.first_key))})"
    lines = [
        f"OTLP/HTTP      {at.otlp_http}",
        f"OTLP/gRPC      {at.otlp_grpc}",
        f"Loki           {at.loki}  (header X-Scope-OrgID: {at.loki_tenant})",
        f"Tempo          {at.tempo}",
        f"Prometheus     {at.prometheus}",
        f"Alertmanager   {at.alertmanager}",
        f"data and logs  {layout.state}",
        "",
        "What a service needs to send here:",
        "",
        f"  export OTEL_EXPORTER_OTLP_ENDPOINT={at.otlp_http}",
        "  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        f'  export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20{key}"',
        *(["  export OTEL_EXPORTER_OTLP_CERTIFICATE=CA_FILE"] if at.otlp_http.startswith("https:") else []),
        "",
        f"More keys: otel-kit keys create --tenant NAME --file {quote(stack.variables['OTELCOL_KEYS_FILE'])}",
        "Ctrl-C stops all of it.",
    ]
    return "\n".join(lines)


def shop(stack: Stack, shop_url: str) -> str:
    """Return where to look at what the example shop sends."""
    at = stack.addresses
    lines = [
        f"The shop has customers at {shop_url}. Its data, in a moment:",
        "",
        "  # requests by service",
        f"  curl -sG {at.prometheus}/api/v1/query "
        "--data-urlencode 'query=sum by (service_name) (http_server_request_duration_seconds_count)'",
        "  # traces with an error",
        f"  curl -sG {at.tempo}/api/search --data-urlencode 'q={{ status = error }}'",
        "  # log records of the payments service",
        f"  curl -sG -H 'X-Scope-OrgID: {at.loki_tenant}' {at.loki}/loki/api/v1/query_range "
        "--data-urlencode 'query={service_name=\"payments\"}'",
        "",
        "Grafana is not part of a native run; one of your own reads grafana/provisioning/.",
    ]
    return "\n".join(lines)
