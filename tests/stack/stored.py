"""What the backends hold of a sender's numbered telemetry, asked of their query APIs as anybody would."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.stack.sequences import COUNTER, GAUGE, NUMBER, SENDER

_PAGE: Final = 5000
_TIMEOUT_S: Final = 30.0


def logs(address: str, tenant: str, sender: str, since_s: float) -> Counter[int]:
    """Return how often each number is in Loki. ``since_s``: seconds since the epoch, before the first record."""
    found: Counter[int] = Counter()
    start, end = int(since_s * 1e9), time.time_ns() + 60 * 10**9
    query = f'{{service_name="stack-test"}} | {_label(SENDER)}="{sender}"'
    while True:
        asked = {"query": query, "start": start, "end": end, "limit": _PAGE, "direction": "forward"}
        answer = _get(
            f"{address}/loki/api/v1/query_range?{urlencode(asked)}",
            {"X-Scope-OrgID": tenant, "X-Loki-Response-Encoding-Flags": "categorize-labels"},
        )
        page = sorted(
            (int(at), int(rest[0]["structuredMetadata"][_label(NUMBER)]))
            for stream in answer["data"]["result"]
            for at, _body, *rest in stream["values"]
        )
        if len(page) < _PAGE:
            found.update(number for _, number in page)
            return found
        # The page may end in the middle of a nanosecond: that one is asked for again.
        last = page[-1][0]
        assert last > start, "a page of one moment"
        found.update(number for at, number in page if at < last)
        start = last


def spans(address: str, trace_ids: Iterable[str]) -> Counter[int]:
    """Return how often each number is in Tempo, in these traces."""
    found: Counter[int] = Counter()
    connection = _connect(address)
    try:
        for trace_id in trace_ids:
            connection.request("GET", f"/api/traces/{trace_id}", headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read()
            if response.status == 404:
                continue
            assert response.status == 200, body[:500]
            found.update(
                int(attribute["value"]["intValue"])
                for batch in json.loads(body)["batches"]
                for scope in batch["scopeSpans"]
                for span in scope["spans"]
                for attribute in span.get("attributes", [])
                if attribute["key"] == NUMBER
            )
    finally:
        connection.close()
    return found


def flush_tempo(address: str) -> None:
    """Let Tempo write what it holds in memory to its disk, and return when it has."""
    connection = _connect(address)
    try:
        connection.request("POST", "/flush")
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    assert response.status == 204, response.status


def points(address: str, sender: str, since_s: float) -> Counter[int]:
    """Return how often each number is in Prometheus, as a value of the gauge and of the counter: the rarer of both."""
    gauge = _samples(address, f"{_label(GAUGE)}", sender, since_s)
    counter = _samples(address, f"{_label(COUNTER)}_total", sender, since_s)
    return gauge & counter


def _samples(address: str, name: str, sender: str, since_s: float) -> Counter[int]:
    # A range vector gives the samples as they were stored.
    seconds = int(time.time() - since_s) + 60
    query = f'{name}{{{_label(SENDER)}="{sender}"}}[{seconds}s]'
    answer = _get(f"{address}/api/v1/query?{urlencode({'query': query})}", {})
    return Counter(int(float(value)) for series in answer["data"]["result"] for _at, value in series["values"])


def last(address: str, sender: str) -> float:
    """Return the newest value of the sender's counter in Prometheus."""
    query = f'{_label(COUNTER)}_total{{{_label(SENDER)}="{sender}"}}'
    answer = _get(f"{address}/api/v1/query?{urlencode({'query': query})}", {})
    return max((float(series["value"][1]) for series in answer["data"]["result"]), default=0.0)


def metric(address: str, name: str, **labels: str) -> float:
    """Return the sum of a metric on a page of metrics over all series that have these labels."""
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in _text(address, {}).splitlines()
        if line.partition("{")[0].partition(" ")[0] == name
        and all(f'{label}="{value}"' in line for label, value in labels.items())
    )


def _label(attribute: str) -> str:
    return attribute.replace(".", "_")


def _get(url: str, headers: Mapping[str, str]) -> Any:
    return json.loads(_text(url, headers))


def _text(url: str, headers: Mapping[str, str]) -> str:
    connection, parts = _connect(url), urlsplit(url)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=dict(headers))
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    finally:
        connection.close()
    assert response.status == 200, (url, response.status, body[:500])
    return body


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_S)
