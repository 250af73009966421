"""Prometheus, Tempo and Alertmanager as processes, with the stack's own files and flags; only variables differ."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from otel_kit.stack import assets, flags, rendering
from tests.conditions import eventually
from tests.stack.collector_process import free_ports

_START_TIMEOUT_S = 40.0
# Folder of its configuration, file, and what it answers with 200 when it is ready.
_FILES = {
    "prometheus": ("prometheus", "prometheus.yml", "/-/ready"),
    "usage": ("prometheus", "usage.yml", "/-/ready"),
    "tempo": ("tempo", "tempo.yaml", "/ready"),
    "alertmanager": ("alertmanager", "alertmanager.yml", "/-/ready"),
}


def rendered(name: str, folder: Path, variables: dict[str, str]) -> Path:
    """Copy the backend's folder of configuration into ``folder``, its variables filled in; returns the main file."""
    kind, file, _ready = _FILES[name]
    source = assets.root() / "backends" / kind
    for path in sorted(source.rglob("*.*")):
        target = folder / path.relative_to(source)
        if "build" in path.relative_to(source).parts or not path.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text()
        target.write_text(rendering.render(text, variables, path.name) if path.suffix in {".yml", ".yaml"} else text)
    return folder / file


@dataclass
class Backend:
    """Not yet started; ``stop`` ends it and is harmless when it does not run.

    ``variables`` are shared by all backends of a test: each adds its own port at once, so make all, then start them.
    """

    name: str
    binary: Path
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the port."""
        (self.port,) = free_ports(1)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / f"{self.name}.log"
        prefix = f"STACK_{self.name.upper()}"
        self.variables |= {
            "STACK_LISTEN": "127.0.0.1",
            f"{prefix}_HOST": "127.0.0.1",
            f"{prefix}_HTTP_PORT": str(self.port),
            f"{prefix}_DATA": str(self.folder / "data"),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def configuration(self) -> Path:
        """Where the file that it reads lies."""
        return self.folder / "configuration" / _FILES[self.name][1]

    def configure(self) -> None:
        """Write the configuration as it is now with these variables."""
        if self.name == "tempo":  # expands them itself
            self.configuration.parent.mkdir(exist_ok=True)
            self.configuration.write_text((assets.root() / "backends" / "tempo" / "tempo.yaml").read_text())
        else:
            rendered(self.name, self.configuration.parent, self.variables)

    def start(self) -> None:
        """Start it and wait until it is ready; ``configure`` is called unless there is a file already."""
        if not self.configuration.exists():
            self.configure()
        variables = self.variables | {f"STACK_{self.name.upper()}_CONFIG": str(self.configuration)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.binary), *flags.arguments(self.name, variables)],
                cwd=self.folder, env=variables, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(
            lambda: self.request("GET", _FILES[self.name][2])[0] == 200, f"{self.name} is ready", _START_TIMEOUT_S
        )

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Return status and body of one request."""
        if self._process is None or self._process.poll() is not None:
            raise SystemExit(f"{self.name} does not run:\n{self.log.read_text()[-4000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def get(self, path: str, **parameters: str) -> Any:
        """Return the JSON of an answer, which has to be 200."""
        status, body = self.request("GET", f"{path}?{urlencode(parameters)}" if parameters else path)
        assert status == 200, (path, parameters, status, body)
        return json.loads(body)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query (Prometheus)."""
        return list(self.get(f"/api/v1/query?query={quote(expression)}")["data"]["result"])

    def reload(self) -> None:
        """Make it read its files again."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGHUP)

    def stop(self) -> None:
        """End it orderly."""
        if self._process is not None:
            self._process.terminate()
            try:
                # Tempo 2.x never ends by itself once it was asked something.
                self._process.wait(2 if self.name == "tempo" else 20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
