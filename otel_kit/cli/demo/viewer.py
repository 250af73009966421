"""What the demo asks the viewer, over its JSON API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from otel_kit import semconv
from otel_kit.cli.demo.example import SERVICES

_TIMEOUT_S = 5.0
_METRIC_SURFACE = "metric.attributes."


@dataclass(frozen=True, slots=True)
class Linked:
    """What is stored of one trace: how many spans, log records and exemplars, by service."""

    trace_id: str
    spans: dict[str, int]
    logs: dict[str, int]
    exemplars: dict[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether every service has all three signals."""
        return all(self.spans[name] and self.logs[name] and self.exemplars[name] for name in SERVICES)


class Viewer:
    """A client of a viewer. Its methods raise httpx.HTTPError when the viewer does not answer as it should."""

    def __init__(self, page_url: str) -> None:
        self._client = httpx.Client(base_url=page_url, timeout=_TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def trace(self, trace_id: str) -> dict[str, Any] | None:
        """Return a trace with its logs, or None if nothing of it is stored."""
        response = self._client.get(f"/api/traces/{trace_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return _content(response)

    def redaction(self) -> dict[str, Any]:
        """Return what the SDK and the receiver altered, by rule."""
        return _content(self._client.get("/api/redaction"))

    def event_counts(self) -> dict[str, int]:
        """Return how many events there are by category."""
        counts: dict[str, int] = _content(self._client.get("/api/events/counts"))["categories"]
        return counts

    def events(self, **filters: str) -> list[dict[str, Any]]:
        """Return the newest events, the newest first."""
        found: list[dict[str, Any]] = _content(self._client.get("/api/events", params=filters))["events"]
        return found

    def llm_totals(self) -> dict[str, Any]:
        """Return what language models were used for and cost in all."""
        totals: dict[str, Any] = _content(self._client.get("/api/llm"))["totals"]
        return totals

    def checks(self) -> list[dict[str, Any]]:
        """Return the health checks of all services."""
        checks: list[dict[str, Any]] = _content(self._client.get("/api/health"))["checks"]
        return checks

    def active_alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are active."""
        active: list[dict[str, Any]] = _content(self._client.get("/api/alerts"))["active"]
        return active

    def has_metric(self, name: str) -> bool:
        """Whether anybody sends this metric."""
        return any(metric["name"] == name for metric in _content(self._client.get("/api/metrics"))["metrics"])

    def has_latency(self) -> bool:
        """Whether the chart of the 95th percentile has a point."""
        found = self._query(name=semconv.HTTP_SERVER_REQUEST_DURATION, agg="p95")
        return any(value is not None for series in found["series"] for _, value in series["points"])

    def exemplars(self) -> dict[str, list[str]]:
        """Return the trace ids of the exemplars of request durations, by service."""
        name = semconv.HTTP_SERVER_REQUEST_DURATION
        return {
            service: [one["trace_id"] for one in self._query(name=name, service=service)["exemplars"]]
            for service in SERVICES
        }

    def linked(self) -> Linked | None:
        """Return the trace that has the most; None before there is an exemplar."""
        exemplars = self.exemplars()
        ids = {trace_id for found in exemplars.values() for trace_id in found}
        best = max(ids, key=lambda one: sum(one in found for found in exemplars.values()), default=None)
        trace = self.trace(best) if best else None
        if best is None or trace is None:
            return None
        return Linked(
            best,
            spans={name: sum(span["service"] == name for span in trace["spans"]) for name in SERVICES},
            logs={name: sum(log["service"] == name for log in trace["logs"]) for name in SERVICES},
            exemplars={name: found.count(best) for name, found in exemplars.items()},
        )

    def labels(self, key: str) -> list[str]:
        """Return every value that the label ``key`` of any of the shop's own metrics has."""
        metrics = _content(self._client.get("/api/metrics"))["metrics"]
        found = []
        for metric in metrics:
            if metric["name"].startswith("shop."):
                found += [one["labels"][key] for one in self._query(name=metric["name"], by=key)["series"]]
        return found

    def _query(self, **parameters: str) -> dict[str, Any]:
        response = self._client.get("/api/metrics/query", params=parameters)
        if response.status_code == httpx.codes.NOT_FOUND:
            return {"series": [], "exemplars": []}
        return _content(response)


def _content(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    content: dict[str, Any] = response.json()
    return content
