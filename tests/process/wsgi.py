"""A plain WSGI application with a kit, for gunicorn's own workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import otel_kit

kit = otel_kit.init("wsgi")


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer."""
    body = b'{"openapi": "3"}'
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
