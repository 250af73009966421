"""The kit's own paths: whose route it is, what may be asked, and nothing of it in the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from otel_kit.instrument.kit_routes import InForce, KitRoutes, KitRoutesMiddleware, Reply
from tests.asgi_client import Reply as Answered
from tests.asgi_client import request, websocket

PATH = "/health"


async def own(_request: Any) -> PlainTextResponse:
    """The application's answer."""
    return PlainTextResponse("own")


async def socket(websocket: Any) -> None:
    """The application's websocket."""
    await websocket.close()


async def kits(_scope: Any) -> Reply:
    """The kit's answer."""
    return Reply(200, b"kit", "text/plain")


def around(app: Any, answer: Any = kits, faults: list[str] | None = None) -> Any:
    """Return the application as the kit instruments it."""

    def count(place: str, error: BaseException) -> None:
        if faults is None:
            raise AssertionError(place) from error
        faults.append(place)

    routes = KitRoutes(count)
    routes.add(PATH, answer)
    if not hasattr(app, "build_middleware_stack"):
        return KitRoutesMiddleware(app, InForce(routes))
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: KitRoutesMiddleware(build(), InForce(routes))
    return app


def starlette(*routes: Any) -> Starlette:
    """Return a Starlette application with ``routes``."""
    return Starlette(routes=routes)


def fastapi(*, prefix: str = "", path: str = PATH) -> FastAPI:
    """Return a FastAPI application whose included router has ``path``."""
    app, router = FastAPI(), APIRouter()
    router.add_api_route(path, lambda: "own")
    app.include_router(router, prefix=prefix)
    return app


async def opaque(scope: Any, receive: Any, send: Any) -> None:
    """An application of no framework, which answers /health itself."""
    status = 200 if scope["path"].endswith(PATH) else 404
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"own"})


async def opaque_without(_scope: Any, receive: Any, send: Any) -> None:
    """An application of no framework, which has nothing."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"not "})
    await send({"type": "http.response.body", "body": b"found"})


def static(tmp_folder: str = "tests") -> StaticFiles:
    """Return files of a folder that has no "health"."""
    return StaticFiles(directory=tmp_folder, html=True)


OWNERS: dict[str, tuple[Callable[[], Any], str]] = {
    "starlette without": (lambda: starlette(Route("/", own)), "kit"),
    "starlette with": (lambda: starlette(Route(PATH, own)), "own"),
    "with another method": (lambda: starlette(Route(PATH, own, methods=["POST"])), "Method Not Allowed"),
    "a websocket of that path": (lambda: starlette(WebSocketRoute(PATH, socket)), "kit"),
    "a page name": (lambda: starlette(Route("/{page}", own)), "kit"),
    "everything": (lambda: starlette(Route("/{rest:path}", own)), "kit"),
    "below a mount": (lambda: starlette(Mount("/sub", routes=[Route(PATH, own)])), "kit"),
    "in a mount at the root": (lambda: starlette(Mount("/", routes=[Route(PATH, own)])), "own"),
    "in mounts in mounts": (lambda: starlette(Mount("/", routes=[Mount("/", routes=[Route(PATH, own)])])), "own"),
    "not in a mount at the root": (lambda: starlette(Mount("/", routes=[Route("/x", own)])), "kit"),
    "behind a mount at the root": (lambda: starlette(Mount("/", routes=[Route("/x", own)]), Route(PATH, own)), "kit"),
    "a mount of that path": (lambda: starlette(Mount(PATH, routes=[Route("/", own)])), ""),  # a redirect
    "of a host": (lambda: starlette(Host("shop.example", starlette(Route(PATH, own)))), "own"),
    "in a mounted application of no framework": (lambda: starlette(Mount("/", opaque)), "own"),
    "not in a mounted application of no framework": (lambda: starlette(Mount("/", opaque_without)), "kit"),
    "not in static files": (lambda: starlette(Mount("/", static())), "kit"),
    "fastapi without": (FastAPI, "kit"),
    "fastapi with": (fastapi, '"own"'),
    "fastapi with an included router": (lambda: fastapi(prefix="/health", path=""), '"own"'),
    "fastapi with another prefix": (lambda: fastapi(prefix="/v1"), "kit"),
    "no framework, with": (lambda: opaque, "own"),
    "no framework, without": (lambda: opaque_without, "kit"),
}


@pytest.mark.parametrize("name", OWNERS)
def test_whose_route_it_is(name: str) -> None:
    """The application's own route of the very path wins; one with parameters does not."""
    make, owner = OWNERS[name]
    assert request(around(make()), PATH).body.decode() == owner


