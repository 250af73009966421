"""Whether a record is printed already, by a handler or a library that is not the kit's."""

from __future__ import annotations

from otel_kit.logs.dispatch import is_printed

_MOST_NAMES = 4096
_by_library: set[str] = set()


def library_prints(component: str) -> None:
    """Note that a logging library prints the records of this component by itself, past any handler of logging's."""
    if component not in _by_library and len(_by_library) < _MOST_NAMES:
        _by_library.add(component)


def prints_elsewhere(component: str, level: int) -> bool:
    """Whether a record of a component, at a level of logging's, is printed by somebody else."""
    return component in _by_library or is_printed(component, level)
