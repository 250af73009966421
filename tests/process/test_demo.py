"""`otel-kit demo` as a user runs it: the check passes, notices a leak, and nothing stays behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conditions import eventually
from tests.subprocesses import REPOSITORY, child_environ

_STARTED = "Ctrl-C stops all of it"


def _command(*options: str) -> list[str]:
    return [sys.executable, "-m", "otel_kit", "demo", *options]


def _check(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command("--check"), env=child_environ(environment), cwd=REPOSITORY, capture_output=True, text=True, timeout=50,
        check=False,
    )  # fmt: skip


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The running demo and the file with what it prints; killed with all its children after the test."""
    output = tmp_path / "demo.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            _command("--port", "0"), env=child_environ(), cwd=REPOSITORY, stdout=file, stderr=subprocess.STDOUT
        )
    children = psutil.Process(process.pid)
    yield process, output
    if process.poll() is None:
        for child in [*children.children(recursive=True), children]:
            child.kill()
        process.wait()


def _children(process: subprocess.Popen[bytes]) -> dict[str, psutil.Process]:
    """Return the demo's processes by what they run."""
    found = {}
    for child in psutil.Process(process.pid).children(recursive=True):
        match = re.search(r"shop\.(\w+):app|otel_kit (view)", " ".join(child.cmdline()))
        if match:
            found[match[1] or match[2]] = child
    return found


def _all_gone(children: dict[str, psutil.Process]) -> bool:
    return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children.values())


def test_the_check_passes() -> None:
    """One trace's signals are linked, nothing planted is to be found anywhere, and the page has all that it shows."""
    done = _check()

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok  ") == 12
    assert "FAIL" not in done.stdout


def test_the_check_fails_when_the_guard_is_off() -> None:
    """It names the leak on the wire, and shows no planted value itself."""
    done = _check(OTEL_KIT_REDACTION_ENABLED="false")

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^FAIL  wire .*\n +- leaked: .* in /v1/", done.stdout, re.MULTILINE)
    assert re.search(r"^FAIL  receiver ", done.stdout, re.MULTILINE)
    assert "@" not in done.stdout


@pytest.mark.timeout(150)  # four processes start and compile the rules: on a machine that does other things, a minute
def test_the_links_lead_to_data_and_ctrl_c_stops_everything(demo: tuple[subprocess.Popen[bytes], Path]) -> None:
    """What is printed is there, and after an interrupt no process is left."""
    process, output = demo
    eventually(lambda: _STARTED in output.read_text(), "the links are printed", timeout_s=100)
    children = _children(process)
    page, trace_id = re.findall(r"an error trace +(http://[\d.:]+)/#/trace/([0-9a-f]{32})", output.read_text())[0]
    trace = httpx.get(f"{page}/api/traces/{trace_id}", trust_env=False).json()
    alerts = httpx.get(f"{page}/api/events?category=alert", trust_env=False).json()["events"]

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=15) == 0
    assert sorted(children) == ["orders", "payments", "shop", "view"]
    eventually(lambda: _all_gone(children), "all processes are gone")
    assert {span["service"] for span in trace["spans"]} == {"shop", "orders", "payments"}
    assert any(span["status"]["code"] == "error" for span in trace["spans"])
    assert f"its logs        {page}/#/logs?trace_id={trace_id}" in output.read_text()
    assert [
        view for view in ("events", "llm", "health", "alerts") if f"{page}/#/{view}\n" not in output.read_text()
    ] == []
    assert {alert["attributes"]["otel_kit.alert.name"] for alert in alerts} == {"bank"}
    assert "Traceback" not in output.read_text()


def test_when_a_service_dies_the_demo_says_which_and_ends(demo: tuple[subprocess.Popen[bytes], Path]) -> None:
    """Its last lines are shown, the others are stopped."""
    process, output = demo
    children = eventually(lambda: found if len(found := _children(process)) == 4 else None, "four processes", 30)
    eventually(lambda: "page  " in output.read_text(), "the demo runs", timeout_s=30)

    children["payments"].kill()

    assert process.wait(timeout=15) == 2
    assert "payments has stopped with status -9" in output.read_text()
    assert "Uvicorn running" in output.read_text()
    eventually(lambda: _all_gone(children), "all processes are gone")
