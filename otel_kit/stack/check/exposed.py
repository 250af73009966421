"""What is no fault and still lets more people see or send than is often meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from otel_kit.errors import Fault
from otel_kit.stack.check.layers import Merged, Place, dotted
from otel_kit.stack.check.variables import expanded


def exposed(merged: Merged, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a note for CORS that any page may use, and for the Collector's own log when it tells too much."""
    for place, origins in _cors(merged.section("receivers"), ("receivers",)):
        if any(expanded(origin, environment) == "*" for origin in _listed(expanded(origins, environment))):
            yield Fault(
                merged.where(*place),
                f"{dotted(place)} has *: the page of any site may send with a key that it has got hold of",
                "the origins of your own pages",
            )
    telemetry = merged.section("service").get("telemetry")
    logs = telemetry.get("logs") if isinstance(telemetry, dict) else None
    level = expanded(logs.get("level"), environment) if isinstance(logs, dict) else None
    if isinstance(level, str) and level.lower() == "debug":
        yield Fault(
            merged.where("service", "telemetry", "logs", "level"),
            "service.telemetry.logs.level is debug: the Collector's own log may show what it takes in, unredacted",
            "info, but while you look for something",
        )


def _cors(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key == "cors" and isinstance(inner, dict):
            yield (*place, key, "allowed_origins"), inner.get("allowed_origins")
        else:
            yield from _cors(inner, (*place, key))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
