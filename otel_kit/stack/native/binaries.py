"""The programs of the stack: built with Go by the scripts beside their sources, or found as built before."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Event
from typing import IO, Final

from otel_kit.errors import OtelKitError
from otel_kit.stack.native.components import COLLECTOR
from otel_kit.stack.native.processes import Interrupted

_NOT_RUN: Final = 3
_POLL_S: Final = 0.1
_LAST_LINES: Final = 10


class NotBuilt(OtelKitError):
    """A program is neither there nor can it be built; the text says what is missing."""


def build(
    names: Iterable[str], files: Path, environment: Mapping[str, str], say: Callable[[str], None], stop: Event
) -> dict[str, Path]:
    """Return the path of each program; what is not there yet is built, which takes minutes each.

    ``say`` gets the lines of the builds. Setting ``stop`` ends a build that runs; nothing half is left.

    Raises:
        NotBuilt: there is no Go that can do it, or a build failed.
        Interrupted: ``stop`` was set.
    """
    return {name: _build(name, files, environment, say, stop) for name in names}


def _build(name: str, files: Path, environment: Mapping[str, str], say: Callable[[str], None], stop: Event) -> Path:
    if name == COLLECTOR:
        command = [sys.executable, str(files / "collector" / "build.py")]
    else:
        command = [sys.executable, str(files / "backends" / "build_natively.py"), name]
    process = subprocess.Popen(  # noqa: S603 - the scripts are ours
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # With all that it starts in one group: compilers do not end with the script.
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    printed: list[str] = []
    last: deque[str] = deque(maxlen=_LAST_LINES)

    def hear(line: str) -> None:
        last.append(line)
        say(line)

    readers = [
        threading.Thread(target=_read, args=(process.stdout, printed.append), daemon=True),
        threading.Thread(target=_read, args=(process.stderr, hear), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        while process.poll() is None:
            if stop.wait(_POLL_S):
                raise Interrupted("interrupted")
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for reader in readers:
            reader.join()
    return _result(name, process.returncode, printed, list(last))


def _result(name: str, status: int, printed: list[str], last: list[str]) -> Path:
    if status == 0 and printed:
        return Path(printed[-1])
    said = "\n".join(f"  {line}" for line in last)
    if status == _NOT_RUN:
        raise NotBuilt(
            f"{name} has to be built, and there is no Go for it:\n{said}\n"
            "Install Go 1.26 or newer (https://go.dev/dl) and have it on the PATH; with containers no Go is needed: "
            "docker compose up."
        )
    raise NotBuilt(f"the build of {name} ended with status {status}:\n{said}")


def _read(stream: IO[str], keep: Callable[[str], None]) -> None:
    with stream:
        for line in stream:
            keep(line.rstrip("\n"))
