"""Levels of what is exported, by logger, without the application's own handlers printing more.

Logging makes a record only if the logger's level lets it. To export DEBUG of one logger its level has to be lowered;
the level that the application gave it is kept in the one that the kit sets, and what lies between goes to the kit only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

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
            _set(self.logger, ExportLevel.over(self.level, self.logger.level))
        self.seen: int = self.logger.level


class Levels:
    """Lowers loggers' levels to what is to be exported, and gives the old ones back.

    The root logger's is lowered to the general level if that was asked for, or where nobody has configured logging: a
    handler on the root means that somebody chose. A level that the application sets later on a logger that was asked
    for is lowered again at once: ``Logger.setLevel`` is wrapped as long as there are such loggers.
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
        _watch(self._lower_again if self._asked_for else None)

    def settle(self) -> None:
        """Lower what the application has set since. Cheap: called for each record, as a level may just be assigned."""
        for one in self._asked_for:
            if one.logger.level is not one.seen:
                self._lower_again()
                return

    def _lower_again(self) -> None:
        for one in self._asked_for:
            one.lower()

    def is_for_application(self, logger: logging.Logger, level: int) -> bool:
        """Whether a record of ``logger`` would have been made without the kit."""
        return not self._lowered or level >= application_level(logger)

    def restore(self) -> None:
        """Give the old levels back, but none that somebody else has set since."""
        lowered, self._lowered, self._asked_for = self._lowered, (), ()
        _watch(None)
        for one in lowered:
            level: int = one.logger.level
            if type(level) is ExportLevel:
                _set(one.logger, level.before)


_act: Callable[[], None] | None = None
_set: Callable[[logging.Logger, int], None] = logging.Logger.setLevel
_installed = False


def _watch(act: Callable[[], None] | None) -> None:
    """Call ``act`` after a level of any logger was set; None: no more."""
    global _act, _set, _installed
    _act = act
    if act is not None and not _installed:
        _installed = True
        _set = logging.Logger.setLevel
        logging.Logger.setLevel = _set_level  # type: ignore[method-assign]
    elif act is None and logging.Logger.setLevel is _set_level:
        logging.Logger.setLevel = _set  # type: ignore[method-assign, assignment]
        _installed = False


def _set_level(self: logging.Logger, level: int | str) -> None:
    _set(self, level)  # type: ignore[arg-type]
    act = _act
    if act is not None:
        act()
