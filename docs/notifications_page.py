"""The seconds of docs/notifications.md, from ``benchmarks/results/alerts.json``."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import figures


def table() -> Iterator[str]:
    """Yield a row for each fault: median and all rounds."""
    result = figures.read("alerts")
    if result is None:
        yield "Not measured yet: `python -m benchmarks alerts`."
        return
    yield "| fault | alert | its `for` | to the webhook, s | from its end to the message, s |"
    yield "|---|---|---:|---:|---:|"
    for name, measured in result["figures"]["faults"].items():
        seconds = [
            f"{found['median']:.1f} ({min(found['each']):.1f} to {max(found['each']):.1f})"
            for found in (measured["to the webhook, s"], measured["from its end to the message, s"])
        ]
        yield f"| {name} | `{measured['alert']}` | {measured['waits']} | {' | '.join(seconds)} |"
