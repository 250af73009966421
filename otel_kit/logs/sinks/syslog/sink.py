"""The sink for a syslog server: records as messages; what cannot be sent now is kept for the next attempt."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any

from otel_kit.errors import Fault
from otel_kit.logs.sinks.outcome import Outcome
from otel_kit.logs.sinks.syslog.message import message
from otel_kit.logs.sinks.syslog.transports import Stream, Transport, Udp
from otel_kit.settings.log_options import Syslog as Options

NAME = "syslog"


class SyslogSink:
    """Sends to one server. Nothing is raised; how long to wait for the next attempt is the worker's to say."""

    name = NAME

    def __init__(self, transport: Transport, facility: str) -> None:
        self._transport = transport
        self._facility = facility

    def write(self, records: Sequence[Any]) -> Outcome:
        """Send a batch; blocks for some seconds at most."""
        messages = [message(record, self._facility, self._transport.max_bytes) for record in records]
        sent, error = self._transport.send(messages)
        if error is None:
            return Outcome(written=sent)
        return Outcome(written=sent, kept=records[sent:], error=_described(error))

    def idle(self) -> float | None:
        """Nothing to do beside."""
        return None

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def after_fork(self) -> None:
        """Leave the parent's connection to it."""
        self._transport.abandon()


def build_syslog(options: Options) -> tuple[SyslogSink, Fault | None]:
    """Build the sink for the address in ``options``, and say what is wrong. Opens no connection.

    With certificates that cannot be loaded nothing is sent; they are tried again with each attempt to connect.
    """
    address = options.address
    assert address is not None, "asked for only when there is one"
    if address.transport == "udp":
        return SyslogSink(Udp(address), options.facility), None
    if address.transport == "tcp":
        return SyslogSink(Stream(address), options.facility), None
    return SyslogSink(Stream(address, lambda: _tls(options)), options.facility), _tls_fault(options)


def _tls(options: Options) -> ssl.SSLContext:
    """Return a context that verifies the server's certificate and name. Raises OSError."""
    context = ssl.create_default_context(cafile=options.certificate)
    if options.client_certificate:
        context.load_cert_chain(options.client_certificate, options.client_key, password="")  # never ask for one
    return context


def _tls_fault(options: Options) -> Fault | None:
    given = f"logs.syslog.certificate={options.certificate}"
    try:
        ssl.create_default_context(cafile=options.certificate)
        given = f"logs.syslog.client_certificate={options.client_certificate}"
        _tls(options)
    except OSError as error:  # ssl.SSLError is one
        return Fault(given, f"cannot be loaded ({_described(error)})", "a file in PEM form is needed")
    return None


def _described(error: OSError) -> str:
    return f"{type(error).__name__}: {error.strerror or error}"
