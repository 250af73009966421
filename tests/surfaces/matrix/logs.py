"""What comes by way of logging: the standard library's, structlog's, loguru's, uvicorn's, warnings."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell, card, key, mail, not_sent, password, token
from tests.surfaces.matrix.attributes import NO_LOCALS, attribute_cells


def _logging() -> Iterator[Cell]:
    way = "logging"
    yield mail("body: text", way)
    yield password("body: map, the key says it", way, _printed("body: map, the key says it", way))
    yield from attribute_cells(way)
    yield mail("attribute: an object that is printed", way, before="Login(", after=", password='hunter2')")
    yield mail("logger name", way)
    yield mail("exception: message", way)
    yield card("exception: cause", way)
    yield token("exception: note", way)
    yield mail("exception: in a group", way)
    yield not_sent("exception: local variables", way, NO_LOCALS)
    yield mail("bound context", way)
    yield mail("access log of uvicorn", way, before="to=")
    yield mail("error log of uvicorn", way)
    yield mail("warning", way)


def _structlog() -> Iterator[Cell]:
    way = "structlog"
    yield mail("body: text", way)
    yield mail("attribute: text", way)
    yield password("attribute: the key says it", way)
    yield mail("exception: message", way)
    yield password("attribute: the key says it, rendered as JSON", way)
    yield password("attribute: the key says it, rendered as extra", way)
    yield password("attribute: the key says it, coloured", way)
    yield mail("own printer or sink", way)


def _loguru() -> Iterator[Cell]:
    way = "loguru"
    yield mail("body: text", way)
    yield mail("attribute: text", way)
    yield password("attribute: the key says it", way)
    yield mail("exception: message", way)
    yield not_sent("exception: local variables", way, NO_LOCALS)
    yield mail("own printer or sink", way)


def _printed(surface: str, way: str) -> str:
    """Return how Python prints the entry of a masked password."""
    return f"'{key(surface, way)}': '[REDACTED:password]'"


CELLS = (*_logging(), *_structlog(), *_loguru())
