"""``otel-kit keys create``: one more key, shown once."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from otel_kit.cli.keys.chosen_file import add_option, chosen_file
from otel_kit.settings.kinds import parse_duration, parse_size
from otel_kit.stack.keys import Limits, create
from otel_kit.stack.keys.key import parse_time, time_text
from otel_kit.stack.own_folder import KEYS_FILE, STATE, make_unseen

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DESCRIPTION = """\
Make a key for a service and show it: once, as only its SHA-256 is kept. The first line of standard output is the key,
the second the header to send it in. A running Collector takes it within a second.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("create", help="make a key and show it once", description=_DESCRIPTION)
    parser.add_argument("--tenant", required=True, metavar="NAME", help="whose data it is, such as shop")
    parser.add_argument("--note", default="", metavar="TEXT", help="what it is for, such as 'orders service'")
    parser.add_argument(
        "--trusted-redaction",
        action="store_true",
        help="believe the mark of senders that have redacted already, and redact by key names only",
    )
    parser.add_argument(
        "--expires", type=_expiry, metavar="WHEN", help="90d, or a date (its beginning in UTC); default: never"
    )
    parser.add_argument(
        "--rate", type=_count, metavar="N", help="requests a second, on average (0: no limit; default: the Collector's)"
    )
    parser.add_argument("--burst", type=_count, metavar="N", help="requests at once")
    parser.add_argument(
        "--bytes-per-second", type=_bytes, metavar="SIZE", help="on average, uncompressed, such as 8MiB (0: no limit)"
    )
    parser.add_argument("--byte-burst", type=_bytes, metavar="SIZE", help="bytes at once, uncompressed")
    add_option(parser)
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the key and print it.

    Raises:
        ConfigError: an option does not fit, or the file cannot be used.
    """
    file = chosen_file(arguments.file)
    limits = Limits(arguments.rate, arguments.burst, arguments.bytes_per_second, arguments.byte_burst)
    key, text = create(
        file,
        arguments.tenant,
        note=arguments.note,
        trusted_redaction=arguments.trusted_redaction,
        expires=arguments.expires,
        limits=limits,
    )
    print(f"{text}\nAuthorization: Bearer {text}")
    until = f", until {time_text(key.expires)}" if key.expires else ""
    print(f"key {key.id} of {key.tenant} is in {file}{until}; it is shown this once", file=sys.stderr)
    if file == KEYS_FILE:
        with contextlib.suppress(OSError):  # the key is made and shown; the next start tries again, and says so
            make_unseen(STATE)
    return 0


def _expiry(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            return parse_time(f"{text}T00:00:00Z")
        if not text.isdigit():  # seconds are hardly meant
            return _from_now(text)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no time; write 90d, 2027-02-01 or 2027-02-01T12:00:00Z")


def _from_now(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError:
        return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=parse_duration(text))


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def _bytes(text: str) -> int:
    try:
        return 0 if text == "0" else parse_size(int(text) if text.isdigit() else text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write 8MiB, or 0 for no limit") from None
