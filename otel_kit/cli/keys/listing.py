"""``otel-kit keys list``: who may send, and which key is due to be changed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from otel_kit.cli.keys.chosen_file import add_option, chosen_file
from otel_kit.stack.keys import OLD_AFTER, Key, Limits, read
from otel_kit.stack.keys.key import time_text

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_HEAD = ("id", "tenant", "age", "expires", "trusted", "limits", "note")
_DESCRIPTION = f"List the keys. Older than {OLD_AFTER.days} days is marked: see docs/keys.md for how to change a key."


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("list", help="list the keys", description=_DESCRIPTION)
    parser.add_argument("--json", action="store_true", help="print JSON: one list, without the hashes")
    add_option(parser)
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the keys.

    Raises:
        ConfigError: the file cannot be used.
    """
    keys = read(chosen_file(arguments.file))
    now = datetime.now(UTC)
    if arguments.json:
        print(json.dumps([_as_dict(key, now) for key in keys]))
    else:
        print("\n".join(table(keys, now)))
    return 0


def table(keys: Sequence[Key], now: datetime) -> list[str]:
    """Return the lines of the table; a key that is old or expired says so."""
    rows = [_HEAD, *(_row(key, now) for key in keys)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(key: Key, now: datetime) -> tuple[str, ...]:
    age = _time(key.age(now)) + (", old" if key.is_old(now) else "")
    if key.expires is None:
        expires = "never"
    elif key.is_expired(now):
        expires = "expired"
    else:
        expires = f"in {_time(key.expires - now)}"
    trusted = "yes" if key.trusted_redaction else "no"
    return (key.id, key.tenant, age, expires, trusted, _limits(key.limits), key.note or "-")


def _time(time: timedelta) -> str:
    if time.days:
        return f"{time.days} d"
    hours, minutes = time.seconds // 3600, time.seconds // 60
    return f"{hours} h" if hours else f"{minutes} min"


def _limits(limits: Limits) -> str:
    """Return the limits that are the key's own; those of the Collector are a dash."""
    parts = [
        f"{'no limit' if value == 0 else value} {unit}"
        for value, unit in (
            (limits.requests_per_second, "req/s"),
            (limits.burst, "burst"),
            (limits.bytes_per_second, "B/s"),
            (limits.byte_burst, "B burst"),
        )
        if value is not None
    ]
    return ", ".join(parts) or "-"


def _as_dict(key: Key, now: datetime) -> dict[str, Any]:
    entry = {name: value for name, value in key.as_entry().items() if name != "sha256"}
    return {
        **entry,
        "created": time_text(key.created),
        "age_seconds": int(key.age(now).total_seconds()),
        "old": key.is_old(now),
        "expired": key.is_expired(now),
    }
