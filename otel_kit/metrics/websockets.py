"""How many websocket connections are open in this process: a metric, and a number for a health check."""

from __future__ import annotations

import threading

from opentelemetry.metrics import Meter

from otel_kit import semconv


class WebsocketConnections:
    """Counts open connections. Thread-safe, never raises."""

    def __init__(self, meter: Meter) -> None:
        self._instrument = meter.create_up_down_counter(
            semconv.WEBSOCKET_CONNECTIONS, unit="{connection}", description="Websocket connections that are open."
        )
        self.after_fork()

    @property
    def open_now(self) -> int:
        """The number of open connections."""
        return self._open

    def opened(self) -> None:
        """A connection was accepted."""
        self._change(1)

    def closed(self) -> None:
        """An accepted connection ended."""
        self._change(-1)

    def after_fork(self) -> None:
        """Start from zero in a child: the connections are its parent's."""
        self._lock = threading.RLock()
        self._open = 0

    def _change(self, by: int) -> None:
        with self._lock:
            self._open += by
        self._instrument.add(by)
