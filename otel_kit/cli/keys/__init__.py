"""``otel-kit keys``: who may send to the stack's gateway."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from otel_kit.cli.keys import create, listing, revoke

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("keys", help="make, list and revoke the keys that services send to the stack with")
    commands = parser.add_subparsers(dest="keys_command", metavar="COMMAND", required=True)
    for module in (create, listing, revoke):
        module.add_parser(commands)
