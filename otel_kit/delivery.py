"""Delivering what is here within a time: by a flush, when an application ends, when the process does."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping

from otel_kit.pipeline.ledger import EXIT
from otel_kit.process_hooks import ExitBudget
from otel_kit.providers import Telemetry
from otel_kit.settings import Signal

_NO_TIME = "time was up"


def hurry(telemetry: Telemetry, deadline: float) -> None:
    """Set all signals and sinks going, side by side; a collection that hangs holds up no other signal."""
    telemetry.sinks.hurry(deadline)
    for lane in telemetry.lanes.values():
        lane.hurry(deadline)
    if telemetry.reader is not None:
        telemetry.reader.collect_now(deadline - time.monotonic())
        telemetry.lanes["metrics"].hurry(deadline)


def flush(telemetry: Telemetry, timeout_s: float) -> bool:
    """Send and write what is here now; blocks at most about ``timeout_s``.

    True when every record that was here has been delivered, refused or counted as dropped.
    """
    deadline = time.monotonic() + timeout_s
    hurry(telemetry, deadline)
    results = [telemetry.sinks.flush(max(0.0, deadline - time.monotonic()))]
    results += [lane.flush(max(0.0, deadline - time.monotonic())) for lane in telemetry.lanes.values()]
    return all(results)


def close(telemetry: Telemetry, timeout_s: float) -> Mapping[Signal, int]:
    """Flush and stop everything; blocks at most about ``timeout_s``. Returns what is lost, by signal."""
    deadline = time.monotonic() + timeout_s
    hurry(telemetry, deadline)
    if telemetry.reader is not None:
        telemetry.reader.shutdown()
    telemetry.instance.release()
    telemetry.sinks.shutdown(max(0.0, deadline - time.monotonic()))
    return {signal: lane.shutdown(max(0.0, deadline - time.monotonic())) for signal, lane in telemetry.lanes.items()}


def linger(telemetry: Telemetry, deadline: float) -> None:
    """Send each record as it comes from now on, until ``deadline``: the process is ending, others still log."""
    if telemetry.reader is not None:
        telemetry.reader.shutdown()
    for lane in telemetry.lanes.values():
        lane.linger(deadline - time.monotonic())
    telemetry.sinks.linger(deadline - time.monotonic())


def waiting(telemetry: Telemetry) -> Mapping[Signal, int]:
    """Return what is neither delivered nor lost yet, by signal."""
    return {signal: ledger.account().waiting for signal, ledger in telemetry.ledgers.items()}


def say(telemetry: Telemetry, budget: ExitBudget, what: str, counts: Mapping[Signal, int]) -> None:
    """Print one line on standard error about records that did not get out; one end of a process says one."""
    named = ", ".join(f"{count} {signal}" for signal, count in counts.items() if count)
    parts = [f"{what.format(_target(telemetry, counts), named)} ({_why(telemetry)})"] if named else []
    for name, account in telemetry.sinks.accounts().items():
        if left := account.waiting + account.dropped.get(EXIT, 0):
            parts.append(f"{left} log records not written to {name} ({account.last_error or _NO_TIME})")
    if not parts or sys.stderr is None or not budget.may_speak():
        return
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # closed, or held by what a signal interrupted
        # In one piece: the workers of a server share the stream.
        sys.stderr.write(f"otel-kit: {'; '.join(parts)}\n")
        sys.stderr.flush()


def _target(telemetry: Telemetry, counts: Mapping[Signal, int]) -> str:
    return next(telemetry.endpoints[signal].server for signal, count in counts.items() if count)


def _why(telemetry: Telemetry) -> str:
    errors = [ledger.account().last_error for ledger in telemetry.ledgers.values()]
    return next((error for error in errors if error), _NO_TIME)
