"""What ``/health`` says: the inside for whoever has the key only, redacted, and always JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest

from otel_kit.healthchecks.report import Sources, encoded, full_report, public_report, timestamp
from otel_kit.healthchecks.results import Result, Status, report_of
from otel_kit.healthchecks.system import System
from otel_kit.metrics.routes import RouteSummary
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor

REASON = "OperationalError: connection to 10.1.2.3 refused for anna@example.com with card 4111111111111111"


def redact(text: str) -> str:
    """Redact as the kit does."""
    return default_redactor().text(text, Findings())


def _broken() -> Any:
    raise RuntimeError("s3cret")


def sources(**more: Any) -> Sources:
    """Return sources of a service; ``more`` replaces parts."""
    summary = RouteSummary()
    summary.record("GET /orders/{id}", 0.25, True)
    parts: dict[str, Any] = {
        "service": "orders", "version": "1.2.3", "environment": "test", "redact": redact, "system": System(),
        "pipeline": lambda: {"signals": {"logs": {"dropped": {"exit": 1}}}}, "routes": summary.summary,
        "websockets": lambda: 3, "logs": lambda: None,
    }  # fmt: skip
    return Sources(**{**parts, **more})


REPORT = report_of(
    {
        "db": Result("db", True, Status.UNHEALTHY, REASON, 0.0123456, 1_700_000_000.5),
        "mail": Result("mail", False, Status.HEALTHY, "", 1.0, 1_700_000_000.0),
    }
)


def decoded(document: Any) -> dict[str, Any]:
    """Return the document as a client has it."""
    found: dict[str, Any] = json.loads(encoded(document, redact))
    return found


def test_strangers_see_status_and_names_only() -> None:
    """Exactly these members: a new one has to be decided upon."""
    found = decoded(public_report(REPORT, sources(), 0.0015))

    assert found.pop("timestamp").endswith("Z")
    assert found == {
        "status": "unhealthy",
        "service": "orders",
        "version": "1.2.3",
        "response_time_ms": 1.5,
        "dependencies": {"db": {"status": "unhealthy"}, "mail": {"status": "healthy"}},
    }


def test_the_inside() -> None:
    """Everything the requirement lists."""
    found = decoded(full_report(REPORT, sources(), 0.0015))

    assert found["environment"] == "test"
    assert found["dependencies"]["db"] == {
        "status": "unhealthy", "critical": True, "duration_ms": 12.346, "checked_at": "2023-11-14T22:13:20.500Z",
        "timed_out": False,
        "reason": "OperationalError: connection to 10.1.2.3 refused for a***@example.com with card 4111-****-****-1111",
    }  # fmt: skip
    route = found["performance"]["routes"]["GET /orders/{id}"]
    assert (route["count"], route["errors"], route["mean_ms"], route["p99_ms"]) == (1, 1, 250.0, 250.0)
    assert 0 <= found["system"]["memory"]["utilisation"] <= 1
    assert found["system"]["disk"]["free_bytes"] > 0
    assert found["system"]["process"]["threads"] >= 1
    assert found["system"]["cpu"]["count"] >= 1
    assert found["websockets"] == {"open": 3}
    assert found["pipeline"]["signals"]["logs"]["dropped"] == {"exit": 1}
    assert isinstance(found["alerts"], list)
    assert isinstance(found["events"], dict)
    assert "logs" in found


@pytest.mark.parametrize("part", ["pipeline", "routes", "websockets", "logs"])
def test_a_part_that_fails_costs_no_other(part: str) -> None:
    """The kind of error stands in its place, not its text."""
    text = encoded(full_report(REPORT, sources(**{part: _broken}), 0.0), redact).decode()

    assert "s3cret" not in text
    assert '{"error": "RuntimeError"}' in text
    assert json.loads(text)["status"] == "unhealthy"


@dataclass(frozen=True)
class Odd:
    """As alerts and accounts are."""

    number: float
    text: str


class Cyclic(dict[str, Any]):
    """Holds itself."""

    def __init__(self) -> None:
        super().__init__(self=self)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (math.inf, None),
        (Odd(math.nan, "anna@example.com"), {"number": None, "text": "a***@example.com"}),
        ({1: {2}}, {"1": [2]}),
        ((1, "\ud800"), None),
        (10**400, 10**400),
        ({"anna@example.com": 1}, {"a***@example.com": 1}),
        (b"bytes", None),
        (Cyclic(), None),
    ],
    ids=str,
)
def test_whatever_the_parts_hold_it_is_json(value: Any, expected: Any) -> None:
    """And redacted, keys included."""
    found = decoded({"part": value})["part"]
    if expected is not None or isinstance(value, float):
        assert found == expected


def test_timestamp_is_rfc_3339() -> None:
    """UTC, milliseconds."""
    assert timestamp(0.0) == "1970-01-01T00:00:00.000Z"
