"""What the Grafana Foundation SDK (0.0.21) leaves undone, mended in the finished JSON."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any, Final

from dashboards.marks import BUILT_IN

SCHEMA_VERSION: Final = 42
_OF_A_DATA_LINK: Final = frozenset({"title", "url", "targetBlank"})


def finish(board: dict[str, Any]) -> dict[str, Any]:
    """Return the board with what it lacks, changed in place.

    - Panels get ids, in order, and targets their letters: links to panels and ``Value #A`` need them.
    - ``placement`` goes, which the SDK puts on every link and annotation and Grafana 12 takes for a place in the menu.
    - Links of values lose what only links of a board have.
    - Grafana's own annotations stay: naming others drops them.
    """
    board["schemaVersion"] = SCHEMA_VERSION
    for number, panel in enumerate(board["panels"], start=1):
        panel["id"] = number
        for letter, target in zip(string.ascii_uppercase, panel.get("targets") or (), strict=False):
            target["refId"] = letter
        panel.pop("repeatDirection", None)
    for link in _data_links(board):
        for key in link.keys() - _OF_A_DATA_LINK:
            del link[key]
    listed = board.setdefault("annotations", {}).setdefault("list", [])
    for one in (
        *listed,
        *board.get("links", ()),
        *(link for panel in board["panels"] for link in panel.get("links", ())),
    ):
        one.pop("placement", None)
    board["annotations"]["list"] = [dict(BUILT_IN), *listed]
    return board


def _data_links(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield from panel.get("fieldConfig", {}).get("defaults", {}).get("links", ())
