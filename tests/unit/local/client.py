"""A running viewer as its clients see it: plain HTTP on loopback."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from google.protobuf.message import Message

from otel_kit.local.server import Endpoints, LocalServer

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read in full."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def request(base: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Send one request on a connection of its own."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class RunningViewer:
    """A started viewer."""

    def __init__(self, server: LocalServer, endpoints: Endpoints) -> None:
        self.server, self.page, self.http, self.grpc = server, endpoints.page, endpoints.http, endpoints.grpc

    def send(self, message: Message) -> Answer:
        """Send an OTLP message as protobuf and expect that it was stored."""
        signal = {"TracesData": "traces", "LogsData": "logs", "MetricsData": "metrics"}[message.DESCRIPTOR.name]
        answer = request(self.http, "POST", f"/v1/{signal}", message.SerializeToString(), PROTOBUF)
        assert answer.status == 200, answer
        return answer

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a path below /api/."""
        answer = self.ask(path, **params)
        assert answer.status == 200, answer
        return answer.json

    def ask(self, path: str, **params: Any) -> Answer:
        """Return the answer of a path below /api/; ``since`` stands for ``from``."""
        named = {"from" if key == "since" else key: value for key, value in params.items()}
        query = urlencode(named, doseq=True)
        return request(self.page, "GET", f"/api/{path}" + (f"?{query}" if query else ""))
