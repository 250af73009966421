"""The tables of docs/metrics.md: every metric that the package makes, read from the calls that make them."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.instruments import Instrument, instruments
from otel_kit import semconv
from otel_kit.metrics.naming import SCALES


def machine() -> Iterator[str]:
    """Yield the table of the figures of process, host and container."""
    yield from _table({row for row in instruments() if _is_of_machine(row)})


def kit() -> Iterator[str]:
    """Yield the table of all other metrics."""
    yield from _table({row for row in instruments() if not _is_of_machine(row)})


def scales() -> Iterator[str]:
    """Yield the units that are converted."""
    yield "| given in | recorded in |"
    yield "|---|---|"
    for wanted in dict.fromkeys(unit for unit, _ in SCALES.values()):
        given = ", ".join(f"`{unit}`" for unit, (recorded, _) in SCALES.items() if recorded == wanted)
        yield f"| {given} | `{wanted}` |"


def _is_of_machine(row: Instrument) -> bool:
    own = {semconv.SYSTEM_LOAD_AVERAGE, semconv.PROCESS_FILE_DESCRIPTOR_LIMIT}
    return row.name in own or row.name.removeprefix("otel_kit.").startswith(
        ("process.", "system.", "cpython.", "container.")
    )


def _table(rows: set[Instrument]) -> Iterator[str]:
    yield "| metric | in Prometheus | kind | unit | meaning |"
    yield "|---|---|---|---|---|"
    for row in sorted(rows):
        unit = f"`{row.unit}`" if row.unit else ""
        yield f"| `{row.name}` | `{row.in_prometheus}` | {row.kind} | {unit} | {row.meaning} |"
