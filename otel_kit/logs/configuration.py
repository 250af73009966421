"""``logging.basicConfig``, ``dictConfig`` and ``fileConfig``, called after ``init``: the kit makes room and comes back.

``basicConfig`` does nothing where the root logger has a handler already, the other two take handlers away.
"""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wrapt import wrap_function_wrapper


@dataclass(frozen=True, slots=True)
class Acts:
    """What to do around each of the three functions. Neither raises."""

    before: Callable[[], object]
    after: Callable[[], object]


_watchers: dict[str, Acts] = {}
_installed = False


def watch(name: str, acts: Acts) -> None:
    """Run ``acts`` around each configuration of logging from now on; the same ``name`` replaces."""
    global _installed
    _watchers[name] = acts
    if not _installed:
        _installed = True
        wrap_function_wrapper(logging, "basicConfig", _configure)
        wrap_function_wrapper(logging.config, "dictConfig", _configure)
        wrap_function_wrapper(logging.config, "fileConfig", _configure)


def unwatch(name: str) -> None:
    """Do no more of it."""
    _watchers.pop(name, None)


def _configure(wrapped: Callable[..., Any], _instance: Any, args: Any, kwargs: Any) -> Any:
    acts = list(_watchers.values())
    for act in acts:
        act.before()
    try:
        return wrapped(*args, **kwargs)
    finally:
        for act in acts:
            act.after()
