"""What becomes of accepted telemetry while parts of the stack are away: numbered items sent, accepted, stored, missing.

    python -m benchmarks.durability [--outage 60]

The native stack (it needs Go to be built), a sender by HTTP and one by gRPC with ten items of each signal ten times a
second, and an application with the SDK beside them. Every backend is stopped in turn, the Collector is killed, all of
them come back in different orders; then every accepted number is looked for by the backends' query APIs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks import figures
from otel_kit.stack import assets
from otel_kit.stack.native import PORTS, Options, Stack
from tests.stack import stored
from tests.stack.collector_process import BUILD, REPOSITORY, free_ports
from tests.stack.durability import (
    BACKENDS,
    App,
    balance,
    kill_backends,
    refused_for_good,
    running_app,
    senders,
    wait_until_delivered,
)
from tests.stack.sequences import SIGNALS, sending

OUTAGE_S = 60.0
_BEFORE_S = 3.0  # between two things that happen: some requests by every sender
_DELIVERY_S = 180.0
_STARTS = (
    ("collector", "loki", "tempo", "prometheus"),
    ("loki", "collector", "prometheus", "tempo"),
    ("prometheus", "tempo", "loki", "collector"),
    ("tempo", "prometheus", "collector", "loki"),
)
_BINARIES = ("loki", "tempo", "prometheus", "alertmanager")


@dataclass(frozen=True, slots=True)
class Phase:
    """Something that happens to the stack while it is sent to. ``promised``: nothing may be missing."""

    name: str
    act: Callable[[Stack], None]
    promised: bool = True


def measure(outage_s: float = OUTAGE_S) -> dict[str, Any]:
    """Return, for each thing that happens and each signal, what was sent, accepted, stored, twice there and missing.

    Raises:
        RuntimeError: a program of the stack cannot be built here.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        stack = _stack(Path(folder))
        ends.callback(stack.stop)
        stack.start()
        addresses, since = stack.addresses, time.time()
        assert addresses.key is not None
        app = ends.enter_context(running_app(addresses.otlp_http, addresses.key, "usdk", 20))
        phases = list(_phases(outage_s))
        happened = {phase.name: _run(stack, phase) for phase in phases if phase.promised}
        happened["an application with the SDK, over all of this"] = _of_app(stack, app, since)
        happened |= {phase.name: _run(stack, phase) for phase in phases if not phase.promised}
        return {
            "outage, s": outage_s,
            "not promised": [phase.name for phase in phases if not phase.promised],
            "happened": happened,
        }


def _phases(outage_s: float) -> Iterator[Phase]:
    for name in BACKENDS:
        yield Phase(
            f"{name.title()} stopped for {outage_s:.0f} s", lambda stack, name=name: _outage(stack, name, outage_s)
        )
    yield Phase("Collector killed twice while all backends are away", _collector_killed)
    yield Phase(f"all stopped, started in {len(_STARTS)} orders", _orders)
    yield Phase(
        "Loki and Prometheus killed under load, three times each", lambda stack: _killed(stack, "loki", "prometheus")
    )
    yield Phase("Tempo killed under load, three times", lambda stack: _killed(stack, "tempo"), promised=False)


def _run(stack: Stack, phase: Phase) -> dict[str, dict[str, int]]:
    print(f"  {phase.name}", file=sys.stderr, flush=True)
    since, both = time.time(), senders(stack)
    with sending(*both):
        _wait(_BEFORE_S)
        phase.act(stack)
        _wait(_BEFORE_S)
    wait_until_delivered(stack, _DELIVERY_S)
    for metric, count in refused_for_good(stack).items():
        print(f"    {metric} {count:.0f}", file=sys.stderr, flush=True)
    accounts = [balance(stack, sender, since) for sender in both]
    result = {}
    for signal in SIGNALS:
        ones = [account[signal] for account in accounts]
        result[signal] = {
            "sent": sum(one.sent for one in ones),
            "accepted": sum(one.accepted for one in ones),
            "stored": sum(one.stored for one in ones),
            "duplicates": sum(one.duplicates for one in ones),
            "missing": sum(len(one.missing) for one in ones),
        }
    print(f"    missing {[result[signal]['missing'] for signal in SIGNALS]}", file=sys.stderr, flush=True)
    return result


def _outage(stack: Stack, name: str, seconds: float) -> None:
    stack.stop_one(name)
    _wait(seconds)
    stack.start_one(name)


def _collector_killed(stack: Stack) -> None:
    # Tempo by SIGTERM: what a kill takes from it is a phase of its own.
    stack.stop_one("tempo")
    kill_backends(stack, ("loki", "prometheus"))
    for _ in range(2):
        _wait(_BEFORE_S)
        stack.kill("collector")
        stack.start_one("collector")
    _wait(_BEFORE_S)
    for name in BACKENDS:
        stack.start_one(name)


def _orders(stack: Stack) -> None:
    for order in _STARTS:
        for name in reversed(order):
            stack.stop_one(name)
        for name in order:
            stack.start_one(name)
        _wait(_BEFORE_S)


def _killed(stack: Stack, *names: str) -> None:
    for _ in range(3):
        for name in names:
            stack.kill(name)
            stack.start_one(name)
            _wait(_BEFORE_S)


def _of_app(stack: Stack, app: App, since_s: float) -> dict[str, dict[str, int]]:
    report, addresses = app.end(), stack.addresses
    wait_until_delivered(stack, _DELIVERY_S)
    stored.flush_tempo(addresses.tempo)
    _wait(_BEFORE_S)
    found = {
        "logs": stored.logs(addresses.loki, addresses.loki_tenant, app.name, since_s),
        "traces": stored.spans(addresses.tempo, report["trace_ids"]),
    }
    result = {
        signal: {
            "sent": report["steps"],
            "accepted": report["steps"] - report["signals"][signal]["created"] + report["signals"][signal]["delivered"],
            "stored": len(numbers),
            "duplicates": sum(numbers.values()) - len(numbers),
            "missing": report["steps"] - len(numbers),
        }
        for signal, numbers in found.items()
    }
    # A cumulative counter: one value holds all of its steps, so those that were lost would be missing in the last one.
    count = int(stored.last(addresses.prometheus, app.name))
    result["metrics"] = {
        "sent": report["steps"],
        "accepted": report["steps"],
        "stored": count,
        "duplicates": 0,
        "missing": report["steps"] - count,
    }
    return result


def _stack(folder: Path) -> Stack:
    binaries = {"collector": _built(str(BUILD))}
    script = str(REPOSITORY / "backends" / "build_natively.py")
    binaries |= {name: _built(script, name) for name in _BINARIES}
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    return Stack(Options(folder / "stack", assets.root(), binaries, dict(os.environ), ports=ports))  # noqa: TID251


def _built(*command: str) -> Path:
    built = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise RuntimeError(built.stderr.strip())
    return Path(built.stdout.strip())


def _wait(seconds: float) -> None:
    # How long something is away is the measured quantity, no waiting for a condition.
    Event().wait(seconds)


def main() -> None:
    """Print the table and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outage", type=float, default=OUTAGE_S, help="seconds that each backend is away")
    result = measure(parser.parse_args().outage)
    print("\n".join(figures.lines(result)))
    if result["outage, s"] == OUTAGE_S:
        print(figures.write("durability", result))


if __name__ == "__main__":
    main()
