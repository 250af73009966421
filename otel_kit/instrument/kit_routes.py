"""The paths that the kit answers itself, around a whole application; the application's own route of a path wins.

Which route is whose is decided at each request, so that routes may be added at any time. What comes here is neither
traced nor measured, stands in no OpenAPI document and passes no middleware of the application, which might want a
login or a database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from otel_kit.instrument.asgi_types import ASGIApp, Message, Receive, Scope, Send
from otel_kit.instrument.routes import flat_routes, is_mount

_SEEN = "otel_kit.routes"
_MAX_DEPTH = 8
_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the kit's."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


# Gets the scope of the request; runs on the event loop and must not block it.
Answer = Callable[[Scope], Awaitable[Reply]]


class KitRoutes:
    """The kit's routes by path, shared by all applications of the process. Thread-safe."""

    def __init__(self, count_fault: Callable[[str, BaseException], None]) -> None:
        self.count_fault = count_fault
        self._answers: dict[str, Answer] = {}
        self._watchers: tuple[Callable[[asyncio.AbstractEventLoop], object], ...] = ()
        self._starting: tuple[Callable[[], object], ...] = ()
        self._leaving: tuple[Callable[[], object], ...] = ()

    def add(self, path: str, answer: Answer) -> None:
        """Answer GET and HEAD requests for ``path`` from now on. It starts with a slash and has no parameters."""
        self._answers = {**self._answers, path: answer}

    def remove(self, path: str) -> None:
        """Leave ``path`` to the application from now on."""
        self._answers = {known: answer for known, answer in self._answers.items() if known != path}

    def find(self, path: str) -> Answer | None:
        """Return who answers ``path``."""
        return self._answers.get(path)

    def on_loop(self, watcher: Callable[[asyncio.AbstractEventLoop], object]) -> None:
        """Tell ``watcher`` the event loop of each application that starts, and of each request that the kit answers."""
        self._watchers = (*self._watchers, watcher)

    def on_lifespan(self, *, starting: Callable[[], object], leaving: Callable[[], object]) -> None:
        """Call these when an application starts and when it is told to end; they must be quick."""
        self._starting = (*self._starting, starting)
        self._leaving = (*self._leaving, leaving)

    def met_loop(self) -> None:
        """Tell the watchers about the running loop. Never raises."""
        for watcher in self._watchers:
            self._try(lambda watcher=watcher: watcher(asyncio.get_running_loop()))  # type: ignore[misc]

    def start(self) -> None:
        """An application starts. Never raises."""
        self.met_loop()
        for act in self._starting:
            self._try(act)

    def leave(self) -> None:
        """The application is told to end. Never raises."""
        for act in self._leaving:
            self._try(act)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            self.count_fault("kit_routes", error)


@dataclass(slots=True)
class InForce:
    """The routes of the kit that runs now, as one application sees them: another ``init`` replaces them."""

    routes: KitRoutes


class KitRoutesMiddleware:
    """ASGI middleware, the outermost. ``app`` is public because servers and FastAPI walk that chain."""

    def __init__(self, app: ASGIApp, in_force: InForce) -> None:
        self.app = app
        self._in_force = in_force

    @property
    def _routes(self) -> KitRoutes:
        return self._in_force.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._serve_lifespan(scope, receive, send)
            return
        answer = None
        if scope["type"] == "http" and _SEEN not in scope:
            # A mounted application with a middleware of its own leaves the paths to the outer one.
            scope[_SEEN] = True
            answer = self._routes.find(route_path(scope))
        if answer is None:
            await self.app(scope, receive, send)
            return
        owner = self._owner(scope)
        if owner is Owner.APPLICATION:
            await self.app(scope, receive, send)
        elif owner is Owner.NOBODY or not await self._found(scope, receive, send):
            await self._answer(answer, scope, send)

    async def _serve_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._routes.start()

        async def watched_receive() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._routes.leave()
            return message

        await self.app(scope, watched_receive, send)

    def _owner(self, scope: Scope) -> Owner:
        try:
            return owner_of(getattr(scope.get("app"), "routes", None), route_path(scope))
        except Exception as error:
            self._routes.count_fault("kit_routes_owner", error)
            return Owner.UNKNOWN

    async def _found(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Let an application whose routes cannot be read answer, unless it says 404; returns whether it did."""
        found: bool | None = None

        async def unless_missing(message: Message) -> None:
            nonlocal found
            if found is None and message["type"] == "http.response.start":
                found = message["status"] != 404
            if found is not False:
                await send(message)

        # A copy: what the application leaves in the scope belongs to an answer that may be dropped.
        await self.app(dict(scope), receive, unless_missing)
        return found is not False

    async def _answer(self, answer: Answer, scope: Scope, send: Send) -> None:
        if scope["method"] not in _METHODS:
            reply = Reply(405, b"", headers={"allow": ", ".join(_METHODS)})
        else:
            self._routes.met_loop()
            try:
                reply = await answer(scope)
            except Exception as error:
                self._routes.count_fault("kit_routes_answer", error)
                reply = Reply(500, b"")
        headers = {"content-type": reply.content_type, "cache-control": "no-store", **reply.headers}
        headers["content-length"] = str(len(reply.body))
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})


class Owner(Enum):
    """Who has a route for a path."""

    APPLICATION = auto()
    NOBODY = auto()
    UNKNOWN = auto()


def owner_of(routes: Iterable[Any] | None, path: str, depth: int = 0) -> Owner:
    """Return who answers ``path``, by the routes of a Starlette or FastAPI application; None: they cannot be read.

    A route with parameters (``/{page}``) is not the path's own: as if the kit's had been added before it.
    """
    if routes is None or depth > _MAX_DEPTH:
        return Owner.UNKNOWN
    for route in flat_routes(routes):
        if is_mount(route):
            match = route.path_regex.match(path)
            if route.path == path:
                return Owner.APPLICATION  # it redirects to its own root
            if match is not None:
                # The first mount that matches gets the request, whatever comes after.
                return owner_of(route.routes or None, "/" + match["path"].lstrip("/"), depth + 1)
        elif not hasattr(route, "path"):
            inner = owner_of(getattr(route, "routes", None) or (), path, depth + 1)  # routes of a host
            if inner is not Owner.NOBODY:
                return inner
        elif route.path == path and hasattr(route, "methods"):
            return Owner.APPLICATION
    return Owner.NOBODY


def route_path(scope: Scope) -> str:
    """Return the path below ``root_path``, as routes have it."""
    path, root = str(scope.get("path", "")), str(scope.get("root_path", "")).rstrip("/")
    if root and path.startswith(root) and (path == root or path[len(root)] == "/"):
        return path[len(root) :]
    return path


def header_of(scope: Scope, name: str) -> str | None:
    """Return the first value of a request's header; ``name`` in lower case."""
    wanted = name.encode("latin-1")
    for key, value in scope.get("headers") or ():
        if key.lower() == wanted:
            return str(value.decode("latin-1"))
    return None
