"""What the page shows beside the three signals: events by category, language models, health, and the shop's alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from otel_kit import semconv
from otel_kit.cli.demo.results import Result, short
from otel_kit.cli.demo.viewer import Viewer

# What the example shop does: see examples/shop.
CATEGORIES = ("audit", "security", "business", "interaction", "llm", "alert", "system")
CHECKS = (("shop", "orders"), ("orders", "payments"), ("orders", "database"))
ALERT = "bank"


@dataclass(frozen=True, slots=True)
class Operations:
    """What a viewer has of it. ``events`` by category, ``usage`` totals of language models, ``checks`` of health."""

    events: dict[str, int]
    usage: dict[str, Any]
    checks: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    active: list[dict[str, Any]]
    has_alert_gauge: bool

    def results(self) -> list[Result]:
        """Return one result for each of the four."""
        return [self._events(), self._llm(), self._health(), self._alert()]

    def _events(self) -> Result:
        shown = ", ".join(f"{category} {count}" for category, count in self.events.items())
        faults = [f"no event of the category {name}" for name in CATEGORIES if not self.events.get(name)]
        return Result("events", f"{sum(self.events.values())} events: {shown or 'none'}", short(faults))

    def _llm(self) -> Result:
        calls, tokens, cost = (self.usage[name] for name in ("calls", "input_tokens", "cost"))
        faults = [] if calls and tokens else ["no call with its tokens was counted"]
        if self.usage["unpriced"]:
            faults.append(f"the cost of {self.usage['unpriced']} calls is not known")
        shown = "unknown" if cost is None else f"${cost:.4f}"
        text = f"{calls} calls, {tokens} tokens in, {self.usage['output_tokens']} out, cost {shown}"
        return Result("llm", text, tuple(faults))

    def _health(self) -> Result:
        found = {(each["service"], each["check"]): each["status"] for each in self.checks}
        faults = [f"no check {name} of {service}" for service, name in CHECKS if (service, name) not in found]
        faults += [f"{name} of {service} is {it}" for (service, name), it in found.items() if it != "healthy"]
        shown = ", ".join(f"{name} of {service}" for service, name in found) or "no check"
        return Result("health", f"{shown}: {'healthy' if not faults else 'see below'}", short(faults))

    def _alert(self) -> Result:
        happened = {
            event["event_name"] for event in self.alerts if event["attributes"].get(semconv.ALERT_NAME) == ALERT
        }
        faults = []
        if semconv.EVENT_ALERT_RAISED not in happened:
            faults.append(f"the alert {ALERT} was not raised")
        if semconv.EVENT_ALERT_RESOLVED not in happened or self.active:
            faults.append(f"the alert {ALERT} was not resolved")
        if not self.has_alert_gauge:
            faults.append(f"there is no gauge {semconv.ALERT_ACTIVE}")
        return Result(
            "alert", f"{ALERT} was {'raised and resolved' if not faults else 'not seen as it should'}", tuple(faults)
        )


NOTHING = Operations(
    {},
    {"calls": 0, "input_tokens": 0, "output_tokens": 0, "cost": None, "unpriced": 0},
    [],
    [],
    [],
    has_alert_gauge=False,
)
"""Before the viewer was asked."""


def read_operations(viewer: Viewer) -> Operations:
    """Return what ``viewer`` has now.

    Raises:
        httpx.HTTPError: it does not answer as it should.
    """
    return Operations(
        viewer.event_counts(),
        viewer.llm_totals(),
        viewer.checks(),
        viewer.events(category="alert"),
        viewer.active_alerts(),
        has_alert_gauge=viewer.has_metric(semconv.ALERT_ACTIVE),
    )
