"""otel-kit: one line gives a Python web app traces, metrics and logs that are redacted and correlated.

    import otel_kit

    kit = otel_kit.init("orders", app=app)

Names are loaded when they are first used: importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from otel_kit.version import __version__

if TYPE_CHECKING:
    from otel_kit.context import bind, current
    from otel_kit.errors import (
        ConfigError,
        EventError,
        ForeignProviders,
        MissingExtra,
        OtelKitError,
        PolicyError,
        SettingsConflict,
    )
    from otel_kit.events import namespace as event
    from otel_kit.events.alerts import alert
    from otel_kit.instrument.carriers import extract, inject
    from otel_kit.instrument.functions import monitored, traced
    from otel_kit.kit import Kit
    from otel_kit.lifecycle import init, redact
    from otel_kit.metrics.meter import meter
    from otel_kit.pipeline.redacting_exporter import redacting

__all__ = [
    "ConfigError",
    "EventError",
    "ForeignProviders",
    "Kit",
    "MissingExtra",
    "OtelKitError",
    "PolicyError",
    "SettingsConflict",
    "__version__",
    "alert",
    "bind",
    "current",
    "event",
    "extract",
    "init",
    "inject",
    "meter",
    "monitored",
    "redact",
    "redacting",
    "traced",
]

_HOMES = {
    "ConfigError": "otel_kit.errors",
    "EventError": "otel_kit.errors",
    "ForeignProviders": "otel_kit.errors",
    "Kit": "otel_kit.kit",
    "MissingExtra": "otel_kit.errors",
    "OtelKitError": "otel_kit.errors",
    "PolicyError": "otel_kit.errors",
    "SettingsConflict": "otel_kit.errors",
    "alert": "otel_kit.events.alerts",
    "bind": "otel_kit.context",
    "current": "otel_kit.context",
    "event": "otel_kit.events.namespace",
    "extract": "otel_kit.instrument.carriers",
    "init": "otel_kit.lifecycle",
    "inject": "otel_kit.instrument.carriers",
    "meter": "otel_kit.metrics.meter",
    "monitored": "otel_kit.instrument.functions",
    "redact": "otel_kit.lifecycle",
    "redacting": "otel_kit.pipeline.redacting_exporter",
    "traced": "otel_kit.instrument.functions",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'otel_kit' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
