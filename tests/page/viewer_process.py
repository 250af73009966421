"""The real viewer as a subprocess on free ports of the loopback interface."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conditions import eventually

_START_S = 20.0
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Viewer:
    """Addresses of a running viewer."""

    page: str
    http: str

    def get(self, path: str) -> Any:
        """Return the decoded answer of the JSON API."""
        with urllib.request.urlopen(f"{self.page}/api/{path}", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_viewer(folder: Path) -> Iterator[Viewer]:
    """Run ``otel-kit view`` with a new store in ``folder``; it is stopped at the end, whatever happens."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "otel_kit", "view", "--db", str(folder / "store.sqlite3")]
    command += ["--port", "0", "--http-port", "0", "--grpc-port", "0", "--ready-file", str(ready)]
    with (folder / "viewer.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=Path(__file__).parents[2])
    try:
        eventually(lambda: ready.exists() and ready.read_text(), "the viewer is up", _START_S)
        endpoints = json.loads(ready.read_text())["endpoints"]
        yield Viewer(page=endpoints["page"].rstrip("/"), http=endpoints["http"].rstrip("/"))
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
