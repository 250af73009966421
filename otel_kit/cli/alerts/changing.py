"""A change of silences by a person: first the audit event, then the change; no event, no change."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Callable
from typing import Final

from otel_kit.cli.alerts.servers import Servers
from otel_kit.errors import ConfigError, Fault, OtelKitError
from otel_kit.stack.alerting.durations import seconds_of
from otel_kit.stack.alertmanager import Change, write

_LONGEST: Final = datetime.timedelta(days=366)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add who changes something, why, and whether it is written down."""
    parser.add_argument("--comment", required=True, metavar="TEXT", help="why; others read it in the history")
    parser.add_argument("--author", metavar="NAME", help="who you are (default: the name of the login)")
    parser.add_argument(
        "--without-audit", action="store_true", help="change it also when nothing can be written down"
    )  # fmt: skip


def author(arguments: argparse.Namespace) -> str:
    """Return who makes the change.

    Raises:
        ConfigError: nobody is named, and the login has no name.
    """
    name = arguments.author if arguments.author is not None else _login()
    if not name.strip():
        raise ConfigError([Fault("--author", "is not given, and this login has no name", mend="Name yourself.")])
    return str(name.strip())


def comment(arguments: argparse.Namespace) -> str:
    """Return why the change is made.

    Raises:
        ConfigError: it is empty.
    """
    if not arguments.comment.strip():
        raise ConfigError([Fault("--comment", "is empty", "others have to read why it is silent")])
    return str(arguments.comment.strip())


def end(arguments: argparse.Namespace, now: datetime.datetime) -> datetime.datetime:
    """Return when a silence of ``--for`` ends.

    Raises:
        ConfigError: it is no duration, or not between a second and a year.
    """
    try:
        length = datetime.timedelta(seconds=seconds_of(arguments.length))
    except (ValueError, OverflowError):
        length = datetime.timedelta()
    if not datetime.timedelta(seconds=1) <= length <= _LONGEST:
        raise ConfigError([Fault("--for", f"is {arguments.length!r}", "a time such as 30m, 2h or 7d, at most a year")])
    return now + length


def carry_out(arguments: argparse.Namespace, change: Change, act: Callable[[], None]) -> None:
    """Write the event, then do it. A change that fails afterwards gets a second event that says so.

    Raises:
        OtelKitError: the event cannot be written, then nothing is changed; or the change fails.
    """
    gateway = None if arguments.without_audit else Servers(arguments).gateway()
    if gateway is not None:
        write(gateway, change)
    try:
        act()
    except OtelKitError as error:
        if gateway is not None:
            failed = Change(change.kind, change.silence, change.author, change.reason, failure=str(error))
            try:
                write(gateway, failed)
            except OtelKitError:
                print("otel-kit alerts: the audit event stays without the failure that followed", file=sys.stderr)
        raise


def _login() -> str:
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return ""
