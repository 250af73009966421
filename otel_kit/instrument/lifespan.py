"""The application's lifespan, wrapped: what is queued leaves before the server is told that shutdown is complete.

Servers restore the default signal handlers and raise SIGTERM again right after their graceful stop, so neither atexit
nor a handler of ours would run; the lifespan is the last moment that every ASGI server grants.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from otel_kit.instrument.asgi_types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Lifespan:
    """``on_startup`` runs on the loop and must be quick; ``on_shutdown`` runs on a thread and limits its own time."""

    on_startup: Callable[[], object]
    on_shutdown: Callable[[], object]

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the lifespan on, with the two acts around it."""

        async def watched_send(message: Message) -> None:
            if message["type"] in ("lifespan.startup.complete", "lifespan.startup.failed"):
                self.on_startup()
            elif message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                await asyncio.to_thread(self.on_shutdown)
            await send(message)

        await app(scope, receive, watched_send)


def silence_mounted(scope: Scope) -> None:
    """Keep FastAPI applications mounted below (since 0.142) from measuring the request a second time.

    FastAPI does the same to requests that its own ``exclude`` names.
    """
    scope.setdefault("fastapi.telemetry", None)


class LifespanMiddleware:
    """Only the lifespan part, for engines other than the kit's own.

    ``measured``: contrib measures the requests, mounted applications must not.
    """

    def __init__(self, app: ASGIApp, lifespan: Lifespan, *, measured: bool) -> None:
        self.app = app
        self._lifespan = lifespan
        self._measured = measured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan.serve(self.app, scope, receive, send)
            return
        if self._measured:
            silence_mounted(scope)
        await self.app(scope, receive, send)
