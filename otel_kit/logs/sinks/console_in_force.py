"""Whether the kit's own console prints records now; asked by whoever would otherwise print them a second time."""

from __future__ import annotations

from collections.abc import Callable

Shows = Callable[[str, int], bool]
_shows: Shows | None = None


def use(shows: Shows | None) -> None:
    """Answer by ``shows(component, level)`` from now on; None: no console of the kit's is in force."""
    global _shows
    _shows = shows


def shows(component: str, level: int) -> bool:
    """Whether the kit's console prints a record of a component, at a level of logging's, if it is exported."""
    return _shows is not None and _shows(component, level)
