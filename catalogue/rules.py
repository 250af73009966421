"""The series that recording rules make: those that are shipped, and those of an objective."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.stack import assets
from otel_kit.stack.alerting import objective_rules

_FOLDERS: Final = ("backends/prometheus/rules", "alerts/generated/prometheus")


def recorded_series(root: Path | None = None) -> Iterator[str]:
    """Yield the names that the rule files record, and those that are made of objectives."""
    yield from (str(rule["record"]) for rule in objective_rules.records(()))
    for folder in _FOLDERS:
        for path in sorted(((root or assets.root()) / folder).glob("*.y*ml")):
            yield from records(yaml.safe_load(path.read_text("utf-8")))


def records(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that the groups of one rule file record."""
    for group in document.get("groups", ()):
        yield from (rule["record"] for rule in group["rules"] if "record" in rule)


def unit_of(name: str) -> str:
    """Return the unit that a recorded series has by its name, ``level:metric:operation``; empty for what is counted."""
    words = {word for part in name.split(":") for word in part.split("_")}
    named = {"ratio": "1", "seconds": "s", "bytes": "By", "usd": "{USD}"}
    return next((unit for word, unit in named.items() if word in words), "")
