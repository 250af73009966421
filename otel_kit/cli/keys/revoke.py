"""``otel-kit keys revoke``: keys that nobody gets in with any more."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from otel_kit.cli.keys.chosen_file import add_option, chosen_file
from otel_kit.stack.keys import revoke

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DESCRIPTION = """\
Take keys out of the file: all that are named, or none if one of them is not there. A running Collector refuses them
within a second, on open connections too.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("revoke", help="let keys in no longer", description=_DESCRIPTION)
    parser.add_argument("ids", nargs="+", metavar="ID", help="the key's id as `keys list` shows it")
    add_option(parser)
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Revoke the keys and say which.

    Raises:
        ConfigError: an id is unknown, or the file cannot be used.
    """
    for key in revoke(chosen_file(arguments.file), arguments.ids):
        print(f"revoked {key.id} of {key.tenant}" + (f": {key.note}" if key.note else ""))
    return 0
