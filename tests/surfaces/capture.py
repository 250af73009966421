"""Runs the programs that plant, and keeps what left them: three runs each, two with redaction and one without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.otlp_sink import OtlpSink
from tests.subprocesses import REPOSITORY
from tests.surfaces.matrix import cut
from tests.surfaces.messages import lines_of, request_of_method
from tests.unit.pipeline.grpc_backend import GrpcBackend

# The runs of a program: how it exports, and whether it redacts.
RUNS = ("http", "grpc", "off")
_ENVIRON: Mapping[str, Mapping[str, str]] = {"cut": {cut.VARIABLE: str(cut.LIMIT)}}


@dataclass(frozen=True, slots=True)
class Left:
    """What left one run: its requests as bytes and decoded, and for each outlet its text, line by line."""

    raw: bytes
    requests: tuple[Any, ...]
    texts: Mapping[str, str]


def captured(program: str) -> Mapping[str, Left]:
    """Run ``tests.surfaces.programs.<program>`` once and return what left it, by run."""
    left = _captured(program)
    assert not isinstance(left, str), left
    return left


@cache
def _captured(program: str) -> Mapping[str, Left] | str:
    """Return what left a program, or what it said when it failed: it is run once, however many tests ask."""
    http, off, grpc = OtlpSink(), OtlpSink(), GrpcBackend()
    ports = {"http": http.port, "grpc": grpc.port, "off": off.port}
    with TemporaryDirectory() as folder:
        try:
            done = _run(program, Path(folder), ports)
        finally:
            for backend in (http, off, grpc):
                backend.stop()
        if done.returncode:
            return done.stderr
        requests: Mapping[str, list[tuple[bytes, Any]]] = {
            "http": [(request.body, request.message()) for request in http.requests()],
            "grpc": [(body, request_of_method(method, body)) for method, body, _ in grpc.calls],
            "off": [(request.body, request.message()) for request in off.requests()],
        }
        return {run: _left(run, requests[run], done, Path(folder)) for run in RUNS}


def _run(program: str, folder: Path, ports: Mapping[str, int]) -> subprocess.CompletedProcess[str]:
    inherited = dict(os.environ)  # noqa: TID251 - a child's environment, cleaned here
    environ = {name: value for name, value in inherited.items() if not name.startswith(("OTEL_", "HTTP", "http"))}
    arguments = [f"{run}={port}" for run, port in ports.items()]
    return subprocess.run(
        [sys.executable, "-m", f"tests.surfaces.programs.{program}", *arguments],
        env={
            **environ,
            **_ENVIRON.get(program, {}),
            "PYTHONPATH": str(REPOSITORY),
            "OTEL_KIT_STATE_DIR": str(folder / "state"),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def _left(run: str, requests: list[tuple[bytes, Any]], done: Any, folder: Path) -> Left:
    written = folder / f"{run}.log"
    answers = folder / f"{run}.json"
    told: Mapping[str, Any] = json.loads(answers.read_text()) if answers.exists() else {}
    texts = {
        "otlp": "\n".join(line for _, message in requests for line in lines_of(message)),
        "stdout": "\n".join(_of_run(run, done.stdout)),
        "stderr": "\n".join(_of_run(run, done.stderr)),
        "file": written.read_text() if written.exists() else "",
        "headers": "\n".join(told.get("headers", ())),
        "status": json.dumps(told.get("status", {})),
    }
    return Left(b"\n".join(body for body, _ in requests), tuple(message for _, message in requests), texts)


def _of_run(run: str, output: str) -> Iterator[str]:
    """Yield the lines between the marks that a program prints around each run."""
    current = ""
    for line in output.splitlines():
        if line.startswith("--- run "):
            current = line.removeprefix("--- run ")
        elif current == run:
            yield line
