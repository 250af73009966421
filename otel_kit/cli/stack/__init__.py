"""``otel-kit stack``: start, write, check and renew the stack; one module for each sub-command."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argparse import _SubParsersAction

# In the order in which they are needed.
COMMANDS: Final = ("up", "init", "check", "upgrade")
_DESCRIPTION = """\
The stack behind the applications: Collector, Loki, Prometheus, Tempo, Alertmanager, Grafana. docs/stack.md shows it.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its sub-commands to the parser."""
    parser = subparsers.add_parser("stack", help="run, write and check the stack", description=_DESCRIPTION)
    inner = parser.add_subparsers(dest="stack_command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"otel_kit.cli.stack.{name}").add_parser(inner)
