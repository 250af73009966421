"""The demo's processes: watched while they run, gone when they shall be."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from otel_kit.cli.demo.processes import (
    Child,
    ChildDied,
    Interrupted,
    check_alive,
    free_ports,
    start,
    stop_all,
    wait_until,
)
from otel_kit.errors import OtelKitError
from tests.conditions import eventually
from tests.subprocesses import child_environ

_SLEEPS = "import time; print('ready', flush=True); time.sleep(60)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_SLEEPS}"

StartPython = Callable[[str], Child]


@pytest.fixture
def python(tmp_path: Path) -> Iterator[StartPython]:
    """A function that starts Python code as a child named ``child``; killed after the test."""
    children: list[Child] = []

    def run(code: str) -> Child:
        children.append(start("child", [sys.executable, "-c", code], child_environ(), tmp_path))
        return children[-1]

    yield run
    stop_all(children, 0.0)


def _later(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


def test_a_child_that_ends_is_named_with_its_last_lines(python: StartPython) -> None:
    """The error says which one, how it ended and what it printed last."""
    child = python("import sys; [print('line', n) for n in range(99)]; sys.exit(3)")
    child.process.wait()

    with pytest.raises(ChildDied) as raised:
        check_alive([child])

    assert "child has stopped with status 3" in str(raised.value)
    assert str(raised.value).endswith("line 98")
    assert "line 50" not in str(raised.value)


def test_waiting_ends_at_once_when_a_child_ends(python: StartPython) -> None:
    """Nobody waits for what can no longer come."""
    child = python("print('no port')")

    with pytest.raises(ChildDied, match="no port"):
        wait_until(lambda: False, "too late", [child], Event(), _later())


def test_waiting_ends_when_the_command_is_stopped(python: StartPython) -> None:
    """Ctrl-C works while the demo starts."""
    stop = Event()
    stop.set()

    with pytest.raises(Interrupted):
        wait_until(lambda: False, "too late", [python(_SLEEPS)], stop, _later())


def test_waiting_ends_when_the_time_is_up() -> None:
    """The complaint is the error's text."""
    with pytest.raises(OtelKitError, match="too late"):
        wait_until(lambda: False, "too late", [], Event(), _later(0))


def test_stopping_leaves_no_process(python: StartPython) -> None:
    """One that ends when asked, one that does not, and one that has ended already."""
    children = [python(_SLEEPS), python("pass")]
    stubborn = python(_STUBBORN)
    eventually(lambda: b"ready" in stubborn.output.read_bytes(), "the stubborn child runs")

    stop_all([*children, stubborn], 1.0)

    assert all(child.process.poll() is not None for child in [*children, stubborn])


def test_ports_are_free_and_different() -> None:
    """Three services do not get the same port."""
    ports = free_ports(3)

    assert len(set(ports)) == 3
    assert all(0 < port < 65536 for port in ports)
