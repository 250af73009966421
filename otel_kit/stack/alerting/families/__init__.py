"""The rules, one module a family: each has ``RULES``, and its name is that of the group of rules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Final

from otel_kit.stack.alerting.rule import Rule


def _gathered() -> Mapping[str, tuple[Rule, ...]]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").RULES for name in names}


FAMILIES: Final = _gathered()
