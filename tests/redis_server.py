"""A real Redis on loopback, in memory, for tests that want one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.conditions import eventually
from tests.servers import free_port

_PROGRAM = shutil.which("redis-server")
# Read at import: a fixture that clears the environment must not turn a required tool into an optional one.
_IS_REQUIRED = "redis" in os.environ.get("OTEL_KIT_REQUIRE", "").split(",")  # noqa: TID251 - the tests' own switch


class RedisServer:
    """A server of the test's own. Without the program the test is skipped, or fails if OTEL_KIT_REQUIRE names redis."""

    def __init__(self, folder: Path) -> None:
        if _PROGRAM is None:
            why = "not run: tests with a real Redis, because there is no redis-server on the PATH"
            pytest.fail(why, pytrace=False) if _IS_REQUIRED else pytest.skip(why)
        self.port = free_port()
        self._process = subprocess.Popen(
            [_PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
            stdout=subprocess.DEVNULL,
        )
        eventually(self._answers, "redis answers")

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")

    def stop(self) -> None:
        """End it; a second call changes nothing."""
        self._process.kill()
        self._process.wait()
