"""The tables of docs/stack.md: versions, retention, and the variables that have no page of their own."""

from __future__ import annotations

from collections.abc import Iterator

from otel_kit.stack.pins import PINS
from otel_kit.stack.variables import RETENTION, VARIABLES


def versions() -> Iterator[str]:
    """Yield what runs: the image of compose, and the version that Go builds."""
    yield "| | built natively | image | licence | |"
    yield "|---|---|---|---|---|"
    for row in PINS:
        built = f"`{row.version}`" if row.version else ""
        yield f"| {row.name} | {built} | `{row.reference}` | {row.licence} | {row.note} |"


def retention() -> Iterator[str]:
    """Yield how long what is kept."""
    yield "| what | kept | variable |"
    yield "|---|---|---|"
    for row in VARIABLES:
        if row.group == RETENTION:
            yield f"| {row.sentence} | `{row.default}` | `{row.name}` |"


def variables() -> Iterator[str]:
    """Yield the variables of everything but the Collector, group by group."""
    rows = [row for row in VARIABLES if row.name.startswith("STACK_") and row.group != RETENTION]
    for group in dict.fromkeys(row.group for row in rows):
        yield from ("", f"### {group}", "", "| variable | default | meaning |", "|---|---|---|")
        for row in rows:
            if row.group == group:
                default = f"`{row.default}`" if row.default else "none, required" if row.required else ""
                yield f"| `{row.name}` | {default} | {row.sentence.replace('|', '/')} |"
