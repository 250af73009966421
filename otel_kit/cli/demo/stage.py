"""Everything that runs in the demo: a viewer, the three services, and on request a tap between them."""

from __future__ import annotations

import functools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event
from types import TracebackType

import httpx

from otel_kit.cli.demo.example import SERVICES
from otel_kit.cli.demo.processes import Child, check_alive, free_ports, start, stop_all, wait_until
from otel_kit.cli.demo.surroundings import demo_environment
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
        self._services: list[Child] = []
        self._viewer: Child | None = None
        self._temporary = tempfile.TemporaryDirectory(prefix="otel-kit-demo-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self.store = self._folder / "demo.sqlite3"
        self.tap = Tap() if tapped else None
        self.page_url = ""
        self.shop_url = ""

    def __enter__(self) -> Stage:
        deadline = time.monotonic() + _START_TIMEOUT_S
        try:
            endpoint = self._start_viewer(deadline)
            self._start_services(self.tap.open(endpoint) if self.tap is not None else endpoint, deadline)
        except BaseException:
            self.close()
            raise
        return self

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
        stop_all(self._services, _STOP_TIMEOUT_S)

    def check_alive(self) -> None:
        """Look after all processes. Raises ChildDied when one has ended."""
        check_alive([*self._services, *([self._viewer] if self._viewer else [])])

    def console_outputs(self) -> Mapping[str, bytes]:
        """Return what each service has printed so far."""
        return {child.name: child.output.read_bytes() for child in self._services}

    def _start_viewer(self, deadline: float) -> str:
        """Start the viewer and return its OTLP/HTTP endpoint."""
        ready = self._folder / "ready.json"
        ports = ["--port", str(self._page_port), "--http-port", "0", "--grpc-port", "0"]
        command = ["-m", "otel_kit", "view", "--db", str(self.store), *ports, "--ready-file", str(ready)]
        self._viewer = self._start("viewer", command)
        self._wait("the viewer", ready.exists, [self._viewer], deadline)
        endpoints: dict[str, str] = json.loads(ready.read_text("utf-8"))["endpoints"]
        self.page_url = endpoints["page"].rstrip("/")
        return endpoints["http"]

    def _start_services(self, endpoint: str, deadline: float) -> None:
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.shop_url = urls["shop"]
        peers = {f"SHOP_{name.upper()}_URL": url for name, url in urls.items()}
        for name, port in ports.items():
            command = ["-m", "uvicorn", f"shop.{name}:app", "--host", "127.0.0.1", "--port", str(port)]
            self._services.append(self._start(name, command, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **peers))
        for name, url in urls.items():
            self._wait(name, functools.partial(_answers, f"{url}/livez"), self._services, deadline)

    def _start(self, name: str, arguments: Sequence[str], **variables: str) -> Child:
        environment = demo_environment(self._folder / "state", **variables)
        return start(name, [sys.executable, *arguments], environment, self._folder)

    def _wait(self, name: str, check: Callable[[], bool], children: Sequence[Child], deadline: float) -> None:
        wait_until(check, f"{name} did not start in time", children, self._stop, deadline)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
