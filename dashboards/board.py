"""A board: its sections, variables and links, and how it becomes the text of a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from dashboards import marks
from dashboards.finishing import finish
from dashboards.layout import Section, placed
from dashboards.links import PREFIX
from dashboards.variables import COMMON, Variable

TAG: Final = "otel-kit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One file of ``grafana/generated/``."""

    name: str
    """The end of the uid and the name of the file: ``service``."""
    title: str
    description: str
    """The question that the board answers."""
    sections: Sequence[Section]
    variables: Sequence[Variable] = COMMON
    """Each has to be used by a panel."""
    since: str = "now-1h"

    def text(self) -> str:
        """Return the JSON of the board, the same each time."""
        made = Dashboard(self.title).uid(PREFIX + self.name).description(self.description).tags([TAG])
        made = made.time(self.since, "now").refresh("30s").tooltip(DashboardCursorSync.CROSSHAIR).timezone("browser")
        made = made.annotations(list(marks.queries(frozenset(one.name for one in self.variables))))
        link = DashboardLink("Boards").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True)
        made = made.links([link.include_vars(True).keep_time(True)])
        board = made.build()
        board.panels = list(placed(self.sections))
        encoded = json.loads(json.dumps(board, cls=JSONEncoder))
        encoded["templating"] = {
            "list": json.loads(json.dumps([one.model() for one in self.variables], cls=JSONEncoder))
        }
        return json.dumps(finish(encoded), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
