"""The command ``otel-kit demo``: its options, its signals, its exit status."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import TYPE_CHECKING

from otel_kit.cli.demo.example import examples_folder, require_extras
from otel_kit.cli.demo.processes import Interrupted
from otel_kit.cli.view import Stop, port
from otel_kit.errors import OtelKitError

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from threading import Event

    from otel_kit.cli.demo.results import Result

_INTERRUPTED = 130


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "demo",
        help="run an example shop under traffic and look at its telemetry",
        description="Run three small services under generated traffic, with made-up personal data in it, and a viewer "
        "that shows their telemetry. Ctrl-C stops all of it.",
    )
    parser.add_argument("--port", type=port, default=4319, metavar="N", help="port of the page (4319; 0: any free one)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.add_argument(
        "--check", action="store_true", help="run unattended, prove that signals are linked and redacted, exit 0 or 1"
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; return the exit status: with ``--check`` 0 or 1.

    Raises:
        MissingExtra: the packages of the extra ``demo`` are not installed.
        OtelKitError: without ``--check``, a process has ended or did not start.
    """
    require_extras()
    examples_folder()
    stop = Stop()
    handled = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    for number in handled:
        signal.signal(number, stop)
    if arguments.check:
        return _check(stop.event)
    from otel_kit.cli.demo.tour import show

    try:
        show(arguments.port, stop.event, opens_browser=arguments.open)
    except Interrupted:
        return _INTERRUPTED
    return 0


def _check(stop: Event) -> int:
    from otel_kit.cli.demo.check import check

    started = time.monotonic()
    try:
        results = check(stop)
    except OtelKitError as error:
        print(f"otel-kit demo --check: {error}", file=sys.stderr)
        return 1
    print(summary(results, time.monotonic() - started))
    return 0 if all(result.passed for result in results) else 1


def summary(results: list[Result], seconds: float) -> str:
    """Return the table of results: one line each, what is wrong below it."""
    width = max(len(result.name) for result in results)
    lines = []
    for result in results:
        lines.append(f"{'ok  ' if result.passed else 'FAIL'}  {result.name:<{width}}  {result.seen}")
        lines += [f"      {'':<{width}}  - {fault}" for fault in result.faults]
    failed = sum(not result.passed for result in results)
    verdict = "passed" if not failed else f"failed: {failed} of {len(results)} checks"
    return "\n".join([*lines, f"{verdict}, in {seconds:.1f} s"])
