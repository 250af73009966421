"""Requests straight into an ASGI application, with a peer, headers and disconnects of one's choice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
LOOPBACK = ("127.0.0.1", 50000)


@dataclass(slots=True)
class Reply:
    """What the application sent: ``error`` is the exception that left it, which a server would see."""

    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    messages: list[Mapping[str, Any]] = field(default_factory=list)
    error: BaseException | None = None

    def header(self, name: str) -> str | None:
        """Return a header's value, the first one's if there are several."""
        return next((value for key, value in self.headers if key == name.lower()), None)


def scope_of(
    path: str = "/",
    method: str = "GET",
    *,
    headers: Headers = (),
    client: tuple[str, int] | None = LOOPBACK,
    host: str = "shop.example",
    kind: str = "http",
    **more: Any,
) -> dict[str, Any]:
    """Return a scope as uvicorn would build it; ``path`` may have a query."""
    path, _, query = path.partition("?")
    items = headers.items() if isinstance(headers, Mapping) else headers
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in items]
    scope: dict[str, Any] = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "ws" if kind == "websocket" else "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", host.encode("latin-1")), *raw],
        "server": ("127.0.0.1", 8000),
        "client": client,
    }
    if kind == "websocket":
        del scope["method"]
        scope["subprotocols"] = []
    return {**scope, **more}


async def arequest(
    app: Any, path: str = "/", method: str = "GET", *, body: bytes = b"", leave_after: int | None = None, **scope: Any
) -> Reply:
    """Send one request and return the reply.

    ``leave_after``: the client goes away after that many messages of the application: ``send`` fails from then on and
    ``receive`` says so, as uvicorn does it.
    """
    reply = Reply()
    gone = asyncio.Event()
    to_come = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        if to_come:
            return to_come.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if leave_after is not None and len(reply.messages) >= leave_after:
            gone.set()
            raise OSError("the client is gone")
        reply.messages.append(message)
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in message["headers"]]
        elif message["type"] == "http.response.body":
            reply.body += message.get("body", b"")
            if not message.get("more_body"):
                gone.set()

    try:
        await app(scope_of(path, method, **scope), receive, send)
    except BaseException as error:  # a server sees every kind
        reply.error = error
        if isinstance(error, KeyboardInterrupt):
            raise
    return reply


def request(app: Any, path: str = "/", method: str = "GET", **options: Any) -> Reply:
    """Like ``arequest``, in an event loop of its own."""
    return asyncio.run(arequest(app, path, method, **options))


async def awebsocket(app: Any, path: str, texts: Iterable[str] = (), **scope: Any) -> Reply:
    """Open a websocket, send ``texts``, then leave; what the application sent is in ``messages``."""
    reply = Reply()
    to_come: list[Mapping[str, Any]] = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": text} for text in texts),
        {"type": "websocket.disconnect", "code": 1000},
    ]

    async def receive() -> Mapping[str, Any]:
        return to_come.pop(0)

    async def send(message: Mapping[str, Any]) -> None:
        reply.messages.append(message)

    try:
        await app(scope_of(path, kind="websocket", **scope), receive, send)
    except Exception as error:
        reply.error = error
    return reply


def websocket(app: Any, path: str, texts: Iterable[str] = (), **scope: Any) -> Reply:
    """Like ``awebsocket``, in an event loop of its own."""
    return asyncio.run(awebsocket(app, path, texts, **scope))
