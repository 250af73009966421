"""Where panels stand: sections beneath each other, panels from left to right in lines of 24 columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders.dashboard import Row
from grafana_foundation_sdk.models.dashboard import GridPos, Panel, RowPanel

from dashboards.panel import Sized

COLUMNS: Final = 24
Placed: TypeAlias = Panel | RowPanel


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the panels below it."""

    title: str
    panels: Sequence[Sized]


def placed(sections: Sequence[Section]) -> list[Placed]:
    """Return headings and panels in order, each with its place; a line is as high as its highest panel."""
    found: list[Placed] = []
    top = 0
    for section in sections:
        heading = Row(section.title).build()
        heading.grid_pos = GridPos(h=1, w=COLUMNS, x=0, y=top)
        found.append(heading)
        top += 1
        left = line = 0
        for one in section.panels:
            if left + one.width > COLUMNS:
                top, left, line = top + line, 0, 0
            one.panel.grid_pos = GridPos(h=one.height, w=one.width, x=left, y=top)
            found.append(one.panel)
            left, line = left + one.width, max(line, one.height)
        top += line
    return found
