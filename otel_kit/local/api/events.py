"""Events: which there are, and lists of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_kit.local.api.answers import json_answer
from otel_kit.local.api.viewer import Viewer
from otel_kit.local.filters import PAGED, RANGE, Filters
from otel_kit.local.store import reader_events
from otel_kit.local.store.reader_events import EventFilter


def routes(viewer: Viewer) -> list[Route]:
    """Return the addresses of this topic."""
    api = _Events(viewer)
    return [Route("/api/events", api.events), Route("/api/events/counts", api.counts)]


class _Events:
    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._run = viewer.readers.run

    async def events(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*PAGED, "category", "name", "service", "outcome", "q", "attr"))
        wanted = EventFilter(
            category=filters.text("category"),
            name=filters.text("name"),
            service=filters.text("service"),
            outcome=filters.text("outcome"),
            text=filters.text("q"),
            attributes=filters.attributes(),
        )
        times, limit, after = filters.range(self._viewer.now()), filters.limit(), filters.place()
        return json_answer(await self._run(lambda c: reader_events.list_events(c, wanted, times, limit, after)))

    async def counts(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*RANGE, "service"))
        service, times = filters.text("service"), filters.range(self._viewer.now())
        return json_answer(await self._run(lambda c: reader_events.count_events(c, service, times)))
