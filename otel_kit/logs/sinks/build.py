"""Settings become sinks; what is wrong with one is said, and the others are built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otel_kit.errors import Fault
from otel_kit.logs.sinks.console import Console
from otel_kit.logs.sinks.files.sink import FileSink
from otel_kit.logs.sinks.files.start import absolute, fault_of
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
    """Build the sinks; makes the log file and its folder, opens no connection, starts no thread. Raises nothing."""
    options = settings.logs
    faults: list[Fault] = []
    file = None
    if options.file.path:
        path = absolute(options.file.path)
        fault = fault_of(path, options.file)
        if fault is None:
            file = FileSink(path, options.file)
        else:
            faults.append(fault)
    syslog = None
    if options.syslog.address is not None:
        built = build_syslog(options.syslog)
        if isinstance(built, Fault):
            faults.append(built)
        else:
            syslog = built
    return LogSinks(Console(options.console, options.console_stream), file, syslog, tuple(faults))
