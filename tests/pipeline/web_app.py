"""One FastAPI application with every kind of answer, and the requests that get them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.applications import Starlette
from starlette.routing import Route

from tests.asgi_client import Reply, request, websocket


class Handled(Exception):
    """Has an exception handler that answers 500."""


def build() -> FastAPI:
    """Return a new application."""
    app = FastAPI()

    @app.exception_handler(Handled)
    async def answer(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"detail": "handled"}, status_code=500)

    @app.get("/items/{item}")
    async def item(item: str) -> dict[str, str]:
        return {"item": item}

    @app.get("/missing")
    async def missing() -> None:
        raise HTTPException(404)

    @app.get("/boom")
    async def boom() -> None:
        raise ValueError("no such order")

    @app.get("/handled")
    async def handled() -> None:
        raise Handled

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(3):
                yield b"part %d" % number

        return StreamingResponse(parts())

    @app.get("/later")
    async def later(tasks: BackgroundTasks) -> dict[str, bool]:
        tasks.add_task(lambda: None)
        return {"ok": True}

    @app.get("/away")
    async def away() -> RedirectResponse:
        return RedirectResponse("/items/1")

    @app.head("/items/{item}")
    async def head(item: str) -> None:
        return None

    @app.websocket("/chat")
    async def chat(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    @app.websocket("/refused")
    async def refused(socket: WebSocket) -> None:
        await socket.close()

    sub = FastAPI()

    @sub.get("/inner/{name}")
    async def inner(name: str) -> dict[str, str]:
        return {"name": name}

    app.mount("/sub/{tenant}", sub)
    return app


def build_starlette() -> Starlette:
    """Return a new plain Starlette application with a part of the same answers."""

    async def item(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.path_params["item"])

    async def boom(_request: Request) -> PlainTextResponse:
        raise ValueError("no such order")

    return Starlette(routes=[Route("/items/{item}", item), Route("/boom", boom)])


SCENARIOS: dict[str, Callable[[Any], Reply]] = {
    "success": lambda app: request(app, "/items/7?colour=red", headers={"user-agent": "test/1"}),
    "not found": lambda app: request(app, "/nowhere"),
    "404 by exception": lambda app: request(app, "/missing"),
    "405": lambda app: request(app, "/missing", "DELETE"),
    "500 by exception": lambda app: request(app, "/boom"),
    "handled 500": lambda app: request(app, "/handled"),
    "streaming": lambda app: request(app, "/stream"),
    "background task": lambda app: request(app, "/later"),
    "mounted app": lambda app: request(app, "/sub/acme/inner/x"),
    "redirect": lambda app: request(app, "/away"),
    "redirect of slash": lambda app: request(app, "/missing/"),
    "HEAD": lambda app: request(app, "/items/7", "HEAD"),
    "unknown method": lambda app: request(app, "/items/7", "BREW"),
    "client gone": lambda app: request(app, "/stream", leave_after=2),
    "websocket": lambda app: websocket(app, "/chat", ["hello"]),
    "websocket refused": lambda app: websocket(app, "/refused"),
    "excluded": lambda app: request(app, "/healthz"),
}
