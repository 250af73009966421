"""The real Prometheus as a process: its OTLP receiver, and targets that it scrapes."""

from __future__ import annotations

import http.client
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.conditions import eventually
from tests.stack.collector_process import REPOSITORY, free_ports

BUILD_BACKEND = REPOSITORY / "backends" / "build_natively.py"
_START_TIMEOUT_S = 30.0
# The receiver as the stack configures it; identifying attributes are kept so that target_info has what a scrape has.
_CONFIGURATION = """
global: {{ scrape_interval: 1s, scrape_timeout: 1s }}
otlp:
  promote_resource_attributes:
    [service.name, service.namespace, service.version, service.instance.id, deployment.environment.name]
  keep_identifying_resource_attributes: true
storage:
  tsdb: {{ out_of_order_time_window: 30m }}
scrape_configs:
  - job_name: scraped
    scrape_protocols: [OpenMetricsText1.0.0, PrometheusText0.0.4]
    static_configs: [ {{ targets: [{targets}] }} ]
"""


@dataclass
class Prometheus:
    """Not yet started; ``stop`` ends it and is harmless when it does not run."""

    binary: Path
    folder: Path
    targets: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Choose a port."""
        (self.port,) = free_ports(1)
        self.log = self.folder / "prometheus.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def otlp(self) -> str:
        """The base address of the OTLP receiver."""
        return f"http://127.0.0.1:{self.port}/api/v1/otlp"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        configuration = self.folder / "prometheus.yml"
        configuration.write_text(_CONFIGURATION.format(targets=", ".join(f"'{one}'" for one in self.targets)))
        command = [
            str(self.binary),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.enable-otlp-receiver",
            "--enable-feature=exemplar-storage",
            *self.flags,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        eventually(lambda: self._get("/-/ready")[0] == 200, "Prometheus is ready", _START_TIMEOUT_S)

    def api(self, path: str) -> Any:
        """Return ``data`` of an API answer; ``path`` follows ``/api/v1/``."""
        status, body = self._get(f"/api/v1/{path}")
        answer = json.loads(body)
        assert status == 200, answer
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query."""
        return list(self.api(f"query?query={quote(expression)}")["result"])

    def _get(self, path: str) -> tuple[int, str]:
        assert self._process is not None
        if self._process.poll() is not None:
            raise SystemExit(f"Prometheus ended with {self._process.returncode}:\n{self.log.read_text()[-4000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None
