"""Faults that are made on purpose, followed from the moment they begin to the webhook, and from their end to its end.

The native stack with the rules that are shipped; the user's section makes windows shorter, so that nobody waits for
minutes. Used by tests/stack/test_alerts_end_to_end.py and ``python -m benchmarks.alerts``.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from otel_kit.stack.http_json import Api
from otel_kit.stack.native import Stack
from otel_kit.stack.native.ports import free_ports
from tests.conditions import eventually
from tests.stack.collector_process import REPOSITORY
from tests.stack.faulty_app import CHECK, SERVICE
from tests.stack.notification_sinks import WebSink
from tests.stack.stack_fixture import make_stack
from tests.subprocesses import child_environ

SECTION = """
alerting:
  interval: 1s
  thresholds: {rate_window: 15s, settle_time: 1s, escalation_delay: 1h, notifications_per_hour: 10000}
  services: {faulty: {latency_p99: 300ms}}
  durations:
    ServiceErrorRatioHigh: 2s
    ServiceLatencyP99High: 2s
    DependencyDown: 2s
    BackendDown: 3s
    HostDiskAlmostFull: 2s
"""
VARIABLES = {
    "STACK_ALERT_GROUP_WAIT": "0s",
    "STACK_ALERT_GROUP_INTERVAL": "1s",
    "OTELCOL_HOST_NAME": "machine-of-the-test",
    "OTELCOL_HOST_METRICS_INTERVAL": "1s",
}
ENVIRONMENT = "end-to-end"
VOLUME_MB = 16
_RATE = 10  # requests a second
_TOLD_S, _OVER_S = 60.0, 90.0


class NoVolume(Exception):
    """Mounting a volume is not allowed here; the text says what was tried."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks. ``alert`` and ``labels`` are what is to be told of it."""

    name: str
    alert: str
    labels: Mapping[str, str]
    begin: Callable[[], None]
    end: Callable[[], None]


@dataclass(slots=True)
class Outcome:
    """What became of a fault: the alert as it was told, its end, and the seconds to both."""

    fault: Fault
    began: float = 0.0
    ended: float = 0.0
    mark: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    over: dict[str, Any] = field(default_factory=dict)
    told_after_s: float = 0.0
    over_after_s: float = 0.0


class Scene:
    """The stack, an application under traffic, a small volume, and who is paged; ``faults`` are those that it can have.

    ``volume`` None: there is no fault of the disk.
    """

    def __init__(self, stack: Stack, web: WebSink, volume: Path | None, app: str, bank: Bank) -> None:
        self.stack, self.web, self.volume = stack, web, volume
        self._app, self._bank = app, bank
        self._fault = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()

    @property
    def faults(self) -> dict[str, Fault]:
        """All faults by name."""
        service = {"service_name": SERVICE, "deployment_environment_name": ENVIRONMENT}
        found = [
            Fault("error burst", "ServiceErrorRatioHigh", service, lambda: self._set("error"), lambda: self._set("")),
            Fault("latency", "ServiceLatencyP99High", service, lambda: self._set("slow"), lambda: self._set("")),
            Fault("dependency down", "DependencyDown", {**service, "otel_kit_health_check": CHECK},
                  self._bank.close, self._bank.open),
            Fault("Loki killed", "BackendDown", {"job": "loki"},
                  lambda: self.stack.kill("loki"), lambda: self.stack.start_one("loki")),
        ]  # fmt: skip
        if (volume := self.volume) is not None:
            labels = {"host_name": VARIABLES["OTELCOL_HOST_NAME"], "mountpoint": str(volume)}
            found.append(
                Fault("disk nearly full", "HostDiskAlmostFull", labels, lambda: fill(volume), (volume / "big").unlink)
            )
        return {fault.name: fault for fault in found}

    def settle(self) -> None:
        """Return when everything is well, measured, and read by Prometheus."""
        wanted = [
            "count(up == 1) == 6",
            f'sum(rate(http_server_request_duration_seconds_count{{service_name="{SERVICE}"}}[10s])) > 1',
            f'min(otel_kit_health_status{{service_name="{SERVICE}"}}) == 1',
            *([f'system_filesystem_usage_bytes{{mountpoint="{self.volume}",state="free"}}'] if self.volume else ()),
        ]
        prometheus = Api(self.stack.addresses.prometheus)
        for query in wanted:
            eventually(lambda query=query: result(prometheus, query), query, 60, 0.2)  # type: ignore[misc]

    def follow(self, waves: Sequence[Sequence[Fault]]) -> dict[str, Outcome]:
        """Let the faults of a wave happen at once, end them when all were told, and so on; return when all are over."""
        outcomes: dict[str, Outcome] = {}
        for wave in waves:
            ours = [Outcome(fault) for fault in wave]
            for one in ours:
                one.mark, one.began = len(self.web.bodies), time.monotonic()
                one.fault.begin()
            self._watch(ours, "firing", _TOLD_S)
            for one in ours:
                one.mark, one.ended = len(self.web.bodies), time.monotonic()
                one.fault.end()
            outcomes |= {one.fault.name: one for one in ours}
            if wave is waves[-1] or len(wave) == 1:
                self._watch([one for one in outcomes.values() if not one.over], "resolved", _OVER_S)
        return outcomes

    def close(self) -> None:
        """End the traffic."""
        self._stop.set()
        self._thread.join()

    def _watch(self, outcomes: Sequence[Outcome], status: str, timeout_s: float) -> None:
        def seen() -> bool:
            for one in outcomes:
                if one.over or (one.told and status == "firing"):
                    continue
                if found := self._heard(one, status):
                    if status == "firing":
                        one.told, one.told_after_s = found, time.monotonic() - one.began
                    else:
                        one.over, one.over_after_s = found, time.monotonic() - one.ended
            return all(one.told if status == "firing" else one.over for one in outcomes)

        names = ", ".join(one.fault.name for one in outcomes)
        eventually(seen, f"{status}: {names}", timeout_s)

    def _heard(self, outcome: Outcome, status: str) -> dict[str, Any]:
        """Return the alert in what came since then."""
        wanted = {"alertname": outcome.fault.alert, **outcome.fault.labels}.items()
        for path, body in self.web.bodies[outcome.mark :]:
            for alert in body["alerts"]:
                if path == "/page" and alert["status"] == status and wanted <= alert["labels"].items():
                    return dict(alert)
        return {}

    def _set(self, fault: str) -> None:
        self._fault = fault

    def _visit(self) -> None:
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not self._stop.wait(1 / _RATE):
                with contextlib.suppress(httpx.HTTPError):
                    client.get(f"{self._app}/work", params={"fault": self._fault})


