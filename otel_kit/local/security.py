"""What keeps other web sites out of a viewer on loopback: Host and Origin checks, and the response headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from otel_kit.local import jsontext

_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

App = Callable[[dict[str, Any], Any, Any], Any]


def own_origins(page_port: int) -> frozenset[str]:
    """Return the origins under which the page can be open."""
    return frozenset(f"http://{host}:{page_port}" for host in _HOSTS)


class LoopbackOnly:
    """ASGI middleware around everything the viewer serves.

    1. The Host header must name loopback: another name means DNS rebinding (421).
    2. A request that can change something must not come from another origin (403): browsers send ``Origin`` with every
       cross-origin request that is not a plain GET, programs send none.
    3. Every answer carries the security headers.
    """

    def __init__(self, app: App, page_port: int) -> None:
        self._app, self._origins = app, own_origins(page_port)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Check, then hand on (ASGI)."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
        if len(hosts) != 1 or not _is_loopback(hosts[0]):
            await _refuse(send_with_headers, 421, "host", "the Host header must name 127.0.0.1, localhost or [::1]")
        elif any(origin not in self._origins for origin in origins):
            await _refuse(send_with_headers, 403, "origin", "requests of other web sites are refused")
        else:
            await self._app(scope, receive, send_with_headers)


def _is_loopback(host: str) -> bool:
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon and not name:
        name = host
    return name.lower() in _HOSTS and (not colon or port.isdigit())


async def _refuse(send: Any, status: int, field: str, message: str) -> None:
    body = jsontext.encode({"error": {"field": field, "message": message}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
