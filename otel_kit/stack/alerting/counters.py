"""PromQL for counters that appear with their first loss.

The Collector, Loki and Tempo make the series of a failure when it happens: its first sample is already a count, and
``increase`` of a single sample, or of an equal second one, is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# As the Collector's counters end in them -> as the kit's own figures call the signal.
SIGNALS: Final[Mapping[str, str]] = {"log_records": "logs", "spans": "traces", "metric_points": "metrics"}
_WAS_SCRAPED: Final = "up offset ${rate_window} == 1"


def risen(
    selector: str, was_there: str = _WAS_SCRAPED, *, on: str = "job, instance", window: str = "${rate_window}"
) -> str:
    """Return an expression with what a counter rose by within ``window``, no series where it did not.

    A series that was not there before counts with its value, if ``was_there`` has one with the same labels ``on``: else
    a Prometheus that comes back after a pause would find everything new.
    """
    new = f"({selector} unless {selector} offset {window}) and on ({on}) ({was_there})"
    return f"(increase({selector}[{window}]) > 0 or {new})"


def risen_by_signal(metric: str, matchers: str = "") -> str:
    """Return the same for the Collector's three counters, ``metric`` with ``{}`` for the signal; label ``signal``."""
    return " or ".join(
        f'label_replace({risen(metric.format(items) + matchers)}, "signal", "{signal}", "", "")'
        for items, signal in SIGNALS.items()
    )
