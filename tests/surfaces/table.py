"""The matrix as a table for the docs: a row for each surface, a column for each way in."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell
from tests.surfaces.matrix.all_cells import CELLS


def table() -> Iterator[str]:
    """Yield the lines of the table, then its footnotes."""
    ways = list(dict.fromkeys(cell.way for cell in CELLS))
    notes = {note: number for number, note in enumerate(dict.fromkeys(cell.note for cell in CELLS if cell.note), 1)}
    yield "| surface | planted | " + " | ".join(ways) + " |"
    yield "|---|---|" + "---|" * len(ways)
    for surface in dict.fromkeys(cell.surface for cell in CELLS):
        row = {cell.way: cell for cell in CELLS if cell.surface == surface}
        kinds = ", ".join(dict.fromkeys(kind(cell) for cell in row.values()))
        shown = [_outcome(row[way], notes) if way in row else "" for way in ways]
        yield f"| {surface} | {kinds} | " + " | ".join(shown) + " |"
    yield ""
    for note, number in notes.items():
        yield f"{number}. {note}"


def kind(cell: Cell) -> str:
    """Return what kind of value a cell plants."""
    secret = cell.secrets[0]
    if "@" in secret:
        return "e-mail"
    if secret.isdigit():
        return "card"
    if secret.startswith("ghp_"):
        return "token"
    return "password" if secret.startswith("wint3r-") else "address"


def _outcome(cell: Cell, notes: dict[str, int]) -> str:
    return f"{cell.outcome} <sup>{notes[cell.note]}</sup>" if cell.note else cell.outcome
