"""What language models were used for and cost: by model, feature, tenant or service, and over time.

A service that sends events ``otel_kit.llm`` is counted from them, call by call. One that only sends the metrics of the
semantic conventions (other instrumentations do) is counted from those.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any

from otel_kit.local.filters import TimeRange
from otel_kit.local.store.llm_calls import Sample, calls_of_events, services_with_events
from otel_kit.local.store.llm_metrics import samples_of_metrics
from otel_kit.local.store.llm_totals import Totals
from otel_kit.local.store.reader_overview import bucket_width_ms

DIMENSIONS = ("model", "feature", "tenant", "service")
_MOST_ROWS = 200
_OTHER = "(other)"


def llm_usage(connection: sqlite3.Connection, by: str, service: str | None, times: TimeRange) -> dict[str, Any]:
    """Return totals, one row for each value of the dimension ``by``, and the course over time.

    A cost is None where no price is known, never 0; ``unpriced`` says for how many calls. ``truncated`` means that
    only the newest calls were counted.
    """
    samples, truncated = _samples(connection, service, times)
    width_ms = bucket_width_ms(times)
    total = Totals()
    rows: defaultdict[str, Totals] = defaultdict(Totals)
    buckets: defaultdict[int, Totals] = defaultdict(Totals)
    for sample in samples:
        value = sample.labels[by]
        if value not in rows and len(rows) >= _MOST_ROWS:
            value = _OTHER
        for totals in (total, rows[value], buckets[sample.time // (width_ms * 1_000_000)]):
            totals.add(sample)
    first, last = times.start // (width_ms * 1_000_000), times.end // (width_ms * 1_000_000)
    return {
        "by": by,
        "totals": total.shown(),
        "rows": [
            {"value": value, **totals.shown()}
            for value, totals in sorted(rows.items(), key=lambda item: (-item[1].calls, item[0]))
        ],
        "timeline": {
            "bucket_ms": width_ms,
            "points": [{"t_ms": at * width_ms, **buckets[at].course()} for at in range(first, last + 1)],
        },
        "truncated": truncated,
    }


def _samples(connection: sqlite3.Connection, service: str | None, times: TimeRange) -> tuple[list[Sample], bool]:
    calls, truncated = calls_of_events(connection, service, times)
    known = services_with_events(connection, times)
    return calls + list(samples_of_metrics(connection, service, known, times)), truncated
