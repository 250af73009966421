"""What the real Collector makes of the files, against what the rules have looked at: the two have to be one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from otel_kit.errors import Fault
from otel_kit.stack.check import binary as collector
from otel_kit.stack.check.layers import SECTIONS, Merged, component_type, dotted


def read_otherwise(
    binary: Path, paths: Sequence[Path], merged: Merged, environment: Mapping[str, str]
) -> Iterator[Fault]:
    """Yield a fault for each component, pipeline or guard that the Collector reads otherwise than this check. Blocks.

    ``merged`` has its variables replaced. A Collector that does not print its configuration (``print-config`` is an
    experiment, seen on 0.158) is believed.
    """
    printed = collector.printed(binary, paths, environment)
    try:
        theirs = json.loads(printed)
    except ValueError:
        return
    ours = {place: value for place, value in _outline(merged.data) if value is not None}
    other = {place: value for place, value in _outline(theirs) if value is not None}
    for place in sorted({*ours, *other}):
        if ours.get(place) != other.get(place):
            yield Fault(
                merged.where(*place),
                f"{dotted(place)} is read otherwise by the Collector than by this check, which can say nothing of it",
                "a file that can be read one way only",
                "Write it as the shipped overlays are written.",
            )


def _outline(data: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    for section in SECTIONS:
        for name in _mapping(data, section):
            yield (section, name), True
    yield ("service", "extensions"), _mapping(data, "service").get("extensions") or None
    for name, row in _mapping(data, "service", "pipelines").items():
        for role in ("receivers", "processors", "exporters"):
            yield ("service", "pipelines", name, role), (row or {}).get(role) or None
    for name in _mapping(data, "receivers"):
        if component_type(name) == "otlp":
            for protocol in _mapping(data, "receivers", name, "protocols"):
                settings = _mapping(data, "receivers", name, "protocols", protocol)
                for key in ("auth", "middlewares"):
                    yield ("receivers", name, "protocols", protocol, key), settings.get(key) or None


def _mapping(data: Any, *place: str) -> dict[str, Any]:
    for part in place:
        data = data.get(part) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
