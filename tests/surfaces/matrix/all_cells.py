"""The whole matrix, and what a program of a way is to plant."""

from __future__ import annotations

from collections.abc import Mapping

from tests.surfaces.cell import Cell
from tests.surfaces.matrix import api, clients, cut, functions, logs, others, own, printed, sinks, web

# The programs, and the cells that each plants.
PROGRAMS: Mapping[str, tuple[Cell, ...]] = {
    "api": api.CELLS,
    "cut": cut.CELLS,
    "web": web.CELLS,
    "clients": clients.CELLS,
    "functions": functions.CELLS,
    "logs": logs.CELLS,
    "printed": printed.CELLS,
    "sinks": sinks.CELLS,
    "others": others.CELLS,
    "own": own.CELLS,
}
CELLS: tuple[Cell, ...] = tuple(cell for cells in PROGRAMS.values() for cell in cells)


def plants(way: str) -> Mapping[str, str]:
    """Return the texts to plant by the name of their surface."""
    return {cell.surface: cell.plant for cell in CELLS if cell.way == way}
