"""What a redaction altered, as counts. Never holds a value or a piece of one."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """Counts of one item or one batch; cheap to make, not thread-safe.

    ``hits`` maps a rule's id to the values it altered; a value that was masked already is no hit. ``repaired`` counts
    values that could not travel as they were (lone surrogate, cycle, unknown type, integer beyond 64 bits, too deep),
    ``errors`` those dropped because the scanner failed, ``truncated`` those cut at a size limit.
    """

    hits: dict[str, int] = field(default_factory=dict)
    repaired: int = 0
    errors: int = 0
    truncated: int = 0

    def hit(self, rule_id: str, count: int = 1) -> None:
        """Count ``count`` values altered by ``rule_id``."""
        self.hits[rule_id] = self.hits.get(rule_id, 0) + count

    def merge(self, other: Findings) -> None:
        """Add the counts of ``other`` to these."""
        for rule_id, count in other.hits.items():
            self.hit(rule_id, count)
        self.repaired += other.repaired
        self.errors += other.errors
        self.truncated += other.truncated
