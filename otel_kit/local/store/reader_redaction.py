"""What was redacted, by rule, key and service: what the senders report, and what the receiver itself had to alter."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from otel_kit.local import jsontext
from otel_kit.local.store import show
from otel_kit.semconv import REDACTION_ERRORS, REDACTION_HITS, REDACTION_KEY, REDACTION_REPORTED, REDACTION_RULE

_DELTA = 1
_MOST_PLACES = 2000
# Delta counters add up. Of a cumulative one the last value of each start counts: one look per start, from the newest
# back, because a day of minutes for hundreds of pairs would take a second to read.
_COUNTERS = """
WITH RECURSIVE wanted (series, temporality) AS (
  SELECT s.id, m.temporality FROM metric m JOIN series s ON s.metric_id = m.id WHERE m.name IN (?, ?, ?)
), run (series, start, time, value) AS (
  SELECT p.series_id, p.start, p.time, p.value FROM wanted w JOIN point p ON p.id = (
    SELECT id FROM point WHERE series_id = w.series ORDER BY time DESC, id DESC LIMIT 1
  ) WHERE w.temporality IS NOT ?
  UNION ALL
  SELECT p.series_id, p.start, p.time, p.value FROM run r JOIN point p ON p.id = (
    SELECT id FROM point WHERE series_id = r.series AND time <= r.start AND start < r.start
    ORDER BY time DESC, id DESC LIMIT 1
  )
), counter (series, time, value) AS (
  SELECT series, max(time), sum(value) FROM run GROUP BY series
  UNION ALL
  SELECT p.series_id, max(p.time), sum(p.value) FROM wanted w JOIN point p ON p.series_id = w.series
  WHERE w.temporality = ? GROUP BY p.series_id
)
SELECT m.name, res.service, s.attributes, c.time, c.value FROM counter c JOIN series s ON s.id = c.series
JOIN metric m ON m.id = s.metric_id JOIN resource res ON res.id = s.resource_id
"""


class _Count(NamedTuple):
    """One counter: which metric, of which service, its rule and key, its value, and when it was told last."""

    metric: str
    service: str
    rule: str
    key: str
    value: int
    last: int


def redaction(connection: sqlite3.Connection, service: str | None = None, rule: str | None = None) -> dict[str, Any]:
    """Return what the SDKs report to have redacted, and what the receiver still had to alter.

    ``places`` has one entry for each rule, key, service and side (``by`` is ``service`` or ``viewer``), the most
    frequent first; ``service`` and ``rule`` choose among them and change nothing else.
    """
    counters = list(_counters(connection))
    hits = [count for count in counters if count.metric == REDACTION_HITS]
    sdk: Counter[str] = Counter()
    by_service: dict[str, Counter[str]] = {}
    for count in hits:
        sdk[count.rule] += count.value
        by_service.setdefault(count.service, Counter())[count.rule] += count.value
    receiver, receiver_errors = {}, 0
    for kind, name, number in connection.execute("SELECT kind, rule, count FROM receiver_redaction"):
        if kind == "rule":
            receiver[name] = number
        elif kind == "errors":
            receiver_errors = number
    places = [
        place
        for place in (*_sent(counters), *_received(connection))
        if service in (None, place["service"]) and rule in (None, place["rule"])
    ]
    places.sort(key=lambda place: (-place["hits"] - place["reported"], place["rule"], place["key"], place["service"]))
    return {
        "sdk": dict(sdk),
        "receiver": receiver,
        "sdk_by_service": {name: dict(counts) for name, counts in by_service.items()},
        "errors": {
            "sdk": sum(count.value for count in counters if count.metric == REDACTION_ERRORS),
            "receiver": receiver_errors,
        },
        "places": places[:_MOST_PLACES],
        "truncated": len(places) > _MOST_PLACES,
    }


def _counters(connection: sqlite3.Connection) -> Iterator[_Count]:
    names = (REDACTION_HITS, REDACTION_REPORTED, REDACTION_ERRORS)
    for metric, service, attributes, last, value in connection.execute(_COUNTERS, (*names, _DELTA, _DELTA)):
        found = jsontext.decode(attributes)
        rule, key = str(found.get(REDACTION_RULE, "")), str(found.get(REDACTION_KEY, ""))
        yield _Count(metric, service, rule, key, int(value or 0), last)


def _sent(counters: list[_Count]) -> Iterator[dict[str, Any]]:
    places: dict[tuple[str, str, str], dict[str, Any]] = {}
    for count in counters:
        if count.metric == REDACTION_ERRORS or not count.value:
            continue
        place = places.setdefault(
            (count.service, count.rule, count.key), _place(count.service, count.rule, count.key, "service")
        )
        place["hits" if count.metric == REDACTION_HITS else "reported"] += count.value
        place["last_ms"] = max(place["last_ms"], show.ms(count.last))
    yield from places.values()


def _received(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    for service, rule, key, hits, reported, last in connection.execute("SELECT * FROM receiver_place"):
        yield _place(service, rule, key, "viewer") | {"hits": hits, "reported": reported, "last_ms": show.ms(last)}


def _place(service: str, rule: str, key: str, by: str) -> dict[str, Any]:
    return {"rule": rule, "key": key, "service": service, "by": by, "hits": 0, "reported": 0, "last_ms": 0.0}
