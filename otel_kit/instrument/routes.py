"""The template of the route that a request matched: the only part of a URL that may name a metric series."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from otel_kit.instrument.asgi_types import Scope

_MAX_DEPTH = 8


def route_of(scope: Scope) -> str | None:
    """Return the matched route's template with the mounts before it, or None when nothing matched.

    FastAPI leaves the route in the scope; plain Starlette leaves the endpoint, which leads to the route.
    """
    route = scope.get("route")
    path = getattr(route, "path", None)
    if isinstance(path, str):
        # Of a mount without routes of its own, such as static files, the mount itself is the route.
        return _mount(scope) + ("" if hasattr(route, "routes") else path) or None
    endpoint, app = scope.get("endpoint"), scope.get("app")
    if endpoint is None or app is None:
        return None
    return _template(getattr(app, "routes", ()), endpoint, "", 0)


def _mount(scope: Scope) -> str:
    """Return the path under which a mounted application was reached."""
    root, outer = str(scope.get("root_path", "")), str(scope.get("app_root_path", ""))
    return root[len(outer) :] if root.startswith(outer) else root


def _template(routes: Iterable[Any], endpoint: object, prefix: str, depth: int) -> str | None:
    if depth > _MAX_DEPTH:
        return None
    for route in routes:
        path = getattr(route, "path", "")
        if getattr(route, "endpoint", None) is endpoint:
            return f"{prefix}{path}" or None
        found = _template(getattr(route, "routes", None) or (), endpoint, f"{prefix}{path}", depth + 1)
        if found is not None:
            return found
    return None
