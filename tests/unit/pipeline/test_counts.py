"""Faults and redaction counts: what was kept from the application, and what was altered."""

from __future__ import annotations

import threading

import pytest

from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.redaction_counts import RedactionCounts, RedactionTotals
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

    assert RedactionTotals({"email": 2000, "card": 4000}, 2000, 2000, 2000) == counts.totals()
    counts.after_fork()
    assert RedactionTotals({}, 0, 0, 0) == counts.totals()
