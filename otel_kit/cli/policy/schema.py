"""``otel-kit policy schema``: the JSON schema of policy files, for editors."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DESCRIPTION = """\
Print the JSON schema (draft 2020-12) of policy files. An editor with a YAML language server completes and checks a
policy by it; save it and name it in the policy's first line:

  otel-kit policy schema > policy.schema.json
  # yaml-language-server: $schema=policy.schema.json
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "schema",
        help="print the JSON schema of policy files, for editors",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(func=run)


def run(_arguments: argparse.Namespace) -> int:
    """Print the schema."""
    from otel_kit.policy.json_schema import rendered

    print(rendered(), end="")
    return 0
