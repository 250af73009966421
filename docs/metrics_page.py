"""The tables of docs/metrics.md: every metric that the package makes, read from the calls that make them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import otel_kit
from otel_kit import semconv
from otel_kit.metrics.naming import SCALES
from otel_kit.metrics.pipeline_figures import _COUNTERS
from otel_kit.metrics.prometheus_names import Kind, metric_name

_PACKAGE = Path(otel_kit.__file__).parent
_KINDS = {
    "create_counter": "counter",
    "create_observable_counter": "counter",
    "create_up_down_counter": "up-down counter",
    "create_observable_up_down_counter": "up-down counter",
    "create_gauge": "gauge",
    "create_observable_gauge": "gauge",
    "create_histogram": "histogram",
}
_FIGURE_KINDS = {"counter": "counter", "up_down": "up-down counter", "gauge": "gauge"}
_IN_PROMETHEUS: dict[str, Kind] = {"counter": "counter", "gauge": "gauge"}


@dataclass(frozen=True, order=True)
class Row:
    """One metric."""

    name: str
    kind: str
    unit: str
    meaning: str


def machine() -> Iterator[str]:
    """Yield the table of the figures of process, host and container."""
    yield from _table({row for row in _rows() if _is_of_machine(row)})


def kit() -> Iterator[str]:
    """Yield the table of all other metrics."""
    yield from _table({row for row in _rows() if not _is_of_machine(row)})


def scales() -> Iterator[str]:
    """Yield the units that are converted."""
    yield "| given in | recorded in |"
    yield "|---|---|"
    for wanted in dict.fromkeys(unit for unit, _ in SCALES.values()):
        given = ", ".join(f"`{unit}`" for unit, (recorded, _) in SCALES.items() if recorded == wanted)
        yield f"| {given} | `{wanted}` |"


def _is_of_machine(row: Row) -> bool:
    own = {semconv.SYSTEM_LOAD_AVERAGE, semconv.PROCESS_FILE_DESCRIPTOR_LIMIT}
    return row.name in own or row.name.removeprefix("otel_kit.").startswith(
        ("process.", "system.", "cpython.", "container.")
    )


def _table(rows: set[Row]) -> Iterator[str]:
    yield "| metric | in Prometheus | kind | unit | meaning |"
    yield "|---|---|---|---|---|"
    for row in sorted(rows):
        name = metric_name(row.name, row.unit, _IN_PROMETHEUS.get(row.kind, "other"))
        unit = f"`{row.unit}`" if row.unit else ""
        yield f"| `{row.name}` | `{name}` | {row.kind} | {unit} | {row.meaning} |"


def _rows() -> Iterator[Row]:
    for name, meaning, _ in _COUNTERS:
        yield Row(name, "counter", "{record}", meaning)
    for path in sorted(_PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                row = _row(node)
                if row is not None:
                    yield row


def _row(call: ast.Call) -> Row | None:
    """Return the metric that a call makes, if it names one of ``semconv``."""
    name = _constant(call.args[0])
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if not isinstance(name, str):
        return None
    if function == "Figure":
        kind, unit, meaning = (_constant(argument) for argument in call.args[1:4])
        return Row(name, _FIGURE_KINDS[kind], unit, meaning)
    if function not in _KINDS:
        return None
    given = {keyword.arg: _constant(keyword.value) for keyword in call.keywords}
    return Row(name, _KINDS[function], given.get("unit") or "", given.get("description") or "")


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "semconv":
        return getattr(semconv, node.attr)
    return node.value if isinstance(node, ast.Constant) else None
