"""The viewer itself, its services, and what the home page shows."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_kit.local.api.answers import NO_STORE, error_answer, json_answer
from otel_kit.local.api.viewer import Viewer
from otel_kit.local.filters import RANGE, Filters
from otel_kit.local.store import reader_overview, reader_status, retention
from otel_kit.version import __version__


def routes(viewer: Viewer) -> list[Route]:
    """Return the addresses of this topic."""
    api = _Overview(viewer)
    return [
        Route("/api/status", api.status),
        Route("/api/services", api.services),
        Route("/api/overview", api.overview),
        Route("/api/clear", api.clear, methods=["POST"]),
    ]


class _Overview:
    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._run = viewer.readers.run

    async def status(self, request: Request) -> Response:
        Filters(request.query_params, ())
        viewer, counts = self._viewer, self._viewer.recorder.counts
        held, names = await self._run(lambda c: (reader_status.holdings(c), reader_status.service_names(c)))
        size = await asyncio.to_thread(retention.file_bytes, viewer.path)
        return json_answer(
            {
                "version": __version__,
                "started_ms": viewer.started / 1e6,
                "now_ms": viewer.now() / 1e6,
                "policy": viewer.redactor().policy_id,
                "endpoints": viewer.endpoints,
                "ingest": {
                    "spans": counts.spans,
                    "logs": counts.logs,
                    "points": counts.points,
                    "requests": counts.requests,
                    "rejected": dict(counts.rejected),
                    "queue_bytes": viewer.intake.bytes,
                    "queue_max_bytes": viewer.intake.max_bytes,
                },
                "store": {
                    "path": str(viewer.path),
                    "bytes": size,
                    "max_bytes": viewer.limits.max_bytes,
                    "retention_s": viewer.limits.retention / 1e9,
                    **held,
                },
                "services": names,
            }
        )

    async def services(self, request: Request) -> Response:
        times = Filters(request.query_params, RANGE).range(self._viewer.now())
        return json_answer({"services": await self._run(lambda c: reader_overview.services(c, times))})

    async def overview(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*RANGE, "service"))
        service, times = filters.text("service"), filters.range(self._viewer.now())
        return json_answer(await self._run(lambda c: reader_overview.overview(c, service, times)))

    async def clear(self, request: Request) -> Response:
        if request.headers.get("origin") not in self._viewer.origins:
            return error_answer(403, "origin", "only the viewer's own page may delete data")
        await asyncio.wrap_future(self._viewer.recorder.clear())
        return Response(status_code=204, headers=NO_STORE)
