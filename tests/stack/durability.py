"""What was accepted against what is stored, for senders of a stack that things have happened to."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from otel_kit.stack.native import Stack
from tests.conditions import eventually
from tests.stack import stored
from tests.stack.collector_process import REPOSITORY
from tests.stack.sequences import SIGNALS, OverGrpc, OverHttp, Sender
from tests.subprocesses import child_environ

BACKENDS: Final = ("loki", "tempo", "prometheus")
_INTERVAL_S: Final = 0.25  # pages of metrics cost the servers, and other tests run beside


@dataclass(frozen=True, slots=True)
class Balance:
    """One signal of one sender. ``missing`` are the accepted numbers that no backend has."""

    sent: int
    accepted: int
    stored: int
    duplicates: int
    missing: tuple[int, ...]


def senders(stack: Stack, *, rate: float = 10.0) -> tuple[Sender, Sender]:
    """Return a sender by HTTP and one by gRPC, not yet started; each sends ten items of each signal at a time."""
    addresses = stack.addresses
    assert addresses.key is not None
    port = int(addresses.otlp_http.rpartition(":")[2])
    return (
        Sender(OverHttp(port, addresses.key), rate=rate),
        Sender(OverGrpc(addresses.otlp_grpc, addresses.key), rate=rate),
    )


def wait_until_delivered(stack: Stack, timeout_s: float = 60.0) -> None:
    """Block until the Collector has handed on everything that it has accepted."""
    page = stack.addresses.collector_metrics
    eventually(
        lambda: stored.metric(page, "otelcol_exporter_queue_size") == 0, "the queues are empty", timeout_s, _INTERVAL_S
    )


def kill_backends(stack: Stack, names: Sequence[str] = BACKENDS) -> None:
    """End them as a power cut would; Tempo when it has written what it took, which it does once a second."""
    if "tempo" in names:
        stored.flush_tempo(stack.addresses.tempo)
    for name in names:
        stack.kill(name)


def balance(stack: Stack, sender: Sender, since_s: float, timeout_s: float = 20.0) -> dict[str, Balance]:
    """Return the account of each signal, as soon as nothing is missing or the time is up; the sender has stopped."""
    found = _stored(stack, sender, since_s)
    with contextlib.suppress(AssertionError):

        def all_there() -> bool:
            nonlocal found
            found = _stored(stack, sender, since_s)
            return all(sender.accepted.numbers[signal] <= found[signal].keys() for signal in SIGNALS)

        eventually(all_there, "all is stored", timeout_s, _INTERVAL_S)
    return {
        signal: Balance(
            sent=sender.accepted.sent[signal],
            accepted=len(sender.accepted.numbers[signal]),
            stored=len(found[signal]),
            duplicates=sum(found[signal].values()) - len(found[signal]),
            missing=tuple(sorted(sender.accepted.numbers[signal] - found[signal].keys())),
        )
        for signal in SIGNALS
    }


def refused_for_good(stack: Stack) -> dict[str, float]:
    """Return what the Collector has given up since its start because a backend refused it, by exporter's metric."""
    page = stack.addresses.collector_metrics
    names = [f"otelcol_exporter_send_failed_{kind}_total" for kind in ("log_records", "spans", "metric_points")]
    return {name: count for name in names if (count := stored.metric(page, name))}


def _stored(stack: Stack, sender: Sender, since_s: float) -> dict[str, Counter[int]]:
    addresses = stack.addresses
    return {
        "logs": stored.logs(addresses.loki, addresses.loki_tenant, sender.name, since_s),
        "traces": stored.spans(addresses.tempo, sender.accepted.trace_ids),
        "metrics": stored.points(addresses.prometheus, sender.name, since_s),
    }


@dataclass
class App:
    """An application with the SDK as its own process (tests/stack/numbered_app.py); ``end`` has its report."""

    name: str
    _process: subprocess.Popen[str]
    report: dict[str, Any] = field(default_factory=dict)

    def end(self) -> dict[str, Any]:
        """Let it deliver what it has and end; returns what it says about itself."""
        out, _ = self._process.communicate("", timeout=60)
        self.report = json.loads(out.splitlines()[-1])
        return self.report


@contextlib.contextmanager
def running_app(endpoint: str, key: str, name: str, rate: float) -> Iterator[App]:
    """Run the application during the block; it is killed if ``end`` has not been called."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stack.numbered_app", name, str(rate)],
        env=child_environ(
            {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{key}"}
        ),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            yield App(name, process)
        finally:
            process.kill()
