"""The route's template, in whatever way the application is put together; never a literal path of the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from otel_kit.instrument.routes import entry_of, route_of
from tests.asgi_client import request


async def plain(_request: Any) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("x")


async def raw(scope: Any, _receive: Any, send: Any) -> None:
    """Answer without any framework."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def seen(app: Any, path: str, **scope: Any) -> tuple[int | None, str | None]:
    """Return the status and the route of one request, read where the kit's middleware reads it."""
    routes: list[str | None] = []
    build = app.build_middleware_stack

    def around() -> Any:
        inner = build()

        async def middleware(scope: Any, receive: Any, send: Any) -> None:
            entry = entry_of(scope)
            await inner(scope, receive, send)
            routes.append(route_of(scope, entry))

        return middleware

    app.build_middleware_stack = around
    app.middleware_stack = None
    status = request(app, path, **scope).status
    app.build_middleware_stack = build
    return status, routes[0]


def fastapi_app(static: Path) -> FastAPI:
    """Return an application with nested routers and mounts."""

    def answer() -> str:
        return "x"

    inner = APIRouter(prefix="/in")
    inner.get("/z/{q}")(answer)
    router = APIRouter(prefix="/r")
    router.get("/x/{y}")(answer)
    router.include_router(inner, prefix="/mid")
    sub = FastAPI()
    sub.get("/deep/{a}")(answer)
    sub.include_router(inner, prefix="/again/{b}")
    app = FastAPI()
    app.get("/items/{item}")(answer)
    app.get("/")(answer)
    app.include_router(router, prefix="/api/{tenant}")
    app.mount("/t/{tenant}", sub)
    app.mount(
        "/s",
        Starlette(routes=[Route("/p/{n}", plain), Mount("/m/{k:int}", routes=[Route("/l/{o}", plain)])]),
    )
    app.mount("/static", StaticFiles(directory=static))
    app.mount("/raw/{id}", raw)
    return app


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/items/1", (200, "/items/{item}")),
        ("/", (200, "/")),
        ("/docs", (200, "/docs")),
        ("/api/acme/r/x/3", (200, "/api/{tenant}/r/x/{y}")),
        ("/api/acme/r/mid/in/z/3", (200, "/api/{tenant}/r/mid/in/z/{q}")),
        ("/t/acme/deep/5", (200, "/t/{tenant}/deep/{a}")),
        ("/t/acme/again/5/in/z/6", (200, "/t/{tenant}/again/{b}/in/z/{q}")),
        ("/s/p/7", (200, "/s/p/{n}")),
        ("/s/m/007/l/o", (200, "/s/m/{k:int}/l/{o}")),
        ("/static/a.txt", (200, "/static")),
        ("/raw/77/x/y", (200, "/raw/{id}")),
        ("/nope", (404, None)),
        ("/t/acme/nope", (404, None)),
    ],
)
def test_fastapi(tmp_path: Path, path: str, wanted: tuple[int, str | None]) -> None:
    """Included routers keep their prefixes, mounts their parameters' names."""
    (tmp_path / "a.txt").write_text("x")
    app = fastapi_app(tmp_path)

    assert seen(app, path) == wanted
    assert seen(app, f"/behind/proxy{path}", root_path="/behind/proxy") == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/a/1", (200, "/a/{b}")),
        ("/class/1", (405, "/class/{b}")),
        ("/t/acme/x/1", (200, "/t/{tenant}/x/{y}")),
        ("/f/q/9", (200, "/f/q/{w}")),
        ("/host/3", (200, "/host/{p}")),
        ("/zz", (404, None)),
    ],
)
def test_starlette(path: str, wanted: tuple[int, str | None]) -> None:
    """Plain routes, mounted applications, mounted routes, hosts."""
    sub = Starlette(routes=[Route("/x/{y}", plain)])
    app = Starlette(
        routes=[
            Route("/a/{b}", plain),
            Route("/class/{b}", plain, methods=["POST"]),
            Mount("/t/{tenant}", app=sub),
            Mount("/f", routes=[Route("/q/{w}", plain)]),
            Host("api.example", Router([Route("/host/{p}", plain)])),
        ]
    )

    host = "api.example" if path.startswith("/host") else "shop.example"

    assert seen(app, path, host=host) == wanted


def test_a_mount_that_cannot_be_found_leaves_no_literal_path() -> None:
    """An application below an unknown router: the part that is known, without what the caller wrote."""
    inner = FastAPI()
    inner.get("/deep/{a}")(lambda: "x")

    async def by_tenant(scope: Any, receive: Any, send: Any) -> None:
        tenant = scope["path"].split("/")[1]
        scope["app_root_path"], scope["root_path"] = "", f"/{tenant}"
        await inner(scope, receive, send)

    app = Starlette()
    app.build_middleware_stack = lambda: by_tenant  # type: ignore[method-assign]

    assert seen(app, "/acme/deep/1") == (200, "/deep/{a}")


def test_mounts_nested_too_deep_leave_no_literal_path() -> None:
    """The search for templates has an end; beyond it only the innermost part is told."""
    app = Starlette(routes=[Route("/leaf/{x}", plain)])
    for level in range(12):
        app = Starlette(routes=[Mount(f"/m{level}/{{p{level}}}", app)])
    path = "".join(f"/m{level}/v{level}" for level in reversed(range(12)))

    status, route = seen(app, f"{path}/leaf/1")

    assert (status, route) in [(200, "/leaf/{x}"), (200, None)]
