"""The check of events, language models, health and alerts: what is missing is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otel_kit.cli.demo.operations import ALERT, CATEGORIES, CHECKS, NOTHING, Operations
from otel_kit.semconv import ALERT_NAME, EVENT_ALERT_RAISED, EVENT_ALERT_RESOLVED


def _alert(name: str) -> dict[str, Any]:
    return {"event_name": name, "attributes": {ALERT_NAME: ALERT}}


_USAGE = {"calls": 3, "input_tokens": 900, "output_tokens": 40, "cost": 0.0123, "unpriced": 0}
_ALL = Operations(
    events=dict.fromkeys(CATEGORIES, 2),
    usage=_USAGE,
    checks=[{"service": service, "check": name, "status": "healthy"} for service, name in CHECKS],
    alerts=[_alert(EVENT_ALERT_RESOLVED), _alert(EVENT_ALERT_RAISED)],
    active=[],
    has_alert_gauge=True,
)


def test_nothing_is_missing() -> None:
    """All four pass and say what was seen."""
    events, llm, health, alert = _ALL.results()

    assert all(result.passed for result in _ALL.results())
    assert events.seen.startswith("14 events: audit 2, security 2, ")
    assert llm.seen == "3 calls, 900 tokens in, 40 out, cost $0.0123"
    assert health.seen == "orders of shop, payments of orders, database of orders: healthy"
    assert alert.seen == "bank was raised and resolved"


def test_of_nothing_all_is_missing() -> None:
    """Before the first answer of the viewer each of the four fails."""
    assert [result.passed for result in NOTHING.results()] == [False] * 4


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"events": dict.fromkeys(CATEGORIES[1:], 1)}, "no event of the category audit"),
        ({"usage": _USAGE | {"input_tokens": 0}}, "no call with its tokens was counted"),
        ({"usage": _USAGE | {"cost": None, "unpriced": 3}}, "the cost of 3 calls is not known"),
        ({"checks": _ALL.checks[1:]}, "no check orders of shop"),
        ({"checks": [*_ALL.checks[1:], {**_ALL.checks[0], "status": "degraded"}]}, "orders of shop is degraded"),
        ({"alerts": _ALL.alerts[:1]}, "the alert bank was not raised"),
        ({"alerts": _ALL.alerts[1:]}, "the alert bank was not resolved"),
        ({"active": [{"name": ALERT}]}, "the alert bank was not resolved"),
        ({"has_alert_gauge": False}, "there is no gauge otel_kit.alert.active"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, Any], fault: str) -> None:
    """In the line of its own, and nowhere else."""
    failed = [result for result in replace(_ALL, **changes).results() if not result.passed]

    assert [result.faults for result in failed] == [(fault,)]
