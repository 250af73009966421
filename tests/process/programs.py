"""Programs in processes of their own that emit through the kit, and what their ends look like from outside."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.subprocesses import child_environ

# Nothing leaves before the end unless the end sees to it.
PATIENT = {
    "OTEL_KIT_PIPELINE_TRACES_DELAY": "60s",
    "OTEL_KIT_PIPELINE_LOGS_DELAY": "60s",
    "OTEL_KIT_METRICS_INTERVAL": "60s",
    "OTEL_KIT_METRICS_MACHINE": "false",
}

# A shell's background job ignores SIGINT and its children inherit that: put it back to what a program starts with.
EMIT = """
import atexit, logging, multiprocessing, os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
import otel_kit
from opentelemetry import metrics, trace

def emit(count, name="work"):
    tracer, logger = trace.get_tracer("app"), logging.getLogger("app")
    counter = metrics.get_meter("app").create_counter("done")
    for number in range(count):
        with tracer.start_as_current_span(name):
            logger.info(name)
        counter.add(1)

def marker(text="ready"):
    print(text, flush=True)
"""


@dataclass(frozen=True, slots=True)
class End:
    """How a program ended, and the seconds from its marker, or the signal, to the end of its process."""

    code: int
    seconds: float
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        """What the kit said on standard error about its end."""
        return [line for line in self.stderr.splitlines() if line.startswith("otel-kit:")]


class Program:
    """A script that starts at once; ``before`` and ``EMIT`` stand before it."""

    def __init__(self, code: str, endpoint: str, env: Mapping[str, str] | None = None, before: str = "") -> None:
        own = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **PATIENT, **(env or {})}
        self._process = subprocess.Popen(
            [sys.executable, "-c", before + EMIT + textwrap.dedent(code)],
            env=child_environ(own),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._began = 0.0

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def wait_for_marker(self) -> Program:
        """Block until the program has printed a line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._began = time.monotonic()
        assert line, self._process.communicate()[1]
        return self

    def send(self, number: signal.Signals) -> Program:
        """Send a signal."""
        self._process.send_signal(number)
        self._began = time.monotonic()
        return self

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def end(self, timeout_s: float = 40.0) -> End:
        """Wait for the end of the process."""
        try:
            stdout, stderr = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        return End(self._process.returncode, time.monotonic() - self._began, stdout, stderr)
