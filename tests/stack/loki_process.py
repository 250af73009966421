"""The real Loki as a process, with the stack's own configuration: pushed to, asked, told to forget."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.conditions import eventually
from tests.stack.collector_process import REPOSITORY, free_ports

CONFIGURATION = REPOSITORY / "backends" / "loki" / "loki.yaml"
TENANT = "main"
_START_TIMEOUT_S = 40.0
_DAY_NS = 86_400 * 10**9
_AHEAD_NS = 600 * 10**9  # as far as Loki takes clocks that are ahead


@dataclass(frozen=True, slots=True)
class Line:
    """One stored record: its stream's labels, its structured metadata, its time and body."""

    labels: dict[str, str]
    metadata: dict[str, str]
    time_ns: int
    body: str


@dataclass
class Loki:
    """Not yet started; ``stop`` ends it and is harmless when it does not run. Flags come after the configuration."""

    binary: Path
    folder: Path
    flags: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the ports."""
        self.port, grpc_port = free_ports(2)
        self.folder.mkdir(exist_ok=True)
        self.log = self.folder / "loki.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            "STACK_LISTEN": "127.0.0.1",
            "STACK_LOKI_HTTP_PORT": str(self.port),
            "STACK_LOKI_GRPC_PORT": str(grpc_port),
            "STACK_LOKI_DATA": str(self.folder / "data"),
            "STACK_LOKI_RULES": str(CONFIGURATION.parent / "rules"),
            **self.variables,
        }

    @property
    def command(self) -> list[str]:
        """The command line, without what only a test wants."""
        return [str(self.binary), f"-config.file={CONFIGURATION}", "-config.expand-env=true"]

    @property
    def otlp(self) -> str:
        """The base address of the OTLP receiver."""
        return f"http://127.0.0.1:{self.port}/otlp"

    def start(self) -> None:
        """Start it and wait until it takes and answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, *self.flags], cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
        eventually(lambda: self.request("GET", "/ready")[0] == 200, "Loki is ready", _START_TIMEOUT_S)

    def request(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> tuple[int, str]:
        """Return status and body of one request, as the stack's tenant."""
        if self._process is None or self._process.poll() is not None:
            raise SystemExit(f"Loki does not run:\n{self.log.read_text()[-4000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"X-Scope-OrgID": TENANT, "Content-Type": content_type})
            reply = connection.getresponse()
            return reply.status, reply.read().decode(errors="replace")
        finally:
            connection.close()

    def push(self, request: Any) -> tuple[int, str]:
        """Send an ``ExportLogsServiceRequest`` as the Collector would; status and text of the answer."""
        return self.request("POST", "/otlp/v1/logs", request.SerializeToString(), "application/x-protobuf")

    def lines(self, query: str, *, days: float = 1.0, limit: int = 5000) -> list[Line]:
        """Return what a query finds in the last ``days``, oldest first."""
        now = time.time_ns() + _AHEAD_NS
        parameters = {
            "query": query, "start": int(now - days * _DAY_NS), "end": now, "limit": limit, "direction": "forward",
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            # With this header labels and structured metadata come apart.
            headers = {"X-Scope-OrgID": TENANT, "X-Loki-Response-Encoding-Flags": "categorize-labels"}
            connection.request("GET", f"/loki/api/v1/query_range?{urlencode(parameters)}", headers=headers)
            reply = connection.getresponse()
            text = reply.read().decode(errors="replace")
        finally:
            connection.close()
        assert reply.status == 200, text
        found = [
            Line(stream["stream"], (rest[0] if rest else {}).get("structuredMetadata", {}), int(at), body)
            for stream in json.loads(text)["data"]["result"]
            for at, body, *rest in stream["values"]
        ]
        return sorted(found, key=lambda line: line.time_ns)

    def series(self, *, days: float = 1.0) -> list[dict[str, str]]:
        """Return the labels of every stream."""
        return list(self._api("series", days, {"match[]": '{service_name=~".+"}'}))

    def label_names(self, *, days: float = 1.0) -> set[str]:
        """Return the names of all index labels."""
        return set(self._api("labels", days, {}))

    def _api(self, what: str, days: float, parameters: dict[str, str]) -> Any:
        now = time.time_ns() + _AHEAD_NS
        asked = urlencode({"start": int(now - days * _DAY_NS), "end": now, **parameters})
        status, text = self.request("GET", f"/loki/api/v1/{what}?{asked}")
        assert status == 200, text
        return json.loads(text).get("data", [])

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of its own metric over all series that have these labels."""
        _, text = self.request("GET", "/metrics")
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith(name) and all(f'{key}="{value}"' in line for key, value in labels.items())
        )

    def flush(self) -> None:
        """Have everything written from memory to disk."""
        status, text = self.request("POST", "/flush")
        assert status == 204, text

    def stop(self) -> None:
        """End it orderly."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            (self._process.kill if kill else self._process.terminate)()
        self._process.wait(30)
        self._process = None
