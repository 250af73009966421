"""What redaction found, summed over the process by rule and key: the numbers behind ``otel_kit.redaction.hits``."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from otel_kit.redaction.findings import Findings

MAX_PAIRS: Final = 256
"""Pairs of rule and key that are counted apart; those that come later are summed by rule."""
OTHER: Final = "(other)"
_LONGEST_KEY = 128

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PlaceTotals:
    """What one rule found under one key, or at a place such as ``log.body``; altered, or only reported."""

    rule: str
    key: str
    hits: int = 0
    reported: int = 0


@dataclass(frozen=True, slots=True)
class RedactionTotals:
    """Values altered and values only reported, by rule; both by rule and key, the most frequent first.

    ``repaired``, ``truncated`` and ``errors`` count values that could not travel as they were, were cut at a size
    limit, or were dropped because the scanner failed.
    """

    hits: Mapping[str, int]
    repaired: int
    truncated: int
    errors: int
    reported: Mapping[str, int]
    places: tuple[PlaceTotals, ...]


class RedactionCounts:
    """Thread-safe sum of findings."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._hits: Counter[Pair] = Counter()
        self._reported: Counter[Pair] = Counter()
        self._pairs: set[Pair] = set()
        self._repaired = self._truncated = self._errors = 0

    def add(self, findings: Findings) -> None:
        """Add what one item or batch had."""
        found = findings.hits or findings.reported
        if found or findings.repaired or findings.truncated or findings.errors:
            with self._lock:
                if found:
                    self._add_places(findings)
                self._repaired += findings.repaired
                self._truncated += findings.truncated
                self._errors += findings.errors

    def totals(self) -> RedactionTotals:
        """Return the sums as they are now."""
        with self._lock:
            hits, reported = self._hits.copy(), self._reported.copy()
            others = (self._repaired, self._truncated, self._errors)
        places = [PlaceTotals(*pair, hits[pair], reported[pair]) for pair in dict.fromkeys([*hits, *reported])]
        places.sort(key=lambda place: (-place.hits - place.reported, place.rule, place.key))
        return RedactionTotals(_by_rule(hits.items()), *others, _by_rule(reported.items()), tuple(places))

    def after_fork(self) -> None:
        """Start from zero in a child."""
        self._reset()

    def _add_places(self, findings: Findings) -> None:
        for rule, key, hits, reported in findings.placed():
            pair = self._pair(rule, key)
            if hits:
                self._hits[pair] += hits
            if reported:
                self._reported[pair] += reported

    def _pair(self, rule: str, key: str) -> Pair:
        pair = (rule, key[:_LONGEST_KEY] or OTHER)
        if pair in self._pairs or not key:
            return pair
        if len(self._pairs) >= MAX_PAIRS:
            return rule, OTHER
        self._pairs.add(pair)
        return pair


def _by_rule(counts: Iterable[tuple[Pair, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for (rule, _), count in counts:
        sums[rule] += count
    return dict(sums)
