"""The metrics that the package makes, read from the calls that make them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import otel_kit
from otel_kit import semconv
from otel_kit.metrics.pipeline_figures import _COUNTERS
from otel_kit.metrics.prometheus_names import Kind, metric_name

_PACKAGE: Final = Path(otel_kit.__file__).parent
_KINDS: Final = {
    "create_counter": "counter",
    "create_observable_counter": "counter",
    "create_up_down_counter": "up-down counter",
    "create_observable_up_down_counter": "up-down counter",
    "create_gauge": "gauge",
    "create_observable_gauge": "gauge",
    "create_histogram": "histogram",
}
_FIGURE_KINDS: Final = {"counter": "counter", "up_down": "up-down counter", "gauge": "gauge"}
_IN_PROMETHEUS: Final[dict[str, Kind]] = {"counter": "counter", "gauge": "gauge"}


@dataclass(frozen=True, order=True, slots=True)
class Instrument:
    """One metric as OpenTelemetry knows it."""

    name: str
    kind: str
    unit: str
    meaning: str

    @property
    def in_prometheus(self) -> str:
        """Its name in Prometheus; of a histogram the name before ``_bucket``, ``_count`` and ``_sum``."""
        return metric_name(self.name, self.unit, _IN_PROMETHEUS.get(self.kind, "other"))


def instruments() -> Iterator[Instrument]:
    """Yield what the package makes; one that several places make comes several times."""
    for name, meaning, _ in _COUNTERS:
        yield Instrument(name, "counter", "{record}", meaning)
    for path in sorted(_PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                made = _instrument(node)
                if made is not None:
                    yield made


def _instrument(call: ast.Call) -> Instrument | None:
    """Return the metric that a call makes, if it names one of ``semconv``."""
    name = _constant(call.args[0])
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if not isinstance(name, str):
        return None
    if function == "Figure":
        kind, unit, meaning = (_constant(argument) for argument in call.args[1:4])
        return Instrument(name, _FIGURE_KINDS[kind], unit, meaning)
    if function not in _KINDS:
        return None
    given = {keyword.arg: _constant(keyword.value) for keyword in call.keywords}
    return Instrument(name, _KINDS[function], given.get("unit") or "", given.get("description") or "")


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "semconv":
        return getattr(semconv, node.attr)
    return node.value if isinstance(node, ast.Constant) else None
