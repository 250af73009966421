"""What a scope tells of a request, as attributes of its span and of its metrics.

HTTP semantic conventions 1.44 (stable). Texts of the caller are cut, where a part of them ends: redaction comes later,
and to a rule half a value is none. Those that may name a series are checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from opentelemetry.propagators.textmap import Getter

from otel_kit import semconv
from otel_kit.instrument.asgi_types import Scope
from otel_kit.redaction.masks import TRUNCATED

# RFC 9110 section 9.3 and RFC 5789; anything else would let a caller make metric series.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_OTHER = "_OTHER"
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_MAX_TEXT = 2048
RawHeaders = Sequence[tuple[bytes, bytes]]


class _Headers(Getter[RawHeaders]):
    def get(self, carrier: RawHeaders, key: str) -> list[str] | None:
        wanted = key.lower().encode("latin-1")
        values = [_shortened(value.decode("latin-1"), ",;") for name, value in carrier if name.lower() == wanted]
        return values or None

    def keys(self, carrier: RawHeaders) -> list[str]:
        return [name.decode("latin-1").lower() for name, _ in carrier]


HEADERS = _Headers()


def client_of(scope: Scope) -> tuple[str, int] | None:
    """Return the peer's address and port; None for a unix socket."""
    client = scope.get("client")
    return (str(client[0]), int(client[1] or 0)) if client else None


def known_method(scope: Scope) -> str:
    """Return the method, ``_OTHER`` if it is none of HTTP's."""
    method = str(scope.get("method", "GET"))
    return method if method in _METHODS else _OTHER


def span_method(scope: Scope) -> str:
    """Return the word that a span's name begins with."""
    if scope["type"] == "websocket":
        return "WS"
    method = known_method(scope)
    return "HTTP" if method == _OTHER else method


def metric_attributes(scope: Scope) -> dict[str, Any]:
    """Return what every series of the request has: the server's own words, as a Host header could make series."""
    scheme = scope.get("scheme", "http")
    return {
        semconv.HTTP_REQUEST_METHOD: known_method(scope),
        semconv.URL_SCHEME: scheme if scheme in _DEFAULT_PORTS else "http",
    }


def span_attributes(scope: Scope, headers: RawHeaders, captured: Sequence[str]) -> dict[str, Any]:
    """Return the attributes that a span starts with, raw; ``captured`` names headers to record, in lower case."""
    is_websocket = scope["type"] == "websocket"
    attributes: dict[str, Any] = {
        semconv.URL_SCHEME: scope.get("scheme", "ws" if is_websocket else "http"),
        semconv.URL_PATH: _shortened(quote(str(scope.get("path", "/")), safe="/:@!$&'()*+,;=~", errors="replace"), "/"),
    }
    if not is_websocket:
        method = str(scope.get("method", "GET"))
        attributes[semconv.HTTP_REQUEST_METHOD] = known_method(scope)
        if method not in _METHODS:
            attributes[semconv.HTTP_REQUEST_METHOD_ORIGINAL] = _shortened(method, "", 64)
    if query := scope.get("query_string"):
        attributes[semconv.URL_QUERY] = _shortened(query.decode("latin-1"), "&;")
    if version := scope.get("http_version"):
        attributes[semconv.NETWORK_PROTOCOL_VERSION] = version
    if client := client_of(scope):
        attributes[semconv.CLIENT_ADDRESS] = client[0]
        attributes[semconv.NETWORK_PEER_ADDRESS] = client[0]
        attributes[semconv.NETWORK_PEER_PORT] = client[1]
    _add_server(attributes, scope, headers)
    if agent := HEADERS.get(headers, "user-agent"):
        attributes[semconv.USER_AGENT_ORIGINAL] = agent[0]
    for name in captured:
        if values := HEADERS.get(headers, name):
            attributes[f"http.request.header.{name}"] = values
    return attributes


def _add_server(attributes: dict[str, Any], scope: Scope, headers: RawHeaders) -> None:
    host = HEADERS.get(headers, "host")
    if host and host[0]:
        name, _, port = host[0].rpartition(":") if host[0].rfind(":") > host[0].rfind("]") else (host[0], "", "")
        attributes[semconv.SERVER_ADDRESS] = _shortened(name.strip("[]"), "", 255)
        if port.isascii() and port.isdigit() and len(port) <= 5:
            attributes[semconv.SERVER_PORT] = int(port)
        else:
            attributes[semconv.SERVER_PORT] = _DEFAULT_PORTS.get(str(scope.get("scheme")), 80)
    elif server := scope.get("server"):
        attributes[semconv.SERVER_ADDRESS] = str(server[0])
        if server[1] is not None:
            attributes[semconv.SERVER_PORT] = int(server[1])


def _shortened(text: str, ends: str, longest: int = _MAX_TEXT) -> str:
    """Return ``text`` up to the last of ``ends`` within ``longest``; nothing of it where there is none."""
    if len(text) <= longest:
        return text
    cut = max((text.rfind(end, 0, longest) for end in ends), default=-1)
    return text[: cut + 1] + TRUNCATED
