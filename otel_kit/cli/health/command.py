"""The command: its options, the table, and the watch."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from otel_kit.cli.health.asking import Service, ask_all, health_url
from otel_kit.errors import ConfigError, Fault
from otel_kit.settings import load_leniently
from otel_kit.settings.kinds import parse_duration

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_HEAD = ("service", "status", "version", "time", "failing", "url")
_LONGEST_KEY = 4096
_DESCRIPTION = """\
Ask services how they are: GET /health of each, all at once. Exit status 0: all are healthy; 1: some are degraded;
2: some are unhealthy, cannot be reached or refuse the key. With the key of health.key (OTEL_KIT_HEALTH_KEY, or
--key-file) the reasons are shown, too.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("health", help="show how several services are", description=_DESCRIPTION)
    parser.add_argument(
        "urls", metavar="URL", nargs="+", type=_url, help="address such as shop:8000, or the whole URL of a report"
    )
    parser.add_argument("--watch", action="store_true", help="ask again and again, until Ctrl-C")
    parser.add_argument("--interval", type=_seconds, default=5.0, metavar="TIME", help="between two rounds (5s)")
    parser.add_argument("--timeout", type=_seconds, default=5.0, metavar="TIME", help="for one service (5s)")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="file with the key; default: the setting")
    parser.add_argument("--json", action="store_true", help="print JSON: one list a round")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask once, or until Ctrl-C; returns the worst exit status of the last round.

    Raises:
        ConfigError: the key's file cannot be read.
    """
    key = _key(arguments.key_file)
    status = 0
    lines_above = 0
    try:
        while True:
            services = ask_all(arguments.urls, key, arguments.timeout)
            status = max(service.exit_status for service in services)
            lines_above = _show(services, arguments, lines_above)
            if not arguments.watch:
                return status
            threading.Event().wait(arguments.interval)
    except KeyboardInterrupt:
        if not arguments.watch:
            raise
        return status


def table(services: Iterable[Service]) -> list[str]:
    """Return the lines of the table."""
    rows = [_HEAD, *(_row(service) for service in services)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    # The longest columns come last and are not padded.
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _show(services: Sequence[Service], arguments: argparse.Namespace, lines_above: int) -> int:
    """Print one round; returns how many lines of a terminal it has taken, to be written over by the next."""
    if arguments.json:
        print(json.dumps([service.as_dict() for service in services]), flush=True)
        return 0
    lines = table(services)
    if not arguments.watch:
        print("\n".join(lines), flush=True)
        return 0
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not sys.stdout.isatty():
        print("\n".join(f"{now}  {line}" for line in lines[1:]), flush=True)
        return 0
    columns, rows = shutil.get_terminal_size()
    # No line may wrap and none may scroll away, or the next round would begin in the wrong place.
    kept = [line[: columns - 1] for line in (f"{now}  every {arguments.interval:g} s, Ctrl-C ends it", *lines)]
    kept = kept[: max(1, rows - 1)]
    up = f"\x1b[{lines_above}A" if lines_above else ""
    print(f"{up}\r\x1b[J" + "\n".join(kept), flush=True)
    return len(kept)


def _row(service: Service) -> tuple[str, ...]:
    time = "-" if service.seconds is None else f"{service.seconds * 1000:.0f} ms"
    failing = service.problem or ", ".join(service.failing) or "-"
    return (service.name or "-", service.status, service.version or "-", time, failing, service.url)


def _key(path: Path | None) -> str | None:
    options = load_leniently({}).settings.health
    if path is None and options.key:
        return options.key
    chosen = path or (Path(options.key_file) if options.key_file else None)
    if chosen is None:
        return None
    try:
        with chosen.open(encoding="utf-8") as file:
            key = file.read(_LONGEST_KEY).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError([Fault(f"{chosen}", f"cannot be read as a key: {why}")]) from error
    if not key:
        raise ConfigError([Fault(f"{chosen}", "is empty", "the key of health.key is needed")])
    return key


def _url(text: str) -> str:
    try:
        return health_url(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no address; write shop:8000 or https://shop.example") from None


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0.0
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 5s or 500ms")
    return seconds
