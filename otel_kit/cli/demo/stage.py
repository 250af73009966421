"""Everything that runs in the demo: a viewer, the three services, and on request a tap between them."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from types import TracebackType

from otel_kit.cli.demo.processes import Child, check_alive, stop_all, wait_until
from otel_kit.cli.demo.services import Services, start_python
from otel_kit.cli.demo.tap import Tap

_START_TIMEOUT_S = 15.0
_STOP_TIMEOUT_S = 3.0


class Stage:
    """The running demo; a context manager that leaves no process and no file behind.

    Entering it raises ChildDied, Interrupted or OtelKitError when not all of it starts.
    """

    def __init__(self, page_port: int, stop: Event, *, tapped: bool = False) -> None:
        self._page_port = page_port
        self._stop = stop
        self._viewer: Child | None = None
        self._temporary = tempfile.TemporaryDirectory(prefix="otel-kit-demo-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self.store = self._folder / "demo.sqlite3"
        self.tap = Tap() if tapped else None
        self.page_url = ""
        self._services = Services(self._folder, stop)

    def __enter__(self) -> Stage:
        deadline = time.monotonic() + _START_TIMEOUT_S
        try:
            endpoint = self._start_viewer(deadline)
            self._services.start(self.tap.open(endpoint) if self.tap is not None else endpoint, deadline)
        except BaseException:
            self.close()
            raise
        return self

    @property
    def shop_url(self) -> str:
        """The address of the shop's front; empty before it runs."""
        return self._services.shop_url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything, senders first, and remove the files."""
        self.stop_services()
        if self._viewer is not None:
            stop_all([self._viewer], _STOP_TIMEOUT_S)
        if self.tap is not None:
            self.tap.close()
        self._temporary.cleanup()

    def stop_services(self) -> None:
        """Stop the services; each sends what it still holds before it ends."""
        self._services.stop()

    def check_alive(self) -> None:
        """Look after all processes. Raises ChildDied when one has ended."""
        check_alive([*self._services.children, *([self._viewer] if self._viewer else [])])

    def console_outputs(self) -> Mapping[str, bytes]:
        """Return what each service has printed so far."""
        return self._services.console_outputs()

    def _start_viewer(self, deadline: float) -> str:
        """Start the viewer and return its OTLP/HTTP endpoint."""
        ready = self._folder / "ready.json"
        ports = ["--port", str(self._page_port), "--http-port", "0", "--grpc-port", "0"]
        command = ["-m", "otel_kit", "view", "--db", str(self.store), *ports, "--ready-file", str(ready)]
        self._viewer = start_python("viewer", command, self._folder)
        wait_until(ready.exists, "the viewer did not start in time", [self._viewer], self._stop, deadline)
        endpoints: dict[str, str] = json.loads(ready.read_text("utf-8"))["endpoints"]
        self.page_url = endpoints["page"].rstrip("/")
        return endpoints["http"]
