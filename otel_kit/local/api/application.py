"""The application of the page's port: the page's files and the API's topics."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from otel_kit.local import page_files
from otel_kit.local.api import events, operations, overview, redaction, signals
from otel_kit.local.api.answers import error_handlers
from otel_kit.local.api.viewer import Viewer


def new_api(viewer: Viewer) -> Starlette:
    """Return the application of the page's port."""
    routes = [
        Route("/", _page),
        Mount("/static", page_files.PageFiles(directory=page_files.FOLDER, check_dir=False)),
        *overview.routes(viewer),
        *signals.routes(viewer),
        *events.routes(viewer),
        *operations.routes(viewer),
        *redaction.routes(viewer),
    ]
    return Starlette(routes=routes, exception_handlers=error_handlers())


async def _page(_request: Request) -> Response:
    return page_files.index()
