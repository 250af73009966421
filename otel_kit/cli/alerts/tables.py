"""Texts for a terminal: columns, times and how long ago they were."""

from __future__ import annotations

import datetime
from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; what would break a line or the terminal is replaced."""
    shown = [tuple(head), *(tuple(map(printable, row)) for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]


def printable(text: str) -> str:
    """Return the text on one line, without control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def ago(since: datetime.datetime, now: datetime.datetime) -> str:
    """Return how long that is ago, in the largest unit that fits: ``12 min``."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def clock(at: datetime.datetime) -> str:
    """Return the time as it is written everywhere in this output: UTC, to the second."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
