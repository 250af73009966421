"""What users reach as ``otel_kit.event``: this module itself.

It is a module, and no instance of a class, because type checkers find ``dataclass_transform`` (PEP 681) behind
``@event.define`` only by way of a module.
"""

from __future__ import annotations

import sys

from otel_kit.events.audit import audit
from otel_kit.events.business import business, interaction
from otel_kit.events.definitions import Outcome, Severity, attribute, define, emit
from otel_kit.events.delivery import Delivered, Pending
from otel_kit.events.llm.calls import llm
from otel_kit.events.operations import api, database, performance
from otel_kit.events.security import security
from otel_kit.events.system import migration, system
from otel_kit.events.value_types import Between

__all__ = [
    "Between",
    "Delivered",
    "Outcome",
    "Pending",
    "Severity",
    "api",
    "attribute",
    "audit",
    "business",
    "database",
    "define",
    "emit",
    "interaction",
    "llm",
    "migration",
    "performance",
    "security",
    "system",
]

event = sys.modules[__name__]
