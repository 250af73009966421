"""The page's files, as they lie beside this module: no build step, no cache that could be stale."""

from __future__ import annotations

from importlib import resources

from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = str(resources.files("otel_kit.local").joinpath("page"))


class PageFiles(StaticFiles):
    """Static files that browsers must ask for again each time; unchanged ones are answered with 304."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or its absence."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def index() -> Response:
    """Return the page itself."""
    try:
        return FileResponse(f"{FOLDER}/index.html", headers={"Cache-Control": "no-cache"})
    except OSError:
        return PlainTextResponse("the page's files are missing from this installation", 500)
