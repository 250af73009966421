"""A uvicorn in this process for as long as a block lasts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conditions import eventually


@contextlib.contextmanager
def serving(failure: str) -> Iterator[str]:
    """Serve ``/``, and ``/broken`` that raises ``failure``, by uvicorn with its default logging; yields the URL."""

    async def ok(_request: Request) -> Response:
        return Response()

    async def broken(_request: Request) -> Response:
        raise RuntimeError(failure)

    app = Starlette(routes=[Route("/", ok), Route("/broken", broken)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started, "uvicorn has started")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
