"""Levels of what is exported, by logger, without the application's own handlers printing more.

Logging makes a record only if the logger's level lets it. To export DEBUG of one logger its level has to be lowered;
the level that the application gave it is kept in the one that the kit sets, and what lies between goes to the kit only.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from otel_kit.logs.by_logger import ByLogger


class ExportLevel(int):
    """A level that the kit has set on a logger. Told from one of the application's by its class."""

    before: int  # what the application had set, NOTSET for the parent's

    @classmethod
    def over(cls, level: int, before: int) -> ExportLevel:
        """Return a level that remembers the one before it."""
        made = cls(level)
        made.before = before
        return made


def number_of(name: str) -> int:
    """Return the number of a level's name, as logging has it."""
    return logging.getLevelNamesMapping()[name.upper()]


def application_level(logger: logging.Logger) -> int:
    """Return the level that would hold for a logger without the kit."""
    link: logging.Logger | None = logger
    while link is not None:
        level: int = link.level
        if type(level) is ExportLevel:
            level = level.before
        if level:
            return level
        link = link.parent
    return logging.NOTSET


class _Lowered:
    """One logger whose level is the export's; ``seen`` is what stood there when the kit looked last."""

    __slots__ = ("level", "logger", "seen")

    def __init__(self, logger: logging.Logger, level: int) -> None:
        self.logger = logger
        self.level = level
        self.lower()

    def lower(self) -> None:
        # Also where it is the same: the level of a parent may be raised later.
        if type(self.logger.level) is not ExportLevel and self.level <= self.logger.getEffectiveLevel():
            self.logger.setLevel(ExportLevel.over(self.level, self.logger.level))
        self.seen: int = self.logger.level


class Levels:
    """Lowers loggers' levels to what is to be exported, and gives the old ones back.

    The root logger's is lowered to the general level if that was asked for, or where nobody has configured logging: a
    handler on the root means that somebody chose. A level that the application sets later on a logger that was asked
    for is lowered again with the next record.
    """

    def __init__(self) -> None:
        self._lowered: tuple[_Lowered, ...] = ()
        self._asked_for: tuple[_Lowered, ...] = ()
        self.thresholds = ByLogger[int](None, logging.NOTSET)

    def apply(self, level: int, by_logger: Mapping[str, int] | None = None, *, asked_for: bool) -> None:
        """Put these levels in force in the place of those before."""
        root = logging.getLogger()
        nobody_chose = type(root.level) is ExportLevel or (
            root.level == logging.WARNING and all(isinstance(item, logging.NullHandler) for item in root.handlers)
        )
        self.restore()
        self.thresholds = ByLogger(by_logger, level)
        asked_for = asked_for or self.thresholds.speaks_of_all
        # The root first: the others inherit from it.
        first = [_Lowered(root, self.thresholds.default)] if asked_for or nobody_chose else []
        named = [_Lowered(logging.getLogger(name), number) for name, number in self.thresholds.entries.items()]
        self._asked_for = (*(first if asked_for else ()), *named)
        self._lowered = (*first, *named)

    def settle(self) -> None:
        """Lower what the application has set since. Cheap: called for each record."""
        for one in self._asked_for:
            if one.logger.level is not one.seen:
                one.lower()

    def is_for_application(self, logger: logging.Logger, level: int) -> bool:
        """Whether a record of ``logger`` would have been made without the kit."""
        return not self._lowered or level >= application_level(logger)

    def restore(self) -> None:
        """Give the old levels back, but none that somebody else has set since."""
        lowered, self._lowered, self._asked_for = self._lowered, (), ()
        for one in lowered:
            level: int = one.logger.level
            if type(level) is ExportLevel:
                one.logger.setLevel(level.before)
