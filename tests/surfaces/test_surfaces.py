"""Every surface of every signal: the planted value leaves nowhere, and what is said to stand instead stands there.

The cells are data (``matrix``), the programs plant them in processes of their own (``programs``). docs/surfaces.md has
the table that is made of the same data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.surfaces.capture import Left, captured
from tests.surfaces.cell import Cell, spellings
from tests.surfaces.matrix.all_cells import CELLS, PROGRAMS

each_cell = pytest.mark.parametrize(
    ("program", "cell"),
    [pytest.param(program, cell, id=cell.id) for program, cells in PROGRAMS.items() for cell in cells],
)


def found(secret: str, left: Left) -> list[str]:
    """Return where a value stands in what left: the lines, and "bytes" for the requests as they were on the wire."""
    places: list[str] = []
    for spelling in spellings(secret):
        for text in left.texts.values():
            if spelling in text:
                places += [line for line in text.splitlines() if spelling in line]
        if spelling.encode() in left.raw:
            places.append("bytes")
    return places


@each_cell
@pytest.mark.parametrize("run", ["http", "grpc"])
def test_the_value_leaves_nowhere_and_its_mask_stands_there(program: str, cell: Cell, run: str) -> None:
    """Over http/protobuf and gRPC: not in the requests' bytes, not in what was printed, written or answered."""
    left = captured(program)[run]

    assert [place for secret in cell.secrets for place in found(secret, left)] == []
    if cell.shown:
        assert cell.shown in left.texts[cell.outlet]


@each_cell
def test_without_redaction_the_value_would_leave(program: str, cell: Cell) -> None:
    """No cell is empty: with redaction off the planted value stands there, or the cell says why it cannot."""
    left = captured(program)["off"]

    assert (cell.raw in left.texts[cell.outlet]) != bool(cell.why_not_raw)


KINDS = {
    "sum": ("counter", "up-down counter", "observable counter"),
    "gauge": ("gauge", "observable gauge"),
    "histogram": ("histogram",),
    "exponential_histogram": ("exponential histogram",),
}


@pytest.mark.parametrize(("program", "way"), [("api", "metrics"), ("others", "other providers")])
@pytest.mark.parametrize("run", ["http", "grpc"])
def test_points_that_become_one_are_added_up_on_the_wire(program: str, way: str, run: str) -> None:
    """Each kind has one point for two people, of both: cumulative from the kit's provider, delta from others."""
    shown = {cell.shown: cell.surface.removeprefix("points that become one: ") for cell in CELLS if cell.way == way}
    seen: dict[str, tuple[str, Any]] = {}
    for request in captured(program)[run].requests:
        found_here: list[str] = []
        for kind, point in points(request):
            label = next((item.value.string_value for item in point.attributes if item.key == "to"), "")
            if shown.get(label) in KINDS[kind]:
                found_here.append(shown[label])
                seen.setdefault(shown[label], (kind, point))
        assert len(found_here) == len(set(found_here))

    assert seen.keys() == {surface for surface in shown.values() if any(surface in kinds for kinds in KINDS.values())}
    for kind, point in seen.values():
        if kind == "sum":
            assert point.as_int == 2
        elif kind == "gauge":
            assert point.as_int == 1
        else:
            assert (point.count, point.sum, point.min, point.max) == (2, 2, 1, 1)
            counts = point.bucket_counts if kind == "histogram" else point.positive.bucket_counts
            assert sorted(counts)[-1] == sum(counts) == 2


def points(request: Any) -> Iterator[tuple[str, Any]]:
    """Yield each metric point of a request with the name of its kind in OTLP."""
    for resource in getattr(request, "resource_metrics", ()):
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                yield from ((kind, point) for point in getattr(metric, kind).data_points)


def test_cells_are_told_apart() -> None:
    """Each has a surface and a way of its own, and nothing planted is a part of what another cell may show."""
    assert [name for name, count in Counter(cell.id for cell in CELLS).items() if count > 1] == []
    assert [(one.id, other.id) for one in CELLS for other in CELLS for text in one.secrets if text in other.shown] == []
