"""Whether a record is printed already, by a handler or a library that is not the kit's."""

from __future__ import annotations

import logging

from otel_kit.logs.stdlib import KitHandler

_MOST_NAMES = 4096
_by_library: set[str] = set()


def library_prints(component: str) -> None:
    """Note that a logging library prints the records of this component by itself, past any handler of logging's."""
    if component not in _by_library and len(_by_library) < _MOST_NAMES:
        _by_library.add(component)


def prints_elsewhere(component: str, level: int) -> bool:
    """Whether a record of a component, at a level of logging's, is printed by somebody else."""
    return component in _by_library or _has_foreign_handler(component, level)


def _has_foreign_handler(name: str, level: int) -> bool:
    logger: logging.Logger | None = _nearest(name)
    while logger is not None:
        for handler in logger.handlers:
            if handler.level <= level and not isinstance(handler, KitHandler | logging.NullHandler):
                return True
        logger = logger.parent if logger.propagate else None
    return False


def _nearest(name: str) -> logging.Logger:
    """Return the logger of a name, else the nearest above it, without making one."""
    while name:
        known = logging.root.manager.loggerDict.get(name)
        if isinstance(known, logging.Logger):
            return known
        name = name.rpartition(".")[0]
    return logging.root
