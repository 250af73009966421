"""What redaction found, summed over the process: the numbers behind ``otel_kit.redaction.hits``."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from otel_kit.redaction.findings import Findings


@dataclass(frozen=True, slots=True)
class RedactionTotals:
    """Values altered by rule, and values that were repaired, cut, or dropped because the scanner failed."""

    hits: Mapping[str, int]
    repaired: int
    truncated: int
    errors: int


class RedactionCounts:
    """Thread-safe sum of findings."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._hits: Counter[str] = Counter()
        self._repaired = self._truncated = self._errors = 0

    def add(self, findings: Findings) -> None:
        """Add what one item or batch had."""
        if findings.hits or findings.repaired or findings.truncated or findings.errors:
            with self._lock:
                self._hits.update(findings.hits)
                self._repaired += findings.repaired
                self._truncated += findings.truncated
                self._errors += findings.errors

    def totals(self) -> RedactionTotals:
        """Return the sums as they are now."""
        with self._lock:
            return RedactionTotals(dict(self._hits), self._repaired, self._truncated, self._errors)

    def after_fork(self) -> None:
        """Start from zero in a child."""
        self._reset()
