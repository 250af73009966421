"""The catalogue as it lies in ``metrics.yaml``: for each source the metrics, each ``name: kind unit``."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from otel_kit.stack.catalogue.metric import KINDS, Metric

FILE: Final = Path(__file__).with_name("metrics.yaml")
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.cache
def known() -> Mapping[str, Metric]:
    """Return every name that a query may use, those of a histogram's series as well; read once."""
    # The loader is a safe one, in C where there is one: the file has a thousand rows.
    return MappingProxyType(parsed(yaml.load(FILE.read_text("utf-8"), _LOADER)))  # noqa: S506


def parsed(document: Mapping[str, Mapping[str, str]]) -> dict[str, Metric]:
    """Return the metrics of a document by the names that a query uses; who sends a name first says kind and unit.

    Raises:
        ValueError: a row's kind is none.
    """
    sources: dict[str, list[str]] = {}
    rows: dict[str, tuple[str, str]] = {}
    for source, metrics in document.items():
        for name, row in metrics.items():
            kind, _, unit = row.partition(" ")
            sources.setdefault(name, []).append(source)
            rows.setdefault(name, (kind, unit))
    found = {}
    for name, (kind, unit) in rows.items():
        known_kind = next((one for one in KINDS if one == kind), None)
        if known_kind is None:
            raise ValueError(f"{name}: {kind!r} is no kind of metric")
        metric = Metric(name, known_kind, unit, ", ".join(sources[name]))
        found.update(dict.fromkeys(metric.series, metric))
    return found
