"""Whether one record that is sent to the gateway arrives in all three stores, linked, and without what is private."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, Final

from otel_kit.stack.http_json import Answer, Api, Unreachable
from otel_kit.stack.live.components import PROMETHEUS
from otel_kit.stack.live.findings import Finding, Outcome
from otel_kit.stack.live.grafana import Grafana, values_of
from otel_kit.stack.live.record import METRIC, SERVICE, Record, new_record, send
from otel_kit.stack.live.waiting import until

_AREA: Final = "arrival"
_MENDS: Final = {
    401: "The key is unknown or has expired: otel-kit keys list; a new one: otel-kit keys create",
    413: "Something in front of the gateway refuses requests by size.",
    429: "The key's limits are used up: otel-kit keys list shows them.",
    503: "The gateway's queues are full or its memory is: see the board otel-kit-pipeline.",
}
_LOST: Final = {
    "tempo": "Accepted and not stored: is Tempo up? The Collector's queue and errors: board otel-kit-pipeline.",
    "loki": "Accepted and not stored: is Loki up? The Collector's queue and errors: board otel-kit-pipeline.",
    "prometheus": "Accepted and not stored: is the OTLP receiver of Prometheus on, is this machine's clock right?",
    "exemplar": "Prometheus needs --enable-feature=exemplar-storage.",
}


@dataclass(frozen=True, slots=True)
class _Store:
    """Where a part should be: ``ask`` returns what it has of the record as text, nothing while it is not there."""

    name: str
    holds: str
    ask: Callable[[], str]


def arrival(grafana: Grafana, gateway: Api, stop: Event, seconds: float) -> Iterator[Finding]:
    """Send one record and yield whether each store has it within ``seconds``; blocks that long at most."""
    record = new_record()
    try:
        answers = send(gateway, record)
    except Unreachable as error:
        mend = "Is the gateway up, and is this its OTLP/HTTP address (port 4318)? docker compose ps collector"
        yield Finding(_AREA, "gateway", Outcome.FAILED, str(error), mend)
        return
    refused = {signal: answer for signal, answer in answers.items() if not _is_taken(answer)}
    for signal, answer in refused.items():
        mend = _MENDS.get(answer.status, "What the gateway says of it: docker compose logs collector")
        yield Finding(_AREA, f"gateway, {signal}", Outcome.FAILED, answer.told, mend)
    if refused:
        return
    yield Finding(_AREA, "gateway", Outcome.OK, f"took trace {record.trace_id}, its log record and its metric")
    for store in _stores(grafana, record):
        yield _arrived(store, record, stop, seconds)


def _stores(grafana: Grafana, record: Record) -> Iterator[_Store]:
    def trace() -> str:
        answer = grafana.behind("tempo", f"/api/traces/{record.trace_id}")
        return json.dumps(answer.body) if answer.is_ok else ""

    def log() -> str:
        expr = f'{{service_name="{SERVICE}"}} | trace_id="{record.trace_id}"'
        return _texts(grafana, {"uid": "loki", "type": "loki"}, expr)

    def metric() -> str:
        expr = f'{METRIC}{{service_name="{SERVICE}"}}'
        _, result = grafana.query(PROMETHEUS, {"refId": "A", "expr": expr, "instant": True, "range": False})
        return str(values_of(result) or "")

    def exemplar() -> str:
        seconds = record.at_ns / 1e9
        answer = grafana.behind(
            "prometheus", "/api/v1/query_exemplars",
            query=METRIC, start=str(seconds - 60), end=str(seconds + 60),
        )  # fmt: skip
        found = json.dumps(answer.body) if answer.is_ok else ""
        return found if record.trace_id in found else ""

    yield _Store("tempo", "the trace", trace)
    yield _Store("loki", "the log record of the trace", log)
    yield _Store("prometheus", "the metric", metric)
    yield _Store("exemplar", "the metric's exemplar, which leads to the trace", exemplar)


def _arrived(store: _Store, record: Record, stop: Event, seconds: float) -> Finding:
    found = until(store.ask, stop, seconds)
    if not found:
        return Finding(
            _AREA, store.name, Outcome.FAILED, f"does not have {store.holds} after {seconds:g} s", _LOST[store.name]
        )
    if record.private in found:
        return Finding(
            _AREA, store.name, Outcome.FAILED, f"has {store.holds} with an e-mail address in the clear",
            "The gateway does not redact: is collector/generated/redaction.yaml loaded? otel-kit stack check",
        )  # fmt: skip
    return Finding(_AREA, store.name, Outcome.OK, f"has {store.holds}")


def _texts(grafana: Grafana, source: Mapping[str, str], expr: str) -> str:
    _, result = grafana.query(source, {"refId": "A", "expr": expr, "queryType": "range", "maxLines": 10})
    frames: list[Any] = (result or {}).get("frames") or []
    return "".join(json.dumps(frame["data"]) for frame in frames if any(frame.get("data", {}).get("values") or ()))


def _is_taken(answer: Answer) -> bool:
    partial = answer.body.get("partialSuccess") if isinstance(answer.body, dict) else None
    return answer.is_ok and not any((partial or {}).values())
