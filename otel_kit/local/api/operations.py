"""What an operator asks first: alerts, health, and what language models cost."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_kit.local.api.answers import json_answer
from otel_kit.local.api.viewer import Viewer
from otel_kit.local.filters import RANGE, Filters
from otel_kit.local.store import reader_alerts, reader_health, reader_llm


def routes(viewer: Viewer) -> list[Route]:
    """Return the addresses of this topic."""
    api = _Operations(viewer)
    return [Route("/api/llm", api.llm), Route("/api/health", api.health), Route("/api/alerts", api.alerts)]


class _Operations:
    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._run = viewer.readers.run

    async def llm(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*RANGE, "service", "by"))
        by = filters.one_of("by", reader_llm.DIMENSIONS) or reader_llm.DIMENSIONS[0]
        service, times = filters.text("service"), filters.range(self._viewer.now())
        return json_answer(await self._run(lambda c: reader_llm.llm_usage(c, by, service, times)))

    async def health(self, request: Request) -> Response:
        Filters(request.query_params, ())
        now = self._viewer.now()
        return json_answer({"checks": await self._run(lambda c: reader_health.checks(c, now))})

    async def alerts(self, request: Request) -> Response:
        Filters(request.query_params, ())
        now = self._viewer.now()
        return json_answer({"active": await self._run(lambda c: reader_alerts.active_alerts(c, now))})
