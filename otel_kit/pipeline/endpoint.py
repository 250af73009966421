"""Where a signal is sent: the standard ``OTEL_EXPORTER_OTLP_*`` rules, resolved once."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass, field, fields
from typing import Any, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from otel_kit.settings import Export, Settings, Signal
from otel_kit.version import __version__

GRPC = "grpc"
HTTP = "http/protobuf"
Protocol = Literal["grpc", "http/protobuf"]

_DEFAULT_ENDPOINT = {GRPC: "http://localhost:4317", HTTP: "http://localhost:4318"}
_DEFAULT_TIMEOUT_S = 10.0
_PATHS: dict[Signal, str] = {"traces": "/v1/traces", "metrics": "/v1/metrics", "logs": "/v1/logs"}
USER_AGENT = f"otel-kit/{__version__}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One signal's destination. ``headers`` and ``query`` may hold a key and are left out of ``repr``."""

    signal: Signal
    protocol: str
    scheme: str
    host: str
    port: int
    path: str
    timeout_s: float
    gzip: bool
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    certificate: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    query: str = field(default="", repr=False)

    @property
    def authority(self) -> str:
        """Host and port as a URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether TLS is used."""
        return self.scheme == "https"

    @property
    def server(self) -> str:
        """What all signals to one server have in common, for messages to a person."""
        return f"{self.scheme}://{self.authority} ({self.protocol})"

    @property
    def shown(self) -> str:
        """The address for messages to a person: no credentials, no query."""
        return f"{self.scheme}://{self.authority}{self.path} ({self.protocol})"


def resolve(settings: Settings, signal: Signal) -> Endpoint:
    """Return where ``signal`` goes.

    Each option of the signal's own group goes before the general one. A general HTTP endpoint gets ``/v1/<signal>``
    appended, a signal's own endpoint is used as it is (OpenTelemetry protocol exporter specification).
    """
    own: Export = getattr(settings, f"export_{signal}")
    chosen = {item.name: _first(item.name, own, settings.export) for item in fields(Export)}
    protocol = chosen["protocol"] or HTTP
    url = chosen["endpoint"] or _DEFAULT_ENDPOINT[protocol]
    if "://" not in url:
        secure = protocol == GRPC and chosen["insecure"] is False
        url = f"{'https' if secure else 'http'}://{url}"
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    path = parts.path
    if protocol == HTTP and own.endpoint is None:
        path = path.rstrip("/") + _PATHS[signal]
    compression = chosen["compression"] or "auto"
    return Endpoint(
        signal=signal,
        protocol=protocol,
        scheme=parts.scheme,
        host=host,
        port=parts.port or _default_port(protocol, parts.scheme),
        path=(path or "/") if protocol == HTTP else "",
        timeout_s=chosen["timeout_s"] or _DEFAULT_TIMEOUT_S,
        # Compressing costs more than a loopback interface saves; a network wants it.
        gzip=compression == "gzip" or (compression == "auto" and not is_this_machine(host)),
        headers={
            "user-agent": USER_AGENT,
            **basic_authorization("authorization", parts),
            **{name.lower(): value for name, value in (chosen["headers"] or {}).items()},
        },
        certificate=chosen["certificate"],
        client_certificate=chosen["client_certificate"],
        client_key=chosen["client_key"],
        query=parts.query,
    )


def basic_authorization(header: str, parts: SplitResult) -> dict[str, str]:
    """Return the header for the user and password of a URL, RFC 7617; empty when it names none."""
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}


def is_this_machine(host: str) -> bool:
    """Whether a host name or address means the loopback interface."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hint(endpoint: Endpoint) -> str:
    """Return a likely cause when nothing answers properly, or an empty text."""
    if endpoint.protocol == HTTP and endpoint.port == 4317:
        return "port 4317 is OTLP/gRPC by convention, but the protocol is http/protobuf: use port 4318 or protocol grpc"
    if endpoint.protocol == GRPC and endpoint.port == 4318:
        return "port 4318 is OTLP/HTTP by convention, but the protocol is grpc: use port 4317 or protocol http/protobuf"
    if is_this_machine(endpoint.host):
        return "`otel-kit view` receives and shows it on this machine"
    return ""


def _default_port(protocol: str, scheme: str) -> int:
    if protocol == GRPC:
        return 4317
    return 443 if scheme == "https" else 80


def _first(name: str, own: Export, general: Export) -> Any:
    value = getattr(own, name)
    return getattr(general, name) if value is None else value
