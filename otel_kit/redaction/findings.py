"""What a redaction altered, as counts. Never holds a value or a piece of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """Counts of one item or one batch; cheap to make, not thread-safe.

    ``hits`` maps a rule's id to the values it altered; a value that was masked already is no hit. ``reported`` counts
    those that rules in report mode found and left. ``places`` has both by rule and place: the redacted key, or a name
    such as ``log.body``; ``place`` is where the redactor is now. ``repaired`` counts values that could not travel as
    they were (lone surrogate, cycle, unknown type, integer beyond 64 bits, too deep), ``errors`` those dropped because
    the scanner failed, ``truncated`` those cut at a size limit.
    """

    hits: dict[str, int] = field(default_factory=dict)
    reported: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict, compare=False)
    place: str = field(default="", compare=False)
    repaired: int = 0
    errors: int = 0
    truncated: int = 0

    def hit(self, rule_id: str, count: int = 1) -> None:
        """Count ``count`` values altered by ``rule_id``."""
        self.hits[rule_id] = self.hits.get(rule_id, 0) + count
        self._at_place(rule_id, count)

    def report(self, rule_id: str, count: int = 1) -> None:
        """Count ``count`` values that ``rule_id`` found and left, being in report mode."""
        self.reported[rule_id] = self.reported.get(rule_id, 0) + count
        self._at_place(rule_id, count)

    def placed(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield rule, key, values altered and values only reported; what has no place comes under the key ""."""
        hits, reported = dict(self.hits), dict(self.reported)
        for (rule_id, key), count in self.places.items():
            altered = min(count, hits.get(rule_id, 0))
            left = min(count - altered, reported.get(rule_id, 0))
            if altered:
                hits[rule_id] -= altered
            if left:
                reported[rule_id] -= left
            yield rule_id, key, altered, left
        for rule_id in {**hits, **reported}:
            if hits.get(rule_id) or reported.get(rule_id):
                yield rule_id, "", hits.get(rule_id, 0), reported.get(rule_id, 0)

    def merge(self, other: Findings) -> None:
        """Add the counts of ``other`` to these."""
        for rule_id, count in other.hits.items():
            self.hits[rule_id] = self.hits.get(rule_id, 0) + count
        for rule_id, count in other.reported.items():
            self.reported[rule_id] = self.reported.get(rule_id, 0) + count
        for where, count in other.places.items():
            self.places[where] = self.places.get(where, 0) + count
        self.repaired += other.repaired
        self.errors += other.errors
        self.truncated += other.truncated

    def _at_place(self, rule_id: str, count: int) -> None:
        where = (rule_id, self.place)
        self.places[where] = self.places.get(where, 0) + count
