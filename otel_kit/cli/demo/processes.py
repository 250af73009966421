"""Child processes that never outlive the command: started apart from the terminal, watched, stopped in order."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from otel_kit.errors import OtelKitError

_POLL_S = 0.05
_LAST_LINES = 15


class ChildDied(OtelKitError):
    """A process that should run has ended; the text says which and shows its last lines."""


class Interrupted(OtelKitError):
    """The command was told to stop while it waited."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process and the file with what it printed."""

    name: str
    process: subprocess.Popen[bytes]
    output: Path


def start(name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Child:
    """Start a process whose output goes to a file in ``folder``."""
    output = folder / f"{name}.log"
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the parent alone: it stops the senders before the receiver, so nothing is lost.
            start_new_session=True,
        )
    return Child(name, process, output)


def check_alive(children: Iterable[Child]) -> None:
    """Look after the processes.

    Raises:
        ChildDied: one has ended.
    """
    for child in children:
        status = child.process.poll()
        if status is not None:
            lines = child.output.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
            shown = "\n".join(f"    {line}" for line in lines) or "    (it printed nothing)"
            raise ChildDied(f"{child.name} has stopped with status {status}; its last lines:\n{shown}")


def wait_until(
    check: Callable[[], bool], complaint: str, children: Iterable[Child], stop: Event, deadline: float
) -> None:
    """Block until ``check`` is true, at most until ``deadline`` (``time.monotonic()``).

    Raises:
        ChildDied: one of ``children`` has ended.
        Interrupted: ``stop`` was set.
        OtelKitError: the time was up; the text is ``complaint``.
    """
    watched = tuple(children)
    while not check():
        check_alive(watched)
        if time.monotonic() > deadline:
            raise OtelKitError(complaint)
        if stop.wait(_POLL_S):
            raise Interrupted("interrupted")


def stop_all(children: Sequence[Child], timeout_s: float) -> None:
    """Ask all processes to end, wait, and kill those that do not; blocks at most about ``timeout_s``."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + timeout_s
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
            continue
        child.process.kill()
        child.process.wait()


def free_ports(count: int) -> list[int]:
    """Return loopback ports that are free now, all different."""
    with contextlib.ExitStack() as sockets:
        held = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
