"""Settings of health checks and their routes."""

from __future__ import annotations

from dataclasses import dataclass

from otel_kit.settings.kinds import BOOLEAN, DURATION, TEXT
from otel_kit.settings.option import option


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthOptions:
    """Health."""

    routes: bool = option(
        "routes", BOOLEAN, True, "Answer /livez, /readyz and /health where the application has no such route itself."
    )
    prefix: str = option("prefix", TEXT, "", "Path before the three routes, such as /internal.")
    key: str | None = option(
        "key", TEXT, None, "Whoever sends it as a bearer token sees the internals in /health.",
        reloadable=True, secret=True,
    )  # fmt: skip
    key_file: str | None = option("key_file", TEXT, None, "File that holds the key.", reloadable=True)
    cache_s: float = option("cache", DURATION, 5.0, "How long the result of a check is used again.", reloadable=True)
    timeout_s: float = option(
        "timeout", DURATION, 2.0, "Time for one check, unless the check says otherwise.", reloadable=True
    )
    interval_s: float = option(
        "interval", DURATION, 30.0, "How often checks run by themselves, for metrics and events; 0: only when asked.",
        reloadable=True,
    )  # fmt: skip
