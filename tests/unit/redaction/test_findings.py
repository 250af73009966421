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


def test_counts_are_told_by_rule_and_key_altered_and_reported_apart() -> None:
    """What was counted without a place comes without one, so that the sums stay those of the rules."""
    findings = Findings(hits={"email": 2})
    for findings.place in ("note", "note", "log.body"):
        findings.hit("card")
    findings.report("ssn", 3)

    assert sorted(findings.placed()) == [
        ("card", "log.body", 1, 0),
        ("card", "note", 2, 0),
        ("email", "", 2, 0),
        ("ssn", "log.body", 0, 3),
    ]
