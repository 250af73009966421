"""The application that the servers' health tests serve: checks that count their runs in a file, one that hangs."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from fastapi import FastAPI

import otel_kit

app = FastAPI()
kit = otel_kit.init("served", app=app)
_RUNS = Path(os.environ["RUNS"])  # noqa: TID251 - how the test talks to its program


def note(name: str) -> None:
    """Write that a check ran in this process."""
    with _RUNS.open("a") as file:
        file.write(f"{name} {os.getpid()}\n")


@app.get("/pid")
def pid() -> int:
    """Answer without any check."""
    return os.getpid()


@kit.health.check("sync")
def sync_check() -> None:
    """Run on a thread."""
    note("sync")


@kit.health.check("async")
async def async_check() -> None:
    """Run on the loop."""
    await asyncio.sleep(0)
    note("async")


if port := os.environ.get("HANGS_ON"):  # noqa: TID251

    @kit.health.check("hangs", critical=False)
    def hangs() -> None:
        """Wait for a word for ever."""
        note("hangs")
        with socket.create_connection(("127.0.0.1", int(port))) as connection:
            connection.recv(1)