class Bank:
    """A port of loopback that takes connections while it is open."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.open()

    def open(self) -> None:
        """Take connections."""
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=1024)

    def close(self) -> None:
        """Refuse them."""
        self._socket.close()


@contextlib.contextmanager
def scene(folder: Path, binaries: Mapping[str, Path]) -> Iterator[Scene]:
    """Run all of it during the block; without the right to mount a volume there is none."""
    with contextlib.ExitStack() as ends:
        volume = None
        with contextlib.suppress(NoVolume):
            volume = ends.enter_context(small_volume(folder))
        section, web, bank = folder / "otel-kit.yaml", WebSink(), Bank()
        ends.callback(bank.close)
        ends.callback(web.stop)
        section.write_text(SECTION)
        variables = {**VARIABLES, "STACK_ALERTING_FILE": str(section)}
        stack = make_stack(folder, binaries, variables, ("host_metrics",))
        stack.layout.make()
        (stack.layout.alert_secrets / "page.webhook").write_text(f"{web.url}/page\n")
        ends.callback(stack.stop)
        stack.start()
        app = ends.enter_context(_running_app(stack, bank, folder))
        made = Scene(stack, web, volume, app, bank)
        ends.callback(made.close)
        made.settle()
        yield made


@contextlib.contextmanager
def small_volume(folder: Path) -> Iterator[Path]:
    """Yield the mount point of a file system of its own, of ``VOLUME_MB``.

    Raises:
        NoVolume: it cannot be mounted here.
    """
    image, mount = folder / "volume.img", folder / "volume"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(VOLUME_MB * 2**20)
    for command in (["mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(mount)]):
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise NoVolume(f"there is no command {command[0]}") from error
        except subprocess.CalledProcessError as error:
            raise NoVolume(f"{command[0]} says: {error.stderr.strip()}") from error
    try:
        yield mount
    finally:
        subprocess.run(["umount", "--lazy", str(mount)], check=True)


def fill(volume: Path) -> None:
    """Leave less than a twentieth of it free."""
    with (volume / "big").open("wb") as file, contextlib.suppress(OSError):
        for _ in range(VOLUME_MB * 64):
            file.write(b"\0" * 16384)
            file.flush()


def result(prometheus: Api, query: str) -> list[Any]:
    """Return the series of an instant query."""
    answer = prometheus.get("/api/v1/query", query=query)
    return list(answer.body["data"]["result"]) if answer.is_ok else []


@contextlib.contextmanager
def _running_app(stack: Stack, bank: Bank, folder: Path) -> Iterator[str]:
    (port,) = free_ports(1)
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": stack.addresses.otlp_http,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{stack.addresses.key}",
        "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment.name={ENVIRONMENT}",
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        "OTEL_KIT_HEALTH_INTERVAL": "1s",
    }
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.stack.faulty_app", str(port), str(bank.port)],
            env=child_environ(environment), cwd=REPOSITORY, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: httpx.get(f"{url}/livez", trust_env=False).is_success, f"{folder / 'app.log'}", 45)
        yield url
    finally:
        process.terminate()
        process.wait(20)
