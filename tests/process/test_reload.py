"""Reloading across processes: forked children and a server's workers follow the file, and no signal is taken."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conditions import eventually
from tests.otlp_sink import OtlpSink
from tests.process.programs import Program
from tests.process.test_servers import SERVERS, Server


def write(file: Path, rule: str) -> None:
    """Put a policy in place whose rule masks the numbers of jobs."""
    new = file.with_suffix(".new")
    new.write_text(f"rules:\n  {rule}:\n    pattern: 'work [0-9]{{3}}'\n")
    os.replace(new, file)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy file that the variables name, looked at often."""
    file = tmp_path / "policy.yaml"
    write(file, "first")
    monkeypatch.setenv("OTEL_KIT_REDACTION_POLICY", str(file))
    monkeypatch.setenv("OTEL_KIT_REDACTION_WATCH", "50ms")
    return file


def test_a_forked_child_follows_the_file_on_its_own(otlp: OtlpSink, file: Path) -> None:
    """It has inherited the policy and no thread; parent and child each see the change."""
    code = """
    def wait_for(rule):
        for _ in range(1500):
            if otel_kit.redact("work 123") == f"[REDACTED:{rule}]":
                return True
            threading.Event().wait(0.02)
        return False

    kit = otel_kit.init("forking")
    assert wait_for("first")
    child = os.fork()
    if child == 0:
        watches = [one.name for one in threading.enumerate()].count("otel-kit policy watch")
        marker()
        came = wait_for("second")
        os._exit(0 if came and watches == 1 and kit.status().redaction.reloads == {"changed": 1} else 1)
    came = wait_for("second")
    print(came, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    """

    program = Program(code.replace("\n    ", "\n"), otlp.endpoint).wait_for_marker()
    write(file, "second")
    end = program.end()

    assert (end.code, end.stdout.split()) == (0, ["True", "0"]), end.stderr


def test_a_signal_that_servers_use_is_not_taken(otlp: OtlpSink, file: Path) -> None:
    """SIGHUP is gunicorn's, and ends other programs: neither changes."""
    code = """
    otel_kit.init("quiet")
    marker(str(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL))
    signal.pause()
    """

    end = Program(code.replace("\n    ", "\n"), otlp.endpoint).wait_for_marker().send(signal.SIGHUP).end()

    assert end.code == -signal.SIGHUP


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["gunicorn --preload", "uvicorn --workers 2"])
def test_all_workers_follow_the_file(otlp: OtlpSink, file: Path, tmp_path: Path, name: str) -> None:
    """Also those that were forked from a master in which the kit had been started."""
    server = Server(SERVERS[name], otlp.endpoint, tmp_path)
    try:
        eventually(lambda: server.get("/jobs/100"), f"{name} answers", 40)
        write(file, "second")
        reloads: dict[int, int] = {}

        def every_worker_has_changed() -> bool:
            # At once, because one idle worker may otherwise take request after request.
            for answer in pool.map(server.get, ["/jobs/123"] * 16):
                reloads[answer["pid"]] = answer["reloads"]
            return list(reloads.values()) == [1, 1]

        with ThreadPoolExecutor(16) as pool:
            eventually(every_worker_has_changed, "both workers have the new policy", 40)
    finally:
        output, _ = server.stop(signal.SIGTERM)
    # Also what was logged before and had not left yet.
    assert {"[REDACTED:second]"} == {log.body for log in otlp.logs() if "REDACTED" in str(log.body)}, output
    assert "work 1" not in str([log.body for log in otlp.logs()])
