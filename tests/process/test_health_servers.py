"""Health on real servers: many probes at once, a dependency that hangs, workers that fork, and the command."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conditions import eventually
from tests.otlp_sink import OtlpSink
from tests.servers import free_port
from tests.subprocesses import REPOSITORY, child_environ

APP = "tests.process.served_health:app"
SERVERS: dict[str, Sequence[str]] = {
    "uvicorn": ["uvicorn", APP, "--port", "{port}", "--log-level", "warning"],
    "gunicorn --preload": [
        "gunicorn", APP, "-k", "uvicorn_worker.UvicornWorker", "-w", "2", "-b", "127.0.0.1:{port}", "--preload",
    ],
}  # fmt: skip


class Server:
    """A server process."""

    def __init__(self, name: str, endpoint: str, folder: Path, **env: str) -> None:
        self.port = free_port()
        self.runs_file = folder / "runs.txt"
        self.runs_file.touch()
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "RUNS": str(self.runs_file), **env}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *(word.format(port=self.port) for word in SERVERS[name])],
            cwd=REPOSITORY, env=child_environ({"OTEL_KIT_HEALTH_INTERVAL": "0s", **more}),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        eventually(lambda: self.get("/livez")[0] == 200, f"{name} answers", 30)

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and answer, whatever the status."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def runs(self) -> Counter[str]:
        """Return how often each check ran, over all processes."""
        return Counter(line.split()[0] for line in self.runs_file.read_text().splitlines())

    def stop(self) -> str:
        """End it and return its output."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        return output


@pytest.fixture
def serve(otlp: OtlpSink, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """A function that starts a server."""
    started: list[Server] = []

    def start(name: str = "uvicorn", **env: str) -> Server:
        started.append(Server(name, otlp.endpoint, tmp_path, **env))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()


@pytest.fixture
def hanging_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield int(listener.getsockname()[1])


def test_fifty_requests_at_once_run_each_check_once(serve: Callable[..., Server]) -> None:
    """And all fifty have the same answer."""
    server = serve(OTEL_KIT_HEALTH_CACHE="60s")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(server.get, ["/health"] * 50))

    assert {status for status, _ in answers} == {200}
    assert {json.dumps(answer["dependencies"]) for _, answer in answers} == {
        '{"sync": {"status": "healthy"}, "async": {"status": "healthy"}}'
    }
    assert server.runs() == {"sync": 1, "async": 1}


def test_a_dependency_that_hangs_is_asked_once_and_holds_up_nothing(
    serve: Callable[..., Server], hanging_port: int
) -> None:
    """With nothing cached; the application goes on answering meanwhile, and the process still ends."""
    server = serve(HANGS_ON=str(hanging_port), OTEL_KIT_HEALTH_CACHE="0s", OTEL_KIT_HEALTH_TIMEOUT="300ms")

    with ThreadPoolExecutor(20) as pool:
        answers = [*pool.map(server.get, ["/health"] * 40), *pool.map(server.get, ["/pid", "/readyz"] * 10)]

    assert {status for status, _ in answers} == {200}
    assert {answer["status"] for _, answer in answers[:40]} == {"degraded"}
    assert server.runs()["hangs"] == 1
    assert "Traceback" not in server.stop()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SERVERS)
def test_checks_run_by_themselves_in_every_worker(otlp: OtlpSink, serve: Callable[..., Server], name: str) -> None:
    """Also where they were registered before the fork; each process tells its own."""
    server = serve(name, OTEL_KIT_HEALTH_INTERVAL="100ms", OTEL_KIT_METRICS_INTERVAL="200ms")
    workers = 2 if name.startswith("gunicorn") else 1

    def pids() -> set[str]:
        lines = server.runs_file.read_text().splitlines()
        return {line.split()[1] for line in lines if line.startswith("async")}

    def instances() -> set[str]:
        points = otlp.latest("otel_kit.health.status")
        return {str(point.resource["service.instance.id"]) for point in points if point.value == 1}

    eventually(lambda: len(pids()) >= workers and len(instances()) >= workers, f"{workers} processes run checks", 30)
    assert "Traceback" not in server.stop()


def test_the_command_shows_a_served_application(serve: Callable[..., Server]) -> None:
    """From address to table."""
    server = serve(OTEL_KIT_SERVICE_VERSION="2.0.1")
    done = subprocess.run(
        [sys.executable, "-m", "otel_kit", "health", f"127.0.0.1:{server.port}", f"127.0.0.1:{free_port()}"],
        env=child_environ(), capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")
    first, second = done.stdout.splitlines()[1:]
    assert first.split()[:3] == ["served", "healthy", "2.0.1"]
    assert "connection refused" in second
