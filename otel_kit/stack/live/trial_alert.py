"""One alert that tells of itself that it is a test: whether Alertmanager hands it to whoever is to be told."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from threading import Event
from typing import Any, Final

import yaml

from otel_kit.stack.http_json import Answer
from otel_kit.stack.live.components import PROMETHEUS
from otel_kit.stack.live.findings import Finding, Outcome
from otel_kit.stack.live.grafana import Grafana, values_of
from otel_kit.stack.live.waiting import until

NAME: Final = "OtelKitTestAlert"
_AREA: Final = "alert"
_SOURCE: Final = "alertmanager"
_LASTS: Final = datetime.timedelta(minutes=10)
# What a person set up names its address in a file; the history's own is none of these.
_ADDRESSES: Final = ("url_file", "api_url_file", "to")


def alert(grafana: Grafana, severity: str, stop: Event, seconds: float) -> Iterator[Finding]:
    """Raise one alert, yield who was told within ``seconds``, and end it; blocks that long at most."""
    receivers = _receivers(grafana)
    before = _notifications(grafana, "total"), _notifications(grafana, "failed_total")
    begun = datetime.datetime.now(datetime.UTC)
    sent = _post(grafana, severity, begun, begun + _LASTS)
    if not sent.is_ok:
        mend = "Grafana's account needs the right to create alerts (Editor); or see the data source alertmanager above."
        yield Finding(_AREA, "taken", Outcome.FAILED, sent.told, mend)
        return
    try:
        yield from _told(grafana, receivers, before, stop, seconds)
    finally:
        _post(grafana, severity, begun, datetime.datetime.now(datetime.UTC))


def _told(
    grafana: Grafana,
    receivers: Mapping[str, bool],
    before: tuple[Mapping[str, float], Mapping[str, float]],
    stop: Event,
    seconds: float,
) -> Iterator[Finding]:
    found = until(lambda: _found(grafana), stop, seconds)
    if found is None:
        mend = "docker compose logs alertmanager"
        yield Finding(_AREA, "taken", Outcome.FAILED, "Alertmanager took it and does not show it", mend)
        return
    names = [str(one.get("name", "")) for one in found.get("receivers") or ()]
    state = found.get("status", {})
    if state.get("state") == "suppressed":
        by = [key for key in ("silencedBy", "inhibitedBy", "mutedBy") if state.get(key)]
        mend = "otel-kit alerts list shows what mutes it; quiet times do not mute --alert-severity critical."
        yield Finding(_AREA, "routed", Outcome.FAILED, f"nobody is told: it is muted ({', '.join(by)})", mend)
        return
    reachable = [name for name in names if receivers.get(name)]
    if not reachable:
        seen = f"goes to {', '.join(names) or 'no receiver'}, for which no address is set up"
        mend = "Put an address into secrets/alerts (docs/notifications.md), then otel-kit stack init"
        yield Finding(_AREA, "routed", Outcome.FAILED, seen, mend)
        return
    yield Finding(_AREA, "routed", Outcome.OK, f"goes to {', '.join(reachable)}")
    yield _delivered(grafana, reachable, before, stop, seconds)


def _delivered(
    grafana: Grafana,
    names: Sequence[str],
    before: tuple[Mapping[str, float], Mapping[str, float]],
    stop: Event,
    seconds: float,
) -> Finding:
    def risen(which: str, since: Mapping[str, float]) -> Sequence[str]:
        now = _notifications(grafana, which)
        return [name for name in names if now.get(name, 0.0) > since.get(name, 0.0)]

    def done() -> bool:
        return bool(risen("failed_total", before[1])) or len(risen("total", before[0])) == len(names)

    until(done, stop, seconds)
    if failed := risen("failed_total", before[1]):
        return Finding(
            _AREA, "delivered", Outcome.FAILED, f"{', '.join(failed)} did not take it",
            "What the receiver answered: docker compose logs alertmanager; is the address in secrets/alerts right?",
        )  # fmt: skip
    told = risen("total", before[0])
    if missing := [name for name in names if name not in told]:
        return Finding(
            _AREA, "delivered", Outcome.FAILED, f"{', '.join(missing)} was not told within {seconds:g} s",
            "A group waits for STACK_ALERT_GROUP_WAIT first, and Prometheus has to have scraped Alertmanager since: "
            "give it more time (--wait).",
        )  # fmt: skip
    return Finding(_AREA, "delivered", Outcome.OK, f"{', '.join(told)} took it")


def _post(grafana: Grafana, severity: str, begun: datetime.datetime, ends: datetime.datetime) -> Answer:
    one = {
        "labels": {"alertname": NAME, "severity": severity, "instance": begun.isoformat()},
        "annotations": {
            "summary": "A test: otel-kit stack check --live looks whether alerts reach you",
            "description": "Nothing is wrong. It ends by itself.",
        },
        "startsAt": begun.isoformat(),
        "endsAt": ends.isoformat(),
    }
    return grafana.alertmanager(_SOURCE, "/api/v2/alerts", "POST", [one])


def _found(grafana: Grafana) -> Mapping[str, Any] | None:
    answer = grafana.alertmanager(_SOURCE, "/api/v2/alerts")
    alerts: Sequence[Mapping[str, Any]] = answer.body if isinstance(answer.body, list) else []
    return next((one for one in alerts if one.get("labels", {}).get("alertname") == NAME), None)


def _receivers(grafana: Grafana) -> Mapping[str, bool]:
    """Return each receiver, and whether an address of somebody is set up for it."""
    answer = grafana.alertmanager(_SOURCE, "/api/v2/status")
    text = answer.body.get("config", {}).get("original", "") if isinstance(answer.body, dict) else ""
    return {
        one["name"]: any(
            any(integration.get(key) for key in _ADDRESSES)
            for kind, integrations in one.items()
            if kind.endswith("_configs")
            for integration in integrations
        )
        for one in (yaml.safe_load(text) or {}).get("receivers") or ()
    }


def _notifications(grafana: Grafana, which: str) -> Mapping[str, float]:
    expr = f"sum by (receiver_name) (alertmanager_notifications_{which})"
    _, result = grafana.query(PROMETHEUS, {"refId": "A", "expr": expr, "instant": True, "range": False})
    return {labels.get("receiver_name", ""): value for labels, value in values_of(result)}
