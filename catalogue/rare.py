"""``rare.yaml``: metrics that a healthy stack does not show, chosen by hand and looked up in the programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from otel_kit.stack.native.components import COLLECTOR

FILE: Final = Path(__file__).with_name("rare.yaml")


def rare_metrics() -> dict[str, dict[str, str]]:
    """Return source -> name -> kind and unit."""
    found: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def missing_in(binaries: Mapping[str, Path], metrics: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the names that their source's program does not contain; that of an overlay is the Collector."""
    return [
        name
        for source, rows in metrics.items()
        for name in _not_in(rows, (binaries[source if source in binaries else COLLECTOR]).read_bytes())
    ]


def _not_in(names: Mapping[str, str], content: bytes) -> Iterator[str]:
    for name in names:
        words = name.split("_")
        # The program joins the beginning from namespace and subsystem, the end from unit and kind; two words at least
        # are the metric's own. OpenTelemetry's names have dots, somewhere.
        spans = [words[first:last] for last in range(len(words), 1, -1) for first in range(last - 1)]
        if any("_".join(span).encode() in content for span in spans):
            continue
        if not any(re.search("[._]".join(map(re.escape, span)).encode(), content) for span in spans):
            yield name
