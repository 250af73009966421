"""The root logger's level: lowered where nobody chose it, so that what is to be exported is not held back."""

from __future__ import annotations

import logging

from otel_kit.logs.stdlib import KitHandler


class RootLevel:
    """Lowers the root logger's level once, and gives the old one back.

    Python's own default is WARNING. It is left alone where an application has configured logging - a handler is on the
    root logger - unless the level of the export was asked for.
    """

    def __init__(self, level: int, *, asked_for: bool) -> None:
        root = logging.getLogger()
        nobody_chose = root.level == logging.WARNING and all(
            isinstance(handler, KitHandler) for handler in root.handlers
        )
        self._before = root.level
        self._lowered = level if root.level > level and (asked_for or nobody_chose) else None
        if self._lowered is not None:
            root.setLevel(self._lowered)

    def restore(self) -> None:
        """Give the old level back, unless somebody has set another one since."""
        root = logging.getLogger()
        if self._lowered is not None and root.level == self._lowered:
            root.setLevel(self._before)
        self._lowered = None
