"""What calls to other services and to databases carry: httpx and SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.surfaces.cell import Cell, encoded, mail, not_sent, password

ALLOWED = "Only names that `baggage.allow` lists leave."
PARAMETERS = "[parameters: [REDACTED:sql_parameters]"


def _httpx() -> Iterator[Cell]:
    way = "httpx"
    yield mail("URL: path", way)
    yield encoded("URL: query", way, 1)  # by httpx
    yield encoded("URL: query, percent-encoded", way, 1)
    yield encoded("URL: query, percent-encoded twice", way, 2)
    yield mail("URL: fragment", way)
    yield password("URL: user and password", way, "")
    yield not_sent("header", way, "Headers of calls are not recorded.")
    yield mail("exception: message", way)
    baggage = mail("outgoing header: baggage", way, outlet="headers")
    yield replace(baggage, shown=baggage.shown.replace("a***@", "a%2A%2A%2A%40"), raw=baggage.raw.replace("@", "%40"))
    yield not_sent("outgoing header: baggage that is not allowed", way, ALLOWED, outlet="headers")
    yield mail("outgoing header: trace state", way, outcome="removed", shown="", outlet="headers")


def _sqlalchemy() -> Iterator[Cell]:
    way = "SQLAlchemy"
    yield mail("SQL literal", way, shown="AS literal FROM users WHERE mail = ?")
    yield password("exception: SQL parameter", way, PARAMETERS)
    yield mail("exception: SQL literal", way)
    yield password("echo log: SQL parameter", way, "] [REDACTED:sql_parameters]")


CELLS = (*_httpx(), *_sqlalchemy())
