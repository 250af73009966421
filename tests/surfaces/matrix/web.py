"""What a request brings along, measured by each of the three engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.surfaces.cell import Cell, card, encoded, mail, not_sent, password, token

ENGINES = ("asgi", "contrib", "native")
CLIENTS = {"asgi": "203.0.113.57", "contrib": "198.51.100.57", "native": "192.0.2.57"}


def _request(way: str) -> Iterator[Cell]:
    yield mail("URL: path", way)
    yield mail("URL: query", way)
    yield encoded("URL: query, percent-encoded", way, 1)
    yield encoded("URL: query, percent-encoded twice", way, 2)
    yield token("URL: query, a token", way, shown=f"url-query-a-token-{way}.[REDACTED:github_token]")
    yield mail("header: text", way)
    yield password("header", way, "spans.attributes.http.request.header.authorization=Bearer [REDACTED:authorization]")
    yield password("cookie", way, f"basket-{way}=[REDACTED:cookie]")
    yield mail("response header", way)
    yield password("response cookie", way, f"given-{way}=[REDACTED:cookie]")
    yield mail("user agent", way, before="robot/1 ")
    address = CLIENTS[way]
    yield Cell("client address", way, address, (address,), f"client.address={address[:-2]}0", address)
    yield not_sent("request body", way, "Bodies are not read.")
    yield mail("trace state", way, outcome="removed", shown="")
    yield mail("exception: message", way)
    yield card("exception: cause", way)
    if way == "asgi":  # the others give an exception's span no text
        yield mail("status text", way, shown=f"status.message=RuntimeError: a***@status-text.{way}.example.com")


def _cells() -> Iterator[Cell]:
    for way in ENGINES:
        for cell in _request(way):
            if way == "native" and cell.surface in _NOT_NATIVE:
                yield replace(cell, shown="", outcome="not sent", note=NOT_NATIVE, why_not_raw=NOT_NATIVE)
            elif (way, cell.surface) == ("native", "URL: query"):
                yield replace(cell, shown=cell.shown.replace("@", "%40"), raw=cell.raw.replace("@", "%40"))
            else:
                yield cell


NOT_NATIVE = "FastAPI's own telemetry does not record it."
_NOT_NATIVE = {
    "header: text", "header", "cookie", "response header", "response cookie", "user agent", "client address",
}  # fmt: skip

CELLS = tuple(_cells())
