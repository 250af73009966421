"""What was masked, and the rules that did it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from otel_kit.local.api.answers import json_answer
from otel_kit.local.api.viewer import Viewer
from otel_kit.local.filters import RANGE, Filters
from otel_kit.local.rules import describe_rule
from otel_kit.local.store import reader_redaction

_LONGEST_RULE = 64


def routes(viewer: Viewer) -> list[Route]:
    """Return the addresses of this topic."""
    api = _Redaction(viewer)
    return [Route("/api/redaction", api.redaction), Route("/api/rules/{rule_id}", api.rule)]


class _Redaction:
    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._run = viewer.readers.run

    async def redaction(self, request: Request) -> Response:
        filters = Filters(request.query_params, (*RANGE, "service", "rule"))
        service, rule = filters.text("service"), filters.text("rule")
        return json_answer(await self._run(lambda c: reader_redaction.redaction(c, service, rule)))

    async def rule(self, request: Request) -> Response:
        Filters(request.query_params, ())
        return json_answer(describe_rule(self._viewer.redactor(), request.path_params["rule_id"][:_LONGEST_RULE]))
