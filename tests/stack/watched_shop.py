"""The whole stack over the example shop, for what is seen of it: traffic, and everything that can go wrong in it.

Used by the tests of the boards and by ``python -m dashboards.pictures``; needs no pytest.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import httpx

from otel_kit.cli.demo.example import new_traffic
from otel_kit.cli.demo.services import Services, start_python
from otel_kit.cli.demo.surroundings import demo_environment
from otel_kit.stack import assets
from otel_kit.stack.keys import Limits, create
from otel_kit.stack.native import PORTS, Addresses, Stack
from otel_kit.stack.native.ports import free_ports
from tests.conditions import eventually
from tests.stack.stack_fixture import make_stack

OVERLAYS = ("host_metrics", "http_check")
_START_S = 60.0
_INTERVALS = {
    "OTELCOL_HOST_NAME": "machine-1",
    "OTELCOL_HOST_METRICS_INTERVAL": "1s",
    "OTELCOL_HTTP_CHECK_INTERVAL": "1s",
    # What was not delivered is tried again soon, so that what failed is counted soon.
    "STACK_ALERT_GROUP_INTERVAL": "1s",
}
# Nobody waits for minutes here: what is wrong is told at once.
_ALERTING = """\
alerting:
  interval: 1s
  durations: {HttpCheckFailing: 1s, DependencyDown: 1s, ServiceErrorRatioHigh: 1s, ObjectiveBurnsFast: 1s}
"""
_RESOURCE = "deployment.environment.name=test,service.version=1.4.0"
_FOREIGN = "billing-export"
# Longer than the slowest bucket that a board asks for, shorter than the shop waits for an answer.
_HANG_S = 4.0


class WatchedShop:
    """The stack, the shop's three services and its customers. Methods block; ``stop`` is harmless at any time."""

    def __init__(self, folder: Path, binaries: Mapping[str, Path], **variables: str) -> None:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        ready = f"http://127.0.0.1:{ports['STACK_PROMETHEUS_HTTP_PORT']}/-/ready"
        given = {
            **_INTERVALS,
            "OTELCOL_HTTP_CHECK_URLS": f"{ready},http://127.0.0.1:9/",
            "STACK_LOKI_CONFIG": str(_loki_that_deletes_often(folder)),
            "STACK_ALERTING_FILE": str(_written(folder / "alerting.yaml", _ALERTING)),
            **variables,
        }
        self.stack: Stack = make_stack(folder, binaries, given, OVERLAYS, ports=ports)
        self.services = Services(folder, Event())
        self._folder = folder
        self._traffic: Any = None
        self.client = httpx.Client(timeout=20.0, trust_env=False)

    @property
    def addresses(self) -> Addresses:
        """Where the stack is reached."""
        return self.stack.addresses

    def start(self) -> None:
        """Start the stack, then the services, then let customers in."""
        self.stack.start()
        sender = self._sender()
        self.services.start(sender.pop("OTEL_EXPORTER_OTLP_ENDPOINT"), time.monotonic() + _START_S, **sender)
        self._traffic = new_traffic(self.services.shop_url)
        self._traffic.start()

    def stop(self) -> None:
        """Stop everything."""
        if self._traffic is not None:
            self._traffic.stop()
        self.services.stop()
        self.stack.stop()
        self.client.close()

    def fail(self) -> None:
        """Let happen all of ``FAULTS``, one after the other."""
        for fault in FAULTS.values():
            fault(self)

    def start_desk(self) -> None:
        """Start the service desk beside the others; ``stop`` ends it."""
        variables = {**self._sender(), "OTEL_KIT_LOGS_FILE_PATH": str(self._folder / "desk.jsonl")}
        desk = start_python("desk", [str(Path(__file__).with_name("desk.py"))], self._folder, **variables)
        self.services.children.append(desk)

    def send_log(self, text: str, key: str | None, distro: str = "") -> int:
        """Send one log record as a service without the kit would; return the status."""
        record = {
            "timeUnixNano": str(time.time_ns()),
            "severityText": "INFO",
            "body": {"stringValue": text},
        }
        about = {"service.name": _FOREIGN, **({"telemetry.distro.name": distro} if distro else {})}
        attributes = [{"key": name, "value": {"stringValue": value}} for name, value in about.items()]
        body = {"resourceLogs": [{"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": [record]}]}]}
        headers = {"authorization": f"Bearer {key}"}
        return self.client.post(f"{self.addresses.otlp_http}/v1/logs", json=body, headers=headers).status_code

    def _sender(self) -> dict[str, str]:
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.addresses.otlp_http,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{self.addresses.key}",
            "OTEL_RESOURCE_ATTRIBUTES": _RESOURCE,
        }

    def value(self, promql: str) -> float:
        """Return the sum of what a query returns now."""
        answer = self.client.get(f"{self.addresses.prometheus}/api/v1/query", params={"query": promql})
        return sum(float(series["value"][1]) for series in answer.raise_for_status().json()["data"]["result"])


