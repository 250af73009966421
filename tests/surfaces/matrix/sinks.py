"""What the kit's own sinks write beside OTLP: console, file, syslog."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell, card, key, mail, password, token

WAY = "kit's sinks"
# Each sink with the outlet of what it writes, and whether that is JSON.
SINKS = (("console, text", "stdout", False), ("console, JSON", "stderr", True), ("file", "file", True),
         ("syslog", "headers", False))  # fmt: skip


def _cells() -> Iterator[Cell]:
    for sink, outlet, is_json in SINKS:
        yield mail(f"{sink}: message", WAY, outlet=outlet)
        surface = f"{sink}: extra, by its key"
        shown = f'"{key(surface, WAY)}":"[REDACTED:password]"' if is_json else None
        yield password(surface, WAY, shown, outlet=outlet)
        yield card(f"{sink}: exception", WAY, outlet=outlet)
        yield token(f"{sink}: bound value", WAY, outlet=outlet)
        yield mail(f"{sink}: name of an event", WAY, before="sent to ", outlet=outlet)
        yield mail(f"{sink}: body that is a map", WAY, outlet=outlet)


CELLS = tuple(_cells())
