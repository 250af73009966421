"""What Grafana's HTTP API answers, in the shapes that its documentation records, from real backends behind it.

Grafana itself cannot be run where these tests run. Data, errors and health come from Prometheus, Loki, Tempo and
Alertmanager; only the envelope is ours.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

PASSWORD = "right-password"
TOKEN = "glsa_of_a_service_account"
_KINDS = {
    "prometheus": "prometheus",
    "usage": "prometheus",
    "loki": "loki",
    "tempo": "tempo",
    "alertmanager": "alertmanager",
}
_READY = {
    "prometheus": "/api/v1/query?query=1%2B1",
    "loki": "/loki/api/v1/labels",
    "tempo": "/api/search/tags",
}
_STEP_S = 15
_INTERVALS = {"__rate_interval": "1m", "__interval": "15s", "__range": "3600s", "__auto": "1m", "__range_s": "3600"}


@dataclass
class GrafanaStandIn:
    """``urls``: what stands behind each data source; ``boards``: by uid. Both may be changed while it runs."""

    urls: dict[str, str]
    boards: dict[str, Mapping[str, Any]]
    health: Mapping[str, str] = field(default_factory=lambda: {"commit": "1", "database": "ok", "version": "12.4.12"})
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen on a free port of loopback."""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes | None) -> None:
                stand_in.asked.append(f"{self.command} {self.path}")
                status, answer = stand_in.answer(self.path, self.headers.get("Authorization", ""), body)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, authorization: str, body: bytes | None) -> tuple[int, Any]:
        """Return status and body."""
        parts = urlsplit(path)
        if parts.path == "/api/health":
            return (200 if self.health["database"] == "ok" else 503), self.health
        basic = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if authorization not in (f"Basic {basic}", f"Bearer {TOKEN}"):
            return 401, {
                "message": "Invalid username or password",
                "messageId": "password-auth.failed",
                "statusCode": 401,
            }
        steps = parts.path.removeprefix("/api/").split("/")
        match steps:
            case ["org"]:
                return 200, {"id": 1, "name": "Main Org."}
            case ["search"]:
                return 200, [
                    {"uid": uid, "title": board.get("title"), "type": "dash-db"} for uid, board in self.boards.items()
                ]
            case ["dashboards", "uid", uid]:
                found = self.boards.get(uid)
                return (
                    (200, {"dashboard": found, "meta": {"provisioned": True}})
                    if found
                    else _missing("Dashboard not found")
                )
            case ["datasources", "uid", uid, *health]:
                if uid not in self.urls:
                    return _missing("Data source not found")
                return (
                    self._source_health(uid) if health else (200, {"uid": uid, "type": _KINDS[uid], "access": "proxy"})
                )
            case ["datasources", "proxy", "uid", uid, *rest]:
                return self._behind(uid, "/" + "/".join(rest) + (f"?{parts.query}" if parts.query else ""))
            case ["alertmanager", uid, *rest]:
                return self._behind(uid, "/" + "/".join(rest), body)
            case ["ds", "query"]:
                return self._query(json.loads(body or b"{}"))
        return _missing("Not found")

    def _source_health(self, uid: str) -> tuple[int, Any]:
        kind = _KINDS[uid]
        if kind == "alertmanager":
            return 404, {"message": "Plugin unavailable", "messageId": "plugin.unavailable", "statusCode": 404}
        status, _ = self._behind(uid, _READY[kind])
        if status != 200:
            return 400, {"message": f"{uid}: connect: connection refused", "status": "ERROR"}
        return 200, {"message": f"Successfully queried the {kind.title()} API.", "status": "OK"}

    def _behind(self, uid: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Scope-OrgID": "main"}
        request = urllib.request.Request(self.urls[uid] + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError as error:
            return 502, {"message": f"dial tcp: {error}"}

    def _query(self, asked: Mapping[str, Any]) -> tuple[int, Any]:
        start, end = int(asked["from"]) // 1000, int(asked["to"]) // 1000
        results = {one["refId"]: self._result(one, start, end) for one in asked["queries"]}
        is_bad = any("error" in result for result in results.values())
        return (400 if is_bad else 200), {"results": results}

    def _result(self, query: Mapping[str, Any], start: int, end: int) -> dict[str, Any]:
        source, kind = query["datasource"]["uid"], query["datasource"]["type"]
        if source not in self.urls:
            return {"error": f"data source not found: {source}", "status": 404, "frames": []}
        path = _path(kind, query, start, end)
        status, content = self._behind(source, path)
        if status != 200:
            text = content.decode() if isinstance(content, bytes) else content["message"]
            return {"error": text, "errorSource": "downstream", "status": status, "frames": []}
        return {"status": 200, "frames": _frames(json.loads(content))}


def _path(kind: str, query: Mapping[str, Any], start: int, end: int) -> str:
    text = re.sub(r"\$\{?(__\w+)\}?", lambda match: _INTERVALS[match[1]], query.get("expr") or query.get("query", ""))
    span = {"start": str(start), "end": str(end), "step": str(_STEP_S)}
    if kind == "tempo":
        return "/api/metrics/query_range?" + urlencode({"q": text, **span})
    if kind == "loki":
        if query.get("queryType") == "instant":
            return "/loki/api/v1/query?" + urlencode({"query": text, "time": str(end)})
        return "/loki/api/v1/query_range?" + urlencode({"query": text, "limit": "100", **span})
    if query.get("instant") and not query.get("range"):
        return "/api/v1/query?" + urlencode({"query": text, "time": str(end)})
    return "/api/v1/query_range?" + urlencode({"query": text, **span})


def _frames(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "series" in answer:  # Tempo's metrics
        return [
            _frame({}, [[one["timestampMs"], one.get("value", 0)] for one in series["samples"]])
            for series in answer["series"]
        ]
    data = answer["data"]
    if data["resultType"] == "scalar":
        return [_frame({}, [data["result"]])]
    if data["resultType"] == "streams":
        lines = [(stream["stream"], *value[:2]) for stream in data["result"] for value in stream["values"]]
        fields = [
            {"name": "labels", "type": "other"}, {"name": "Time", "type": "time"}, {"name": "Line", "type": "string"},
        ]  # fmt: skip
        return [
            {"schema": {"fields": fields}, "data": {"values": [list(column) for column in zip(*lines, strict=True)]}}
        ]
    return [_frame(one["metric"], one.get("values") or [one["value"]]) for one in data["result"]]


def _frame(labels: Mapping[str, str], points: list[Any]) -> dict[str, Any]:
    fields = [{"name": "Time", "type": "time"}, {"name": "Value", "type": "number", "labels": dict(labels)}]
    return {
        "schema": {"fields": fields},
        "data": {"values": [[point[0] for point in points], [_number(point[1]) for point in points]]},
    }


def _number(value: Any) -> float | None:
    number = float(value)
    return number if number == number else None


def _missing(message: str) -> tuple[int, Any]:
    return 404, {"message": message, "messageId": "not-found", "statusCode": 404}
