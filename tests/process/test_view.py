"""``otel-kit view`` as a process: start, ports, the command it runs, signals, and what survives them."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from otel_kit.local.receiver.inflate import MAX_BODY_BYTES
from tests.conditions import eventually
from tests.unit.local import messages
from tests.unit.local.client import PROTOBUF, request

ANY_PORTS = ("--port", "0", "--http-port", "0", "--grpc-port", "0")


class View:
    """A viewer process."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.ready = folder / "ready.json"
        command = [sys.executable, "-m", "otel_kit", "view", "--ready-file", str(self.ready), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @property
    def endpoints(self) -> dict[str, str]:
        """Where it answers, once it does."""
        found = eventually(self._read_ready, "the viewer is ready", 30)
        assert found["pid"] == self.process.pid
        endpoints: dict[str, str] = found["endpoints"]
        return endpoints

    def _read_ready(self) -> Any:
        assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()
        return json.loads(self.ready.read_text())

    def status(self) -> Any:
        """Return /api/status."""
        return request(self.endpoints["page"], "GET", "/api/status").json

    def send_span(self, **more: Any) -> int:
        """Send one span; return the HTTP status."""
        body = messages.traces(messages.span(**more)).SerializeToString()
        return request(self.endpoints["http"], "POST", "/v1/traces", body, PROTOBUF).status

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; return exit status, output and errors."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        """Return exit status, output and errors once it has ended."""
        out, errors = self.process.communicate(timeout=30)
        return self.process.returncode, out, errors


StartView = Callable[..., View]


@pytest.fixture
def start_view(tmp_path: Path) -> Iterator[StartView]:
    """A function that starts a viewer with a file of its own; what still runs is killed after the test."""
    running: list[View] = []

    def start(*arguments: str, ports: tuple[str, ...] = ANY_PORTS, db: str | None = "view.sqlite3") -> View:
        folder = tmp_path / f"run{len(running)}"
        folder.mkdir()
        file = ("--db", str(tmp_path / db)) if db else ()
        running.append(View(folder, *file, *ports, *arguments))
        return running[-1]

    yield start
    for view in running:
        if view.process.poll() is None:
            view.process.kill()
        view.process.communicate()


def test_what_was_answered_survives_a_kill(start_view: StartView) -> None:
    """SIGKILL right behind the answer: the next viewer on the file has the span."""
    view = start_view()
    for number in range(5):
        assert view.send_span(span_id=(number + 1).to_bytes(8, "big")) == 200
    view.end(signal.SIGKILL)

    again = start_view()

    assert again.status()["store"]["spans"] == 5
    trace = request(again.endpoints["page"], "GET", f"/api/traces/{messages.TRACE.hex()}").json
    assert len(trace["spans"]) == 5
    again.send_span(span_id=b"behind..")
    assert again.status()["store"]["spans"] == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(start_view: StartView, number: int) -> None:
    """Status 0, nothing on standard error, the ready file gone, everything in one file."""
    view = start_view()
    view.send_span()
    endpoints, file = view.endpoints, Path(view.status()["store"]["path"])

    status, out, errors = view.end(number)

    assert (status, errors) == (0, "")
    assert endpoints["page"] in out
    assert not view.ready.exists()
    assert not file.with_name(file.name + "-wal").exists()


def test_a_taken_port_is_said_and_the_next_one_used(start_view: StartView) -> None:
    """One line for each; the endpoints are the real ones."""
    with socket.create_server(("127.0.0.1", 0)) as http, socket.create_server(("127.0.0.1", 0)) as grpc:
        taken = [http.getsockname()[1], grpc.getsockname()[1]]
        view = start_view(ports=("--port", "0", "--http-port", str(taken[0]), "--grpc-port", str(taken[1])))
        assert view.send_span() == 200
        got = [int(view.endpoints[name].rpartition(":")[2]) for name in ("http", "grpc")]
        status, out, errors = view.end()

    assert (status, errors) == (0, "")
    assert not set(got) & set(taken)
    for was, now in zip(taken, got, strict=True):
        assert f"port {was} is taken, using {now}\n" in out


def test_the_command_gets_the_endpoint_and_gives_its_status(start_view: StartView) -> None:
    """Its telemetry has somewhere to go, and the viewer ends with it."""
    code = """if True:
        import os, sys
        print(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"])
        sys.exit(7)
    """
    view = start_view("--", sys.executable, "-c", code)

    status, out, errors = view.wait()

    assert (status, errors) == (7, "")
    (http,) = [line.split()[-1] for line in out.splitlines() if line.startswith("OTLP/HTTP")]
    assert f"{http} http/protobuf" in out


def test_the_command_is_ended_with_the_viewer(start_view: StartView, tmp_path: Path) -> None:
    """SIGTERM reaches it; its own status is the viewer's."""
    up = tmp_path / "up"
    code = f"""if True:
        import pathlib, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        pathlib.Path({str(up)!r}).touch()
        signal.pause()
    """
    view = start_view("--", sys.executable, "-c", code)
    eventually(up.exists, "the command runs")

    status, _, errors = view.end()

    assert (status, errors) == (9, "")


def test_a_command_that_is_not_there_is_one_line(start_view: StartView) -> None:
    """With the shell's status for it."""
    status, _, errors = start_view("--", "no-such-command-anywhere").wait()

    assert status == 127
    assert errors == "otel-kit view: no-such-command-anywhere cannot be run: No such file or directory\n"


def test_a_file_in_use_is_one_line(start_view: StartView) -> None:
    """The first viewer goes on."""
    first = start_view()
    assert first.endpoints

    status, _, errors = start_view().wait()

    assert status == 2
    assert errors.count("\n") == 1
    assert "in use by another viewer" in errors
    assert first.send_span() == 200


def test_a_folder_that_cannot_be_made_is_one_line(start_view: StartView, tmp_path: Path) -> None:
    """Here a file stands in its place."""
    (tmp_path / "notes").touch()

    status, _, errors = start_view(db="notes/deep/view.sqlite3").wait()

    assert (status, errors.count("\n")) == (2, 1)
    assert "cannot be made" in errors


def test_without_a_file_the_state_folder_is_used(
    start_view: StartView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made for the user alone; a second viewer takes the next file."""
    state = tmp_path / "state" / "deep"
    monkeypatch.setenv("OTEL_KIT_STATE_DIR", str(state))

    paths = [start_view(db=None).status()["store"]["path"] for _ in range(2)]

    assert paths == [str(state / "view.sqlite3"), str(state / "view-2.sqlite3")]
    assert state.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "arguments",
    [("--retention", "soon"), ("--retention", "0h"), ("--max-size", "1"), ("--max-size", "big"), ("--port", "99999")],
)
def test_bad_arguments_are_explained(start_view: StartView, arguments: tuple[str, str]) -> None:
    """By the parser, before anything is opened."""
    status, _, errors = start_view(*arguments).wait()

    assert status == 2
    assert arguments[1] in errors


def test_without_grpcio_the_rest_works_and_says_how_to_get_it(
    start_view: StartView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GRPC is an extra."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'grpc' else find(name, package)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    view = start_view()
    assert view.send_span() == 200
    grpc = view.endpoints["grpc"]
    _, out, _ = view.end()

    assert grpc is None
    assert "OTLP/gRPC  off; install it with: pip install 'otel-kit[grpc]'" in out


def test_memory_stays_bounded_under_bombs_and_oversized_bodies(start_view: StartView) -> None:
    """Ten bombs of a gigabyte each and ten bodies beyond the limit cost less than 100 MB."""
    view = start_view()
    view.send_span()
    process = psutil.Process(view.process.pid)
    before = process.memory_info().rss
    bomb = gzip.compress(bytes(64 << 20), 9) * 16

    for _ in range(10):
        bombed = request(view.endpoints["http"], "POST", "/v1/logs", bomb, {**PROTOBUF, "Content-Encoding": "gzip"})
        oversized = request(view.endpoints["http"], "POST", "/v1/logs", bytes(MAX_BODY_BYTES + 1), PROTOBUF)
        assert (bombed.status, oversized.status) == (413, 413)

    assert process.memory_info().rss - before < 100e6
    assert os.waitpid(view.process.pid, os.WNOHANG) == (0, 0)


def test_the_viewer_has_the_users_policy_and_follows_its_file(start_view: StartView, tmp_path: Path) -> None:
    """What the policy allows is not masked here either; a changed file is in force within moments."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("rules: { mine: { pattern: 'KD-[0-9]{8}' } }\n")
    view = start_view("--policy", str(policy))
    page = view.endpoints["page"]
    assert request(page, "GET", "/api/rules/mine").json["kind"] == "rule"

    policy.write_text("rules: { other: { pattern: 'KD-[0-9]{8}' } }\n")

    eventually(lambda: request(page, "GET", "/api/rules/other").json["kind"] == "rule", "the changed policy", 30)


def test_a_policy_that_cannot_be_used_is_refused_with_its_line(start_view: StartView, tmp_path: Path) -> None:
    """Asked for by name, it must not be passed over."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("rules:\n  mine: { pattern: '(' }\n")

    code, _, errors = start_view("--policy", str(policy)).wait()

    assert code == 2
    assert f"{policy}:2" in errors
