"""Faults and redaction counts: what was kept from the application, and what was altered."""

from __future__ import annotations

import threading

import pytest

from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.redaction_counts import MAX_PAIRS, OTHER, PlaceTotals, RedactionCounts, RedactionTotals
from otel_kit.redaction.findings import Findings

SECRET = "ada@example.com"


def test_fault_is_counted_always_and_logged_once_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """The text of an exception may hold user data."""
    faults = Faults()

    for _ in range(3):
        faults.count("log_handler", ValueError(SECRET))
    faults.count("span_end", KeyError(SECRET))

    assert {"log_handler": 3, "span_end": 1} == faults.totals()
    assert 2 == len(caplog.messages)
    assert "log_handler" in caplog.messages[0]
    assert "ValueError" in caplog.messages[0]
    assert SECRET not in caplog.text


def test_faults_of_the_parent_are_not_the_childs() -> None:
    """A forked child starts from zero."""
    faults = Faults()
    faults.count("here", ValueError())

    faults.after_fork()

    assert {} == faults.totals()


def test_redaction_counts_add_up_over_threads() -> None:
    """Four threads, one sum."""
    counts = RedactionCounts()

    def add() -> None:
        for _ in range(500):
            counts.add(Findings({"email": 1, "card": 2}, repaired=1, truncated=1, errors=1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    places = (PlaceTotals("card", OTHER, 4000), PlaceTotals("email", OTHER, 2000))
    assert RedactionTotals({"email": 2000, "card": 4000}, 2000, 2000, 2000, {}, places) == counts.totals()
    counts.after_fork()
    assert RedactionTotals({}, 0, 0, 0, {}, ()) == counts.totals()


def _found(*found: tuple[str, str], reported: bool = False) -> Findings:
    """Return findings as the redactor makes them: a rule and where it found something."""
    findings = Findings()
    for rule, findings.place in found:
        if reported:
            findings.report(rule)
        else:
            findings.hit(rule)
    return findings


def test_redaction_is_counted_by_rule_and_key_altered_and_reported_apart() -> None:
    """Most frequent first, so that what masks too much stands on top."""
    counts = RedactionCounts()

    counts.add(_found(("card", "order.id"), ("card", "order.id"), ("email", "log.body")))
    counts.add(_found(("card", "order.id"), ("ssn", "ref"), reported=True))

    totals = counts.totals()
    assert {"card": 2, "email": 1} == totals.hits
    assert {"card": 1, "ssn": 1} == totals.reported
    assert totals.places == (
        PlaceTotals("card", "order.id", 2, 1),
        PlaceTotals("email", "log.body", 1, 0),
        PlaceTotals("ssn", "ref", 0, 1),
    )


def test_pairs_of_rule_and_key_are_bounded_and_their_sums_stay_exact() -> None:
    """Keys may come from outside: ten thousand of them cost the memory of some hundred."""
    counts = RedactionCounts()

    for number in range(10_000):
        counts.add(_found(("card", f"key {number}"), ("email", "x" * 500)))

    totals = counts.totals()
    keys = {place.key for place in totals.places}
    assert {"card": 10_000, "email": 10_000} == totals.hits
    assert MAX_PAIRS + 1 == len(totals.places)
    assert PlaceTotals("card", OTHER, 10_000 - (MAX_PAIRS - 1)) in totals.places
    assert 128 == max(len(key) for key in keys)
