"""``otel-kit alerts history``: who was told what, and who did what about it."""

from __future__ import annotations

import argparse
import datetime
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from otel_kit.errors import ConfigError, Fault

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.alertmanager import Entry

_HEAD: Final = ("time (UTC)", "what", "alert", "service", "severity", "who", "detail")
_LONGEST: Final = datetime.timedelta(days=3660)


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import servers

    parser = subparsers.add_parser(
        "history",
        help="who was told what, and who did what about it",
        description="List what Alertmanager told to whom, acknowledgements and silences, from Loki, the oldest first.",
    )
    parser.add_argument("--since", default="24h", metavar="TIME", help="how far back (default: 24h)")
    parser.add_argument("--service", metavar="NAME", help="only what is about this service")
    parser.add_argument("--json", action="store_true", help="print JSON: one list")
    servers.add_options(parser, "loki")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the history.

    Raises:
        ConfigError: ``--since`` is no duration.
        OtelKitError: Loki is not known, does not answer or refuses.
    """
    from otel_kit.cli.alerts.servers import Servers
    from otel_kit.cli.alerts.tables import table
    from otel_kit.stack.alertmanager import history

    found = history(Servers(arguments).loki(), _since(arguments.since), arguments.service)
    if arguments.json:
        print(json.dumps([{**asdict(one), "at": one.at.isoformat()} for one in found], indent=2))
    elif not found:
        print(f"Nothing was told or done in the last {arguments.since}.")
    else:
        print("\n".join(table(_HEAD, [_row(one) for one in found])))
    return 0


def _row(entry: Entry) -> tuple[str, ...]:
    from otel_kit.cli.alerts.tables import clock

    until = f"until {entry.until}" if entry.until and entry.what != "unsilenced" else ""
    detail = ", ".join(filter(None, (entry.detail, until)))
    return clock(entry.at), entry.what, entry.name or "-", entry.service or "-", entry.severity, entry.who, detail


def _since(text: str) -> datetime.timedelta:
    from otel_kit.stack.alerting.durations import seconds_of

    try:
        length = datetime.timedelta(seconds=seconds_of(text))
    except (ValueError, OverflowError):
        length = datetime.timedelta()
    if not datetime.timedelta() < length <= _LONGEST:
        raise ConfigError([Fault("--since", f"is {text!r}", "a time such as 30m, 24h or 7d")])
    return length