def test_a_route_that_is_added_later_wins() -> None:
    """The application is asked at each request."""
    app = around(FastAPI())
    assert request(app, PATH).body == b"kit"

    app.add_api_route(PATH, lambda: "own")

    assert request(app, PATH).body == b'"own"'


def test_methods() -> None:
    """GET and HEAD; the rest is told so, and nothing is to be kept by caches."""
    app = around(FastAPI())

    got, head = request(app, PATH), request(app, PATH, "HEAD")

    assert (got.status, got.body, got.header("cache-control"), got.header("content-length")) == (
        200, b"kit", "no-store", "3"
    )  # fmt: skip
    assert (head.status, head.body, head.headers) == (200, b"", got.headers)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
        refused = request(app, PATH, method)
        assert (refused.status, refused.header("allow"), refused.body) == (405, "GET, HEAD", b"")


@pytest.mark.parametrize("path", ["/health/", "//health", "/Health", "/healthz", "/x/health", "/health%20", "/"])
def test_other_paths_are_the_applications(path: str) -> None:
    """Exactly the path and no other."""
    assert request(around(FastAPI()), path).status == 404


def test_behind_a_proxy_that_strips_or_keeps_a_prefix() -> None:
    """``root_path`` is no part of a route."""
    for path, root in (("/api/health", "/api"), ("/health", "/api"), ("/health", "")):
        assert request(around(FastAPI()), path, root_path=root).body == b"kit"
    assert request(around(fastapi()), "/api/health", root_path="/api").body == b'"own"'


def test_it_stands_in_no_openapi_document_and_passes_no_middleware() -> None:
    """A login in front of everything does not lock a load balancer out."""
    app = FastAPI()

    @app.middleware("http")
    async def login(_request: Any, _next: Any) -> PlainTextResponse:
        return PlainTextResponse("who are you?", 401)

    around(app)

    assert PATH not in app.openapi()["paths"]
    assert (request(app, PATH).status, request(app, "/other").status) == (200, 401)


def test_websockets_of_that_path_are_the_applications() -> None:
    """Only HTTP is answered."""
    assert websocket(around(starlette(WebSocketRoute(PATH, socket))), PATH).messages == [
        {"type": "websocket.close", "code": 1000, "reason": ""}
    ]


def test_an_answer_that_fails_is_counted_and_no_exception() -> None:
    """The application never sees it."""
    faults: list[str] = []

    async def broken(_scope: Any) -> Reply:
        raise RuntimeError("s3cret")

    reply: Answered = request(around(FastAPI(), broken, faults), PATH)

    assert (reply.status, reply.body, reply.error) == (500, b"", None)
    assert faults == ["kit_routes_answer"]


def test_routes_of_another_make_are_asked_not_trusted() -> None:
    """Whatever stands in ``routes``, the application answers first."""

    class Odd:
        @property
        def path(self) -> str:
            raise RuntimeError

    faults: list[str] = []
    app = around(starlette(), faults=faults)
    app.router.routes.append(Odd())
    reply = request(app, "/health")
    assert faults == ["kit_routes_owner"]
    assert reply.error is not None or reply.body == b"kit"


def test_only_the_outermost_of_nested_applications_answers() -> None:
    """A sub-application that is instrumented, too, keeps its path below the mount to itself."""
    inner = around(FastAPI())
    outer = around(starlette(Mount("/sub", inner)))

    assert request(outer, "/sub/health").status == 404
    assert request(inner, "/health").body == b"kit"
