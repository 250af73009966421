"""A real uvicorn in a process of its own, with its standard output and error kept."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.conditions import eventually
from tests.subprocesses import child_environ


def free_port() -> int:
    """Return a port of loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Uvicorn:
    """Serves ``module:name`` from ``folder``; started by the constructor, which waits for the first answer."""

    def __init__(
        self, folder: Path, app: str, *arguments: str, env: Mapping[str, str] | None = None, probe: str = "/healthz"
    ) -> None:
        self.port = free_port()
        self._out, self._err = folder / "stdout.txt", folder / "stderr.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", app, "--port", str(self.port), "--host", "127.0.0.1", *arguments],
                cwd=folder, env=child_environ(env), stdout=out, stderr=err,
            )  # fmt: skip
        eventually(lambda: self.get(probe)[0], f"uvicorn answers; {self.stderr}", 20)

    @property
    def stdout(self) -> str:
        """What it has written to standard output."""
        return self._out.read_text()

    @property
    def stderr(self) -> str:
        """What it has written to standard error."""
        return self._err.read_text()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str]]:
        """Request a path; returns status and headers, whatever the status."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=dict(headers or {}))
        try:
            with urllib.request.urlopen(asked, timeout=10) as reply:
                return reply.status, {name.lower(): value for name, value in reply.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {name.lower(): value for name, value in error.headers.items()}

    def stop(self, number: int = signal.SIGTERM, timeout_s: float = 15.0) -> int:
        """End it by a signal and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout_s)
        finally:
            self.process.kill()
            self.process.wait()