def personal_data_in_the_clear(shop: WatchedShop) -> None:
    """Somebody sends e-mail addresses, once without the kit, once as a kit that does not mask; the gateway does."""
    for number in range(3):
        text = f"invoice {number} for jane.doe{number}@example.com, card 4111 1111 1111 1111"
        assert shop.send_log(text, shop.addresses.key) == 200
        assert shop.send_log(text, shop.addresses.key, distro="otel-kit") == 200


def other_users(shop: WatchedShop) -> None:
    """A service that asks several models, some in vain, and where people sign in and are refused: desk.py."""
    shop.start_desk()


def a_key_that_is_refused(shop: WatchedShop) -> None:
    """Somebody tries keys."""
    for _ in range(3):
        assert shop.send_log("let me in", "otk_00000000_wrong") == 401


def a_key_that_will_expire(shop: WatchedShop) -> None:
    """One of the keys is for a week only."""
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    create(shop.stack.layout.keys_file, "main", note="an audit", expires=expires, limits=Limits(None, None, None, None))


def a_key_over_its_limit(shop: WatchedShop) -> None:
    """A service sends more than its key allows."""
    _, key = create(shop.stack.layout.keys_file, "main", note="a limited one", limits=Limits(1, 1, None, None))
    # The Collector reads the file within a second.
    eventually(lambda: shop.send_log("again", key) == 429, "a request too many is refused", 20.0)


def an_alert_that_somebody_takes(shop: WatchedShop) -> None:
    """Somebody acknowledges the address that does not answer, by the command; it is silent and written down."""
    state = str(shop.stack.layout.state)
    command = [sys.executable, "-m", "otel_kit", "alerts", "ack", "HttpCheckFailing", "--state", state]
    command += ["--author", "zoe", "--comment", "known, being mended"]
    environment = demo_environment(shop.stack.layout.state)
    eventually(
        lambda: subprocess.run(command, env=environment, capture_output=True, check=True),
        "the alert fires and is acknowledged",
        60.0,
        0.5,
    )


def a_dependency_that_hangs(shop: WatchedShop) -> None:
    """Payments stand still for a while: what waits for them is slow."""
    payments = next(child for child in shop.services.children if child.name == "payments").process
    payments.send_signal(signal.SIGSTOP)
    until = time.monotonic() + _HANG_S
    eventually(lambda: time.monotonic() > until, "payments have hung for a while", 2 * _HANG_S, 0.1)
    payments.send_signal(signal.SIGCONT)


def a_dependency_that_is_down(shop: WatchedShop) -> None:
    """Payments end: calls to them fail, orders are not ready, checkouts fail and an objective burns."""
    payments = next(child for child in shop.services.children if child.name == "payments")
    payments.process.terminate()
    payments.process.wait(20)


def a_store_that_is_down(shop: WatchedShop) -> None:
    """Loki is away until the Collector has failed to write to it, then back."""
    shop.stack.stop_one("loki")
    waiting = 'max_over_time(otelcol_exporter_queue_size{exporter=~".*loki.*"}[5s])'
    eventually(lambda: shop.value(waiting) > 0, "logs wait for Loki", 60.0, 0.5)
    shop.stack.start_one("loki")


FAULTS: Mapping[str, Callable[[WatchedShop], None]] = {
    "personal data in the clear": personal_data_in_the_clear,
    "other users": other_users,
    "a key that is refused": a_key_that_is_refused,
    "a key that will expire": a_key_that_will_expire,
    "a key over its limit": a_key_over_its_limit,
    "an alert that somebody takes": an_alert_that_somebody_takes,
    "a dependency that hangs": a_dependency_that_hangs,
    "a dependency that is down": a_dependency_that_is_down,
    "a store that is down": a_store_that_is_down,
}
"""By what each is called in reports. Failed logins, declined cards and slow checkouts are the shop's daily traffic."""


def _loki_that_deletes_often(folder: Path) -> Path:
    """Return Loki's configuration with old records deleted every few seconds; it has no variable for that."""
    shipped = (assets.root() / "backends" / "loki" / "loki.yaml").read_text("utf-8")
    before, after = "  retention_enabled: true\n", "  retention_enabled: true\n  compaction_interval: 2s\n"
    assert shipped.count(before) == 1
    return _written(folder / "loki.yaml", shipped.replace(before, after))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
