"""``otel-kit stack up --native``: the whole stack on this machine, without containers, until it is interrupted."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from otel_kit.errors import ConfigError, OtelKitError
from otel_kit.stack.own_folder import STATE

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.cli.demo.services import Services
    from otel_kit.stack.native import Stack

_POLL_S = 0.5
_CERTIFICATES = (
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
)
_SHOP_START_S = 60.0
_PATHS = ("_FILE", "_DIR", "_DATA", "_CONFIG", "_RULES", "_SECRETS", "_TEMPLATES")


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "up",
        help="run the stack on this machine",
        description="Run Collector, Loki, Tempo, Prometheus and Alertmanager natively, on loopback, until Ctrl-C. "
        "They are built with Go the first time. With containers it is `docker compose up`.",
    )
    parser.add_argument("--native", action="store_true", required=True, help="as processes, without containers")
    parser.add_argument(
        "--overlay",
        action="append",
        default=[],
        metavar="NAME",
        help="also load collector/overlays/NAME.yaml; repeatable",
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help=f"data, logs and keys (default: {STATE.as_posix()})")
    parser.add_argument("--env", type=Path, metavar="FILE", help="variables of the stack, one NAME=value a line")
    parser.add_argument(
        "--files",
        type=Path,
        metavar="DIR",
        help="what `otel-kit stack init` wrote (default: the files that are shipped); its .env is for containers, and "
        "read only if --env names it",
    )
    parser.add_argument("--shop", action="store_true", help="also run the example shop, sending to the stack")
    parser.add_argument(
        "--check",
        action="store_true",
        help="run with the shop on free ports, prove that its data is in all stores, linked and redacted; exit 0 or 1",
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the stack until it is told to stop; return the exit status: with ``--check`` 0 or 1.

    Raises:
        ConfigError: a variable, address, port or overlay that cannot be used.
        OtelKitError: a program is missing, or a component ended; then everything else was stopped.
    """
    if sys.platform == "win32":
        raise OtelKitError("the native run needs Linux or macOS; with containers: docker compose up")
    from otel_kit.cli.view import Stop
    from otel_kit.stack.native import Interrupted

    if arguments.shop or arguments.check:
        from otel_kit.cli.demo.example import examples_folder, require_extras

        require_extras()
        examples_folder()
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        return _check(arguments, stop.event) if arguments.check else _show(arguments, stop.event)
    except Interrupted:
        return 128 + (stop.signal or signal.SIGINT)


def _show(arguments: argparse.Namespace, stop: Event) -> int:
    from otel_kit.cli.stack import texts

    with _running(arguments, arguments.state or STATE, {}, stop) as stack:
        if not arguments.shop:
            print(texts.started(stack), flush=True)
            _wait(stack, None, stop)
            return 0
        from otel_kit.cli.demo.example import new_traffic

        with _shop(stack, stop) as services:
            traffic = new_traffic(services.shop_url)
            traffic.start()
            try:
                print(f"{texts.started(stack)}\n\n{texts.shop(stack, services.shop_url)}", flush=True)
                _wait(stack, services, stop)
            finally:
                traffic.stop()
    return 0


def _check(arguments: argparse.Namespace, stop: Event) -> int:
    from otel_kit.cli.demo.command import summary
    from otel_kit.cli.stack.proof import prove
    from otel_kit.stack.native import PORTS
    from otel_kit.stack.native.ports import free_ports

    started = time.monotonic()
    with contextlib.ExitStack() as ends:
        # A folder of its own, unless one is named: the proof is over what this run wrote.
        state = arguments.state or Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="otel-kit-stack-")))
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        stack = ends.enter_context(_running(arguments, state, ports, stop))
        services = ends.enter_context(_shop(stack, stop))
        results = prove(stack, services, stop)
    print(summary(results, time.monotonic() - started))
    return 0 if all(result.passed for result in results) else 1


@contextlib.contextmanager
def _running(arguments: argparse.Namespace, state: Path, ports: Mapping[str, int], stop: Event) -> Iterator[Stack]:
    """Yield the stack, ready; stop it afterwards."""
    from otel_kit.settings.environment import child_environment
    from otel_kit.stack import assets, environment
    from otel_kit.stack.alerting.placing import placed, remarks
    from otel_kit.stack.check import check
    from otel_kit.stack.native import Options, Stack
    from otel_kit.stack.native.binaries import build
    from otel_kit.stack.native.components import BINARIES, TEMPO

    files = arguments.files.resolve() if arguments.files else assets.root()
    user = files if arguments.files else Path.cwd()
    given = _absolute(environment.read(arguments.env), arguments.env.parent) if arguments.env else {}
    own = child_environment()
    # Before the builds, which may take minutes: faults of what the user wrote.
    planned = Stack(Options(state, files, dict.fromkeys(BINARIES, Path()), own, given, ports, arguments.overlay))
    placed(user, planned.variables)
    for remark in remarks(user, planned.variables):
        _say(remark)
    # The sources that are shipped: what `stack init` writes is the configuration.
    binaries = build(BINARIES, assets.root(), own, _say, stop)
    stack = Stack(Options(state, files, binaries, own, given, ports, arguments.overlay, user))
    # The Collector itself takes files that lead around redaction.
    if faults := check(stack.configurations, stack.variables, None):
        raise ConfigError(faults)
    started = time.monotonic()
    stack.start(stop)
    _say(f"The stack is ready after {time.monotonic() - started:.1f} s.")
    try:
        yield stack
    finally:
        _say("Stopping ...")
        # Tempo always has to be, once it was asked something; what it took is on disk by then.
        if killed := [name for name in stack.stop() if name != TEMPO]:
            _say(f"{', '.join(killed)} did not end in time and had to be killed.")


@contextlib.contextmanager
def _shop(stack: Stack, stop: Event) -> Iterator[Services]:
    """Yield the shop's services, sending to the stack with its key; stop them afterwards."""
    from otel_kit.cli.demo.services import Services
    from otel_kit.settings.environment import child_environment

    key, endpoint = stack.addresses.key, stack.addresses.otlp_http
    if key is None:
        raise OtelKitError("the shop needs the key that the first start makes, and the key file is another one")
    certificates = {name: value for name, value in child_environment().items() if name in _CERTIFICATES}
    if endpoint.startswith("https:") and not certificates:
        raise OtelKitError(
            f"the shop cannot know whether to trust the gateway at {endpoint}: set {_CERTIFICATES[0]} to the file of "
            "the CA that signed OTELCOL_TLS_CERT_FILE"
        )
    with tempfile.TemporaryDirectory(prefix="otel-kit-shop-", ignore_cleanup_errors=True) as folder:
        services = Services(Path(folder), stop)
        try:
            headers = f"authorization=Bearer%20{key}"
            deadline = time.monotonic() + _SHOP_START_S
            services.start(endpoint, deadline, OTEL_EXPORTER_OTLP_HEADERS=headers, **certificates)
            yield services
        finally:
            services.stop()


def _absolute(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the variables with paths that count from their file's folder: each component runs in one of its own."""
    return {
        name: str((folder / value).resolve()) if value and name.endswith(_PATHS) else value
        for name, value in given.items()
    }


def _wait(stack: Stack, services: Services | None, stop: Event) -> None:
    """Return when ``stop`` is set; raises ComponentFailed or ChildDied when something has ended before."""
    while not stop.wait(_POLL_S):
        stack.check_alive()
        if services is not None:
            services.check_alive()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
