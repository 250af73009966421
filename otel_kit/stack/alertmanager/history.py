"""What was told to whom and what people did about it, from Loki; docs/notifications.md says how it comes there."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from otel_kit import semconv
from otel_kit.stack.alertmanager.answers import wanted
from otel_kit.stack.alertmanager.audit import SERVICE, Kind
from otel_kit.stack.http_json import Api

_NOTIFIED: Final = '{event_category="alert", service_name="alertmanager"}'
_CHANGED: Final = f'{{event_category="audit", service_name="{SERVICE}"}}'
_MOST: Final = 5000
_DONE: Final[Mapping[str, str]] = {
    Kind.ACKNOWLEDGE.value[0]: "acknowledged",
    Kind.SILENCE.value[0]: "silenced",
    Kind.UNSILENCE.value[0]: "unsilenced",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history.

    ``what`` is firing, resolved, acknowledged, silenced or unsilenced; ``who`` the receiver that was told, or the
    person who did it; ``detail`` the comment, ``until`` the end of the silence.
    """

    at: datetime.datetime
    what: str
    name: str
    service: str
    who: str
    severity: str = ""
    detail: str = ""
    until: str = ""


def history(loki: Api, since: datetime.timedelta, service: str | None = None) -> list[Entry]:
    """Return the newest 5000 notifications and as many changes since then, the oldest first; blocks.

    Raises:
        Unreachable: nobody answers.
        OtelKitError: what answers refuses, or is something else.
    """
    now = datetime.datetime.now(datetime.UTC)
    window = (now - since, now + datetime.timedelta(minutes=1))
    told = [_notification(at, labels) for at, labels in _records(loki, _NOTIFIED, window)]
    done = [_change(at, labels) for at, labels in _records(loki, _CHANGED, window)]
    found = [one for one in (*told, *done) if service is None or one.service == service]
    return sorted(found, key=lambda one: one.at)


def _records(
    loki: Api, query: str, window: tuple[datetime.datetime, datetime.datetime]
) -> Iterator[tuple[datetime.datetime, Mapping[str, str]]]:
    start, end = (str(int(one.timestamp() * 1e9)) for one in window)
    answer = loki.get("/loki/api/v1/query_range", query=query, limit=str(_MOST), start=start, end=end)
    body: Any = wanted(loki, "Loki", answer, dict)
    for stream in body.get("data", {}).get("result", ()):
        for value in stream["values"]:
            yield datetime.datetime.fromtimestamp(int(value[0]) / 1e9, datetime.UTC), stream["stream"]


def _notification(at: datetime.datetime, labels: Mapping[str, str]) -> Entry:
    count = _of(labels, semconv.ALERT_COUNT)
    return Entry(
        at=at,
        what=_of(labels, semconv.ALERT_STATUS),
        name=_of(labels, semconv.ALERT_NAME),
        service=_of(labels, semconv.ALERT_SERVICE),
        who=_of(labels, semconv.ALERT_RECEIVER),
        severity=_of(labels, semconv.ALERT_SEVERITY),
        detail=f"{count} alerts" if count not in ("", "1") else "",
    )


def _change(at: datetime.datetime, labels: Mapping[str, str]) -> Entry:
    event, failed = _of(labels, semconv.EVENT_NAME), _of(labels, semconv.EVENT_OUTCOME) == "failure"
    reason = _of(labels, semconv.AUDIT_REASON)
    return Entry(
        at=at,
        what=_DONE.get(event, event),
        name=_of(labels, semconv.ALERT_NAME) or _of(labels, semconv.AUDIT_TARGET),
        service=_of(labels, semconv.ALERT_SERVICE),
        who=_of(labels, semconv.USER_ID),
        detail=f"failed: {_of(labels, semconv.ALERT_REASON)}" if failed else reason,
        until=_of(labels, semconv.ALERT_UNTIL),
    )


def _of(labels: Mapping[str, str], attribute: str) -> str:
    return labels.get(attribute.replace(".", "_"), "")
