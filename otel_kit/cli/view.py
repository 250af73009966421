"""``otel-kit view``: the local backend, alone or around a command."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from otel_kit.errors import MissingExtra, PolicyError
from otel_kit.settings import load_leniently
from otel_kit.settings.environment import child_environment
from otel_kit.settings.kinds import parse_duration, parse_size
from otel_kit.settings.state import state_dir

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.local.server import Endpoints, LocalServer
    from otel_kit.redaction.redactor import Redactor
    from otel_kit.reload import Reloader

_FILE = "view.sqlite3"
_STORES = 9
_SMALLEST_STORE = 8 << 20
_INTERRUPT_S = 3.0
_TERMINATE_S = 10.0


class Stop:
    """Why the viewer ends: a signal handler and the event it sets."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal: int | None = None

    def __call__(self, number: int, frame: object) -> None:
        """Remember the signal and wake the main thread."""
        self.signal = number
        self.event.set()


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "view",
        help="receive, store and show telemetry on this machine",
        description="Receive OTLP on loopback, keep it in one file, show it as a page. With a command behind --, run "
        "that command with its telemetry sent here, and end with it.",
    )
    parser.add_argument("--db", type=Path, metavar="FILE", help="the store (default: view.sqlite3 in the state folder)")
    parser.add_argument("--retention", type=duration, default="24h", metavar="TIME", help="delete older data (24h)")
    parser.add_argument("--max-size", type=size, default="1GiB", metavar="SIZE", help="delete the oldest beyond (1GiB)")
    parser.add_argument("--port", type=port, default=4319, metavar="N", help="page and API (4319; 0: any free one)")
    parser.add_argument("--http-port", type=port, default=4318, metavar="N", help="OTLP over HTTP (4318)")
    parser.add_argument("--grpc-port", type=port, default=4317, metavar="N", help="OTLP over gRPC (4317)")
    parser.add_argument(
        "--policy", metavar="FILE", help="your redaction policy (default: the setting redaction.policy)"
    )
    parser.add_argument("--ready-file", type=Path, metavar="FILE", help="write pid and endpoints there once listening")
    parser.add_argument("child", nargs=argparse.REMAINDER, metavar="-- CMD", help="the command to run")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the viewer until it is interrupted or the command ends; return the command's status, else 0.

    Raises:
        MissingExtra: the packages of the extra ``local`` are not installed.
        PolicyError: the file of ``--policy`` cannot be used.
        StoreUnusable: the file cannot be used.
        NoPort: no port could be bound.
    """
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    reloader = _policy(arguments.policy)
    server, path = _open(arguments, reloader.in_force.redactor)
    endpoints = server.start()
    reloader.start(server.use)
    try:
        print(start_text(endpoints, path), flush=True)
        if arguments.ready_file:
            _write_ready(arguments.ready_file, endpoints)
        command = arguments.child[1:] if arguments.child[:1] == ["--"] else arguments.child
        if command:
            return _run_child(command, endpoints, stop)
        stop.event.wait()
        return 0
    finally:
        reloader.stop()
        server.stop()
        if arguments.ready_file:
            arguments.ready_file.unlink(missing_ok=True)


def start_text(endpoints: Endpoints, path: Path) -> str:
    """Return what is printed once the viewer answers."""
    lines = [f"port {wanted} is taken, using {got}" for wanted, got in endpoints.moved.items()]
    grpc = endpoints.grpc or "off; install it with: pip install 'otel-kit[grpc]'"
    lines += [
        f"page       {endpoints.page}",
        f"OTLP/HTTP  {endpoints.http}",
        f"OTLP/gRPC  {grpc}",
        f"store      {path}",
    ]
    return "\n".join(lines)


def duration(text: str) -> float:
    """Return the seconds of ``30s``, ``15m``, ``24h`` or ``7d``."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0.0
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 30s, 15m, 24h or 7d")
    return seconds


def size(text: str) -> int:
    """Return the bytes of ``512MiB``, ``1GiB`` or ``2GB``."""
    try:
        found = parse_size(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write 512MiB or 1GiB") from None
    if found < _SMALLEST_STORE:
        raise argparse.ArgumentTypeError(f"{text!r} is too small; the store needs 8MiB")
    return found


def port(text: str) -> int:
    """Return a port number, 0 for any free one."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; 0 to 65535 are")
    return int(text)


def _policy(path: str | None) -> Reloader:
    """Return the policy that the application has too: what it allows must not be masked here.

    The viewer always redacts, whatever ``redaction.enabled`` says: what it stores may be anybody's.

    Raises:
        PolicyError: the file that the command line names cannot be used; one of the settings is only complained about.
    """
    from otel_kit.reload import Reloader

    given = {} if path is None else {"redaction.policy": path}
    reloader = Reloader(replace(load_leniently(given).settings, redaction=True))
    if path is not None and reloader.faults:
        raise PolicyError(reloader.faults)
    for fault in reloader.faults:
        print(f"otel-kit view: {fault}", file=sys.stderr)
    return reloader


def _open(arguments: argparse.Namespace, redactor: Redactor) -> tuple[LocalServer, Path]:
    try:
        from otel_kit.local import server
        from otel_kit.local.store.schema import StoreInUse, StoreUnusable
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise MissingExtra("otel-kit view", "local", error.name) from error
    paths = [arguments.db] if arguments.db else _default_paths()
    for path in paths:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnusable(f"the folder {path.parent} cannot be made: {error.strerror}") from error
        options = server.Options(
            path, arguments.retention, arguments.max_size, arguments.port, arguments.http_port, arguments.grpc_port
        )
        try:
            return server.LocalServer(options, redactor), path
        except StoreInUse:
            if path == paths[-1]:
                raise
            print(f"{path} is in use by another viewer, using the next one")
    raise AssertionError("the last path raises or returns")


def _default_paths() -> list[Path]:
    folder = state_dir()
    return [folder / _FILE, *[folder / f"view-{number}.sqlite3" for number in range(2, _STORES)]]


def _write_ready(path: Path, endpoints: Endpoints) -> None:
    """Write the file in one step: who waits for it never reads half of it."""
    found = {"http": endpoints.http, "grpc": endpoints.grpc, "page": endpoints.page}
    half = path.with_name(path.name + ".part")
    half.write_text(json.dumps({"pid": os.getpid(), "endpoints": found}) + "\n", encoding="utf-8")
    half.replace(path)


def _run_child(command: list[str], endpoints: Endpoints, stop: Stop) -> int:
    """Run ``command`` with its telemetry sent here; end it when ``stop`` is set. Return its status."""
    environment = child_environment(
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoints.http, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"
    )
    try:
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - running the user's command is the purpose
    except OSError as error:
        print(f"otel-kit view: {command[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126

    def wait() -> None:
        child.wait()
        stop.event.set()

    threading.Thread(target=wait, name="otel-kit-child", daemon=True).start()
    stop.event.wait()
    if child.poll() is None:
        _end(child, stop)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _end(child: subprocess.Popen[bytes], stop: Stop) -> None:
    # Ctrl-C reaches the child from the terminal as well, and a second interrupt would cut its own shutdown short.
    if stop.signal == signal.SIGINT:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_INTERRUPT_S)
            return
    child.terminate()
    try:
        child.wait(_TERMINATE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
