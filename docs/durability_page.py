"""The table of docs/durability.md, from ``benchmarks/results/durability.json``."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import figures

_COUNTS = ("sent", "accepted", "stored", "duplicates", "missing")


def table() -> Iterator[str]:
    """Yield a row for everything that happened and each signal."""
    result = figures.read("durability")
    if result is None:
        yield "Not measured yet: `python -m benchmarks durability`."
        return
    measured = result["figures"]
    yield f"| while | signal | {' | '.join(_COUNTS)} |"
    yield "|---|---|" + "---:|" * len(_COUNTS)
    for name, signals in measured["happened"].items():
        mark = " (not promised)" if name in measured["not promised"] else ""
        for signal, counts in signals.items():
            yield f"| {name}{mark} | {signal} | {' | '.join(f'{counts[count]:,}' for count in _COUNTS)} |"
            name, mark = "", ""
