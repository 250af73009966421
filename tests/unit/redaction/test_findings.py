"""Counting."""

from __future__ import annotations

from otel_kit.redaction.findings import Findings


def test_merging_adds_every_count() -> None:
    """A batch's findings are the sum of its items'."""
    total = Findings(hits={"email": 1}, repaired=1, errors=1, truncated=1)

    total.merge(Findings(hits={"email": 2, "card": 1}, repaired=2, errors=3, truncated=4))

    assert total == Findings(hits={"email": 3, "card": 1}, repaired=3, errors=4, truncated=5)


def test_findings_share_nothing() -> None:
    """Each item has counts of its own."""
    one, other = Findings(), Findings()

    one.hit("email")

    assert other.hits == {}
