"""What the stores of a running stack answer: traces of Tempo, records of Loki, series and exemplars of Prometheus."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from otel_kit.cli.demo.tap import Request
from otel_kit.cli.demo.texts import Text, of_request
from otel_kit.stack.native import Addresses

_TIMEOUT_S = 10.0
_HOUR_S = 3600
_MOST_LINES = 5000
_SERVICE = "service_name"


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace as Tempo stores it. ``content`` is the OTLP that it answered with."""

    services: Mapping[str, int]
    content: bytes

    def texts(self) -> Iterator[Text]:
        """Yield every text in it."""
        # What Tempo answers with has the same bytes as a request of that kind.
        return of_request(Request("/v1/traces", self.content))


@dataclass(frozen=True, slots=True)
class Record:
    """A log record as Loki stores it: ``labels`` are those of its stream and its structured metadata."""

    labels: Mapping[str, str]
    line: str

    @property
    def service(self) -> str:
        """Who wrote it."""
        return self.labels.get(_SERVICE, "")

    def texts(self) -> Iterator[Text]:
        """Yield every text in it; Loki writes all names with ``_``, see ``flat``."""
        yield Text(self.service, flat("log.body"), self.line)
        for name, value in self.labels.items():
            yield Text(self.service, flat(f"log.attributes.{name}"), value)


def flat(name: str) -> str:
    """Return a name as Loki and Prometheus write it."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


class Stores:
    """Asks the stores. Every method raises httpx.HTTPError while its store does not answer."""

    def __init__(self, addresses: Addresses) -> None:
        self._at = addresses
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def trace(self, trace_id: str) -> Trace | None:
        """Return a trace by its id, None if Tempo does not have it."""
        response = self._client.get(
            f"{self._at.tempo}/api/traces/{trace_id}", headers={"Accept": "application/protobuf"}
        )
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        response.raise_for_status()
        services: dict[str, int] = {}
        for text in of_request(Request("/v1/traces", response.content)):
            if text.surface == "span.name":
                services[text.service] = services.get(text.service, 0) + 1
        return Trace(services, response.content)

    def records(self, trace_id: str = "") -> list[Record]:
        """Return the records of the last hour, of one trace or all, at most 5000."""
        found = self._ask_loki(f'{{{_SERVICE}=~".+"}}' + (f' | trace_id="{trace_id}"' if trace_id else ""))
        return [Record(stream["stream"], value[1]) for stream in found for value in stream["values"]]

    def exemplars(self) -> dict[str, set[str]]:
        """Return the trace ids behind the exemplars of request durations, by service."""
        found: dict[str, set[str]] = {}
        for series in self._ask_prometheus(
            "query_exemplars", query="http_server_request_duration_seconds_bucket", **_last_hour()
        ):
            ids = {exemplar["labels"].get("trace_id", "") for exemplar in series["exemplars"]}
            found.setdefault(series["seriesLabels"].get(_SERVICE, ""), set()).update(filter(None, ids))
        return found

    def requests(self) -> dict[str, float]:
        """Return how many requests each service has counted."""
        query = f"sum by ({_SERVICE}) (http_server_request_duration_seconds_count)"
        result: dict[str, Any] = self._ask_prometheus("query", query=query)
        return {one["metric"].get(_SERVICE, ""): float(one["value"][1]) for one in result["result"]}

    def series(self) -> list[dict[str, str]]:
        """Return the labels of every series of the last hour."""
        found: list[dict[str, str]] = self._ask_prometheus(
            "series", **{"match[]": '{__name__=~".+"}', "limit": "0"}, **_last_hour()
        )
        return found

    def undelivered(self) -> float:
        """Return what lies in the Collector's queues, in the units of each."""
        text = self._client.get(self._at.collector_metrics).raise_for_status().text
        sizes = re.findall(r"^otelcol_exporter_queue_size\{.*\} ([0-9.e+]+)$", text, re.MULTILINE)
        return sum(map(float, sizes))

    def _ask_loki(self, query: str) -> Any:
        window = _last_hour()
        response = self._client.get(
            f"{self._at.loki}/loki/api/v1/query_range",
            params={"query": query, "limit": str(_MOST_LINES), **window},
            headers={"X-Scope-OrgID": self._at.loki_tenant},
        )
        return response.raise_for_status().json()["data"]["result"]

    def _ask_prometheus(self, path: str, **parameters: str) -> Any:
        response = self._client.get(f"{self._at.prometheus}/api/v1/{path}", params=parameters)
        return response.raise_for_status().json()["data"]


def label_texts(series: Iterable[Mapping[str, str]]) -> Iterator[Text]:
    """Yield every label of series as the attribute that it was."""
    for labels in series:
        for name, value in labels.items():
            yield Text(labels.get(_SERVICE, ""), flat(f"metric.attributes.{name}"), value)


def _last_hour() -> dict[str, str]:
    now = int(time.time())
    return {"start": str(now - _HOUR_S), "end": str(now + 60)}
