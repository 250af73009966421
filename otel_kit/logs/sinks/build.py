"""Settings become sinks, and what is wrong with one is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otel_kit.errors import Fault
from otel_kit.logs.sinks.console import Console
from otel_kit.logs.sinks.files.sink import FileSink
from otel_kit.logs.sinks.files.start import build_file
from otel_kit.logs.sinks.syslog.sink import SyslogSink, build_syslog
from otel_kit.settings import Settings


@dataclass(frozen=True, slots=True)
class LogSinks:
    """What one start of the kit writes beside OTLP. The console is always there: a reload may switch it on."""

    console: Console
    file: FileSink | None = None
    syslog: SyslogSink | None = None
    faults: tuple[Fault, ...] = ()

    def all(self) -> Sequence[Console | FileSink | SyslogSink]:
        """Return the sinks, the console first."""
        return [sink for sink in (self.console, self.file, self.syslog) if sink is not None]


def build_sinks(settings: Settings) -> LogSinks:
    """Build the sinks; makes the log file and its folder, opens no connection, starts no thread. Raises nothing.

    A sink with a fault is built all the same: it counts what it cannot write, and goes on when the fault is mended.
    """
    file, file_fault = build_file(settings.logs.file) if settings.logs.file.path else (None, None)
    syslog, syslog_fault = build_syslog(settings.logs.syslog) if settings.logs.syslog.address else (None, None)
    console = Console(settings.logs.console, settings.logs.console_stream)
    return LogSinks(console, file, syslog, tuple(fault for fault in (file_fault, syslog_fault) if fault is not None))
