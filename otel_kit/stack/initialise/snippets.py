"""What a service needs to send: a few standard variables, and how Go, Node and Java come to use them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final
from urllib.parse import quote

_SNIPPETS: Final = """\
Go      reads them; traces, for example (otlploghttp and otlpmetrichttp are the other two):
          import (
              "go.opentelemetry.io/otel"
              "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
              "go.opentelemetry.io/otel/sdk/trace"
          )
          exporter, err := otlptracehttp.New(ctx) // ctx is a context.Context; look at err
          provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
          otel.SetTracerProvider(provider)
          defer provider.Shutdown(ctx)
Node    with @opentelemetry/auto-instrumentations-node; Node itself learns the CA by a variable of its own:
          export NODE_EXTRA_CA_CERTS="$OTEL_EXPORTER_OTLP_CERTIFICATE"
          node --require @opentelemetry/auto-instrumentations-node/register app.js
Java    with the agent of opentelemetry-java-instrumentation, which reads them:
          java -javaagent:opentelemetry-javaagent.jar -jar app.jar
Python  with otel-kit, which reads them:
          import otel_kit; otel_kit.init("orders")
"""
KEY_UNKNOWN: Final = "YOUR-KEY"
SERVICE: Final = "orders"
"""An example: each service has its own name."""


def variables(endpoint: str, key: str, ca_file: Path | None, client: tuple[Path, Path] | None = None) -> dict[str, str]:
    """Return the variables of OTLP over HTTP; without TLS there is no certificate to name, with mTLS two more.

    Without a name of the service all would arrive as `unknown_service`.

    *Source:* OpenTelemetry Protocol Exporter specification; header values are percent-encoded as in W3C Baggage.
    """
    found = {
        "OTEL_SERVICE_NAME": SERVICE,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={quote(f'Bearer {key}', safe='')}",
    }
    if ca_file is not None:
        found["OTEL_EXPORTER_OTLP_CERTIFICATE"] = str(ca_file)
    if client is not None:
        found["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"], found["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = map(str, client)
    return found


def exports(given: dict[str, str]) -> str:
    """Return the variables as lines for a shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in given.items())


def text() -> str:
    """Return the snippets for other languages."""
    return _SNIPPETS
