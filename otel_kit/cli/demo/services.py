"""The three services of the example shop, sending to an OTLP/HTTP endpoint; used by the demo and by the stack."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

import httpx

from otel_kit.cli.demo.example import SERVICES
from otel_kit.cli.demo.processes import Child, check_alive, free_ports, start, stop_all, wait_until
from otel_kit.cli.demo.surroundings import demo_environment

_STOP_TIMEOUT_S = 3.0


class Services:
    """The services, each a process whose output goes to a file in ``folder``; none runs before ``start``."""

    def __init__(self, folder: Path, stop: Event) -> None:
        self._folder = folder
        self._stop = stop
        self.children: list[Child] = []
        self.shop_url = ""

    def start(self, endpoint: str, deadline: float, **variables: str) -> None:
        """Start them and wait until all answer, until ``deadline`` (``time.monotonic()``).

        Raises:
            ChildDied: one has ended.
            Interrupted: the event given was set.
            OtelKitError: the time was up.
        """
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.shop_url = urls["shop"]
        peers = {f"SHOP_{name.upper()}_URL": url for name, url in urls.items()}
        for name, port in ports.items():
            command = ["-m", "uvicorn", f"shop.{name}:app", "--host", "127.0.0.1", "--port", str(port)]
            self.children.append(
                start_python(name, command, self._folder, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **peers, **variables)
            )
        for name, url in urls.items():
            check = functools.partial(_answers, f"{url}/livez")
            wait_until(check, f"{name} did not start in time", self.children, self._stop, deadline)

    def check_alive(self) -> None:
        """Look after them. Raises ChildDied when one has ended."""
        check_alive(self.children)

    def stop(self) -> None:
        """Stop them; each sends what it still holds before it ends."""
        stop_all(self.children, _STOP_TIMEOUT_S)

    def console_outputs(self) -> Mapping[str, bytes]:
        """Return what each has printed so far."""
        return {child.name: child.output.read_bytes() for child in self.children}


def start_python(name: str, arguments: Sequence[str], folder: Path, **variables: str) -> Child:
    """Start a Python process of the demo with its output and state in ``folder``."""
    return start(name, [sys.executable, *arguments], demo_environment(folder / "state", **variables), folder)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
