"""``otel-kit alerts``: what fires and who has it, and the rules behind it; one module for each sub-command."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argparse import _SubParsersAction

# In the order in which they are needed.
COMMANDS: Final = ("list", "acknowledge", "silence", "expire", "history", "check", "build")
_DESCRIPTION = """\
The alerts of the stack: what fires, who has taken it, what keeps it silent, and what was told to whom.
docs/notifications.md shows it, docs/alert-rules.md the rules.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its sub-commands to the parser."""
    parser = subparsers.add_parser("alerts", help="alerts that fire: list, take, silence", description=_DESCRIPTION)
    inner = parser.add_subparsers(dest="alerts_command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"otel_kit.cli.alerts.{name}").add_parser(inner)
