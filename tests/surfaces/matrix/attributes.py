"""The forms of attributes that the API and logging's extra fields have in common."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell, card, mail, password, token

NO_LOCALS = "Stack traces are written without local variables."


def attribute_cells(way: str) -> Iterator[Cell]:
    """Yield a cell for each form that an attribute can have."""
    yield token("attribute: text", way)
    yield password("attribute: the key says it", way)
    yield mail("attribute: in a list", way)
    yield mail("attribute: nested map", way)
    yield password("attribute: nested, the key says it", way)
    yield mail("attribute: bytes", way, before="to ")
    yield card("attribute: whole number", way)
    yield mail("attribute: the key itself", way)
