"""``otel-kit policy``: write, check, understand and roll out a redaction policy; one module for each sub-command."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argparse import _SubParsersAction

# In the order in which a policy's author needs them.
COMMANDS: Final = ("check", "explain", "diff", "render", "schema")
_DESCRIPTION = """\
Work on the redaction policy: the shipped rules and your own file over them. docs/policy.md tells how a policy is
written, checked, tried and rolled out.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its sub-commands to the parser."""
    parser = subparsers.add_parser(
        "policy", help="check, explain, compare and render a redaction policy", description=_DESCRIPTION
    )
    inner = parser.add_subparsers(dest="policy_command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"otel_kit.cli.policy.{name}").add_parser(inner)
