"""The errors otel-kit raises: at start-up, from a command, and with ``strict=True`` for typed events and metrics.

Otherwise nothing here reaches the user's application at run time: faults are counted and visible in ``kit.status()``.

    OtelKitError
    ├── ConfigError          settings: every fault of all sources at once
    │   └── SettingsConflict a second ``init`` contradicts the running kit
    ├── PolicyError          the redaction policy: every fault at once, with file and line
    ├── EventError           ``strict=True`` and fields of an event, or an alert, are not as they were defined
    ├── MetricError          ``strict=True`` and a metric's name, unit or boundaries cannot be used
    ├── ForeignProviders     ``strict=True`` and somebody else's providers are already set
    └── MissingExtra         a feature needs an extra that is not installed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "ConfigError",
    "EventError",
    "Fault",
    "ForeignProviders",
    "MetricError",
    "MissingExtra",
    "OtelKitError",
    "PolicyError",
    "SettingsConflict",
    "nearest",
]


class OtelKitError(Exception):
    """Base of everything otel-kit raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in what a user wrote.

    ``where`` is ``file:line`` with the key, an environment variable's name, or an argument of ``init``. A secret
    value never stands in any of the fields.
    """

    where: str
    what: str
    wanted: str = ""
    mend: str = ""

    def __str__(self) -> str:
        text = f"{self.where} {self.what}"
        if self.wanted:
            text += f"; {self.wanted}"
        text += "" if text.endswith("?") else "."
        return f"{text} {self.mend}" if self.mend else text


class _Faults(OtelKitError):
    """Several faults, found in one pass and reported together."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        head = "1 fault" if count == 1 else f"{count} faults"
        super().__init__(f"{head}:\n" + "\n".join(f"  - {fault}" for fault in self.faults))


class ConfigError(_Faults):
    """Settings that cannot be used: unknown keys, bad values, unreadable files."""


class SettingsConflict(ConfigError):
    """A second ``init`` asked for other settings than the running kit has."""


class PolicyError(_Faults):
    """A redaction policy that cannot be used."""


class EventError(_Faults):
    """An event's fields are missing, unknown or of a wrong type, or an alert cannot be raised under its name."""


class MetricError(_Faults, ValueError):
    """An instrument's name, unit or boundaries cannot be used, or its name has another kind of instrument already."""


class ForeignProviders(OtelKitError):
    """OpenTelemetry providers of somebody else are set and ``strict=True`` refuses to share."""


class MissingExtra(OtelKitError):
    """A feature was asked for whose packages are not installed."""

    def __init__(self, feature: str, extra: str, package: str) -> None:
        self.extra = extra
        super().__init__(f"{feature} needs the package {package}. Install it with: pip install 'otel-kit[{extra}]'")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or None if none is close."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None
