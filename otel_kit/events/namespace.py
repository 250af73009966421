"""What users reach as ``otel_kit.event``: this module itself.

It is a module, and no instance of a class, because type checkers find ``dataclass_transform`` (PEP 681) behind
``@event.define`` only by way of a module.
"""

from __future__ import annotations

import sys

from otel_kit.events.delivery import Delivered, Pending

__all__ = ["Delivered", "Pending"]

event = sys.modules[__name__]
