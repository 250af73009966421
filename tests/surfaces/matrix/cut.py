"""What a length limit cuts: a rule would not know the rest any more, so it must have looked before."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell, slug

VARIABLE, LIMIT = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", 32
NOTE = f"With `{VARIABLE}` set so that it ends within the address."


def _cells() -> Iterator[Cell]:
    for way in ("traces", "logs"):
        yield _cell("attribute: cut", way)
    yield _cell("event: attribute, cut", "traces")
    yield _cell("link: attribute, cut", "traces")


def _cell(surface: str, way: str) -> Cell:
    """Return an e-mail address that ends behind the limit."""
    before = "x" * 16 + " "
    domain = f"{slug(way, surface)}.example.com"
    room = LIMIT - len(before)
    left = f"ada@{domain}"[:room]
    return Cell(surface, way, f"{before}ada@{domain}", (left,), f"{before}{f'a***@{domain}'[:room]}", left, note=NOTE)


CELLS = tuple(_cells())
