"""The template of the route that a request matched: the only part of a URL that may name a metric series.

Frameworks leave different traces of it in the scope. Whatever cannot be proven to be a template is left out: a literal
path would let a caller make series.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otel_kit.instrument.asgi_types import Scope

_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """How a request came in, before routing changed its scope: the outermost application, root path, path."""

    app: Any
    root_path: str
    path: str


def entry_of(scope: Scope) -> Entry:
    """Return what ``route_of`` must know from before the application saw the scope."""
    return Entry(scope.get("app"), str(scope.get("root_path", "")), str(scope.get("path", "")))


def route_of(scope: Scope, entry: Entry) -> str | None:
    """Return the matched route's template with the mounts before it, or None when nothing matched.

    FastAPI and Starlette since 1.0 leave the route in the scope, older Starlette the endpoint, which leads to it.
    """
    root = str(scope.get("root_path", ""))
    prefix, routes = "", getattr(entry.app, "routes", None)
    if root != entry.root_path:
        prefix, routes = _mounts(routes or (), entry.path, root, entry.root_path)
    route = scope.get("route")
    path = _included(scope, route) or getattr(route, "path", None)
    if isinstance(path, str):
        # Of a mount without routes of its own, such as static files, the mount itself is the route.
        return prefix + ("" if hasattr(route, "routes") else path) or None
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return None
    if routes is None:
        return prefix or None
    inner = _of_endpoint(routes, endpoint, entry.path.removeprefix(root), 0)
    return None if inner is None else prefix + inner or None


def _included(scope: Scope, route: object) -> str | None:
    """Return the whole template of a route of an included router: since FastAPI 0.137 the route has only its part."""
    private = scope.get("fastapi")
    context = private.get("effective_route_context") if isinstance(private, Mapping) else None
    if context is None or getattr(context, "original_route", None) is not route:
        return None
    path = getattr(getattr(context, "starlette_route", None) or context, "path", None)
    return path if isinstance(path, str) else None


def _mounts(routes: Iterable[Any], path: str, root: str, outer_root: str) -> tuple[str, Iterable[Any] | None]:
    """Return the template of the mounts that lead from ``outer_root`` to ``root``, and the innermost one's routes.

    The routes are None for a mount without any. Where the way cannot be found the template is empty.
    """
    left = root.removeprefix(outer_root)
    path = path.removeprefix(outer_root)
    template = ""
    inner: Iterable[Any] | None = routes
    for _ in range(_MAX_DEPTH):
        if not left:
            return template, inner
        step = _mount_at(inner or (), path, left)
        if step is None:
            return "", None
        mount, matched = step
        template += mount.path
        left, path = left[len(matched) :], path[len(matched) :]
        inner = getattr(mount, "routes", None) or None
    return "", None


def _mount_at(routes: Iterable[Any], path: str, left: str) -> tuple[Any, str] | None:
    for route in flat_routes(routes):
        if not is_mount(route):
            continue
        match = route.path_regex.match(path)
        if match is None:
            continue
        matched = path[: len(path) - len("/" + match["path"])]
        if matched and (left == matched or left.startswith(f"{matched}/")):
            return route, matched
    return None


def is_mount(route: Any) -> bool:
    """Whether a route is a mount, which hands on every path below its own."""
    regex = getattr(route, "path_regex", None)
    return hasattr(route, "routes") and regex is not None and "path" in regex.groupindex


def flat_routes(routes: Iterable[Any]) -> Iterator[Any]:
    """Yield routes, those of included routers (FastAPI since 0.137) with the whole path."""
    for route in routes:
        contexts = getattr(route, "effective_route_contexts", None)
        if contexts is None:
            yield route
        else:
            yield from (getattr(context, "starlette_route", None) or context for context in contexts())


def _of_endpoint(routes: Iterable[Any], endpoint: object, path: str, depth: int) -> str | None:
    """Return the template of the route that has ``endpoint`` and matches ``path``: one endpoint may serve several."""
    if depth > _MAX_DEPTH:
        return None
    for route in flat_routes(routes):
        regex = getattr(route, "path_regex", None)
        if getattr(route, "endpoint", None) is endpoint and (regex is None or regex.match(path)):
            return str(getattr(route, "path", ""))
        if is_mount(route):
            continue  # its routes are reached by way of ``_mounts``
        found = _of_endpoint(getattr(route, "routes", None) or (), endpoint, path, depth + 1)
        if found is not None:
            return found
    return None
