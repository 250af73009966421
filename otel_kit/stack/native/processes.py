"""One component as a process: started apart from the terminal, watched until it is ready, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final
from urllib.parse import urlsplit

import psutil

from otel_kit.errors import OtelKitError
from otel_kit.stack.native.diagnosis import likely_cause
from otel_kit.stack.native.tied import tied

_POLL_S: Final = 0.05
_ANSWER_S: Final = 2.0
_LAST_LINES: Final = 15
_TAIL_BYTES: Final = 16 << 10
_MOST_OF_A_LINE: Final = 1000


class ComponentFailed(OtelKitError):
    """A component ended, or did not become ready; the text has its last lines and what they mean."""


class Interrupted(OtelKitError):
    """The start was given up because the caller said so."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. ``ready_url`` answers 200 when it is ready; ``stop_timeout_s`` is for writing what it holds.

    ``orphan_signal`` is what it gets when this process was killed, see ``tied``.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    ready_url: str
    ready_timeout_s: float
    stop_timeout_s: float
    orphan_signal: signal.Signals = signal.SIGTERM


class Component:
    """A program and its process; none runs before ``start``."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._is_asked = False

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process' number; None while there is none."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def rss_bytes(self) -> int:
        """The memory that its process holds now; 0 while there is none."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) if self.pid else 0
        except psutil.NoSuchProcess:
            return 0

    def start(self, held: Sequence[int] = ()) -> None:
        """Start the process and return at once; what it prints goes to its log, the earlier one is kept beside it.

        It inherits the file descriptors ``held``, and with them locks, which last as long as it lives.

        Raises:
            ComponentFailed: it cannot be run.
        """
        program = self.program
        program.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._is_asked = False
        if program.log.exists():
            program.log.replace(program.log.with_name(program.log.name + ".1"))
        with program.log.open("wb") as log:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                    tied(program.command, program.orphan_signal),
                    env=program.environment,
                    cwd=program.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C is for the caller alone: it stops the Collector before the backends.
                    start_new_session=True,
                    pass_fds=tuple(held),
                )
            except OSError as error:
                raise ComponentFailed(f"{program.name} cannot be run: {error}") from error

    def wait_ready(self, stop: Event, others: Callable[[], None] = lambda: None) -> None:
        """Block until its own URL says that it is ready; ``others`` is called meanwhile, and may raise.

        Raises:
            ComponentFailed: its process ended, or the time is up.
            Interrupted: ``stop`` was set.
        """
        program = self.program
        deadline = time.monotonic() + program.ready_timeout_s
        while True:
            self.check_alive("before it was ready")
            others()
            answer = _ask(program.ready_url)
            if answer == "200":
                return
            if time.monotonic() > deadline:
                why = f"is not ready after {program.ready_timeout_s:.0f} s: {program.ready_url} answers {answer}"
                raise ComponentFailed(self._complaint(why, None))
            if stop.wait(_POLL_S):
                raise Interrupted("interrupted")

    def check_alive(self, when: str = "") -> None:
        """Return if its process lives.

        Raises:
            ComponentFailed: it has ended.
        """
        status = self._process.poll() if self._process is not None else 0
        if status is None:
            return
        ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        raise ComponentFailed(self._complaint(f"{ended} {when}".rstrip(), status))

    def ask_to_stop(self) -> None:
        """Ask it to end orderly, and return at once; once only, as Loki and Tempo take a second signal for a kill."""
        if not self._is_asked:
            self._is_asked = True
            self._signal(signal.SIGTERM)

    def stop(self) -> bool:
        """Ask it to end, wait for it; return whether it did. One that does not in time is killed."""
        self.ask_to_stop()
        if self._process is None:
            return True
        try:
            self._process.wait(self.program.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._process = None
        return True

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def last_lines(self) -> list[str]:
        """Return the end of its log."""
        try:
            with self.program.log.open("rb") as log:
                log.seek(0, os.SEEK_END)
                log.seek(max(0, log.tell() - _TAIL_BYTES))
                text = log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        return [line[:_MOST_OF_A_LINE] for line in text.splitlines() if line.strip()][-_LAST_LINES:]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _complaint(self, what: str, status: int | None) -> str:
        lines = self.last_lines()
        cause = likely_cause(lines, status)
        return "\n".join(
            [
                f"{self.program.name} {what}.",
                *([f"  likely cause: {cause}"] if cause else []),
                f"  last lines of {self.program.log}:",
                *([f"    {line}" for line in lines] or ["    (it printed nothing)"]),
            ]
        )


def _ask(url: str) -> str:
    """Return the status that the URL answers with, or why there is no answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_S)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        said = answer.read(200).decode("utf-8", "replace").strip()
        return str(answer.status) if answer.status == 200 else f"{answer.status} {said}".strip()
    except (OSError, http.client.HTTPException) as error:
        return f"nothing ({error})"
    finally:
        connection.close()
