"""``otel-kit alerts build``: write the alert rules for Prometheus, Loki and Grafana."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DESCRIPTION = """\
Write the alert rules with your thresholds: prometheus/*.yml, loki/*.yaml and grafana/*.yaml, the same rules each. Only
one engine should have them. `otel-kit stack init` and a native run do it by themselves; this is for a stack of one's
own. ${STACK_GRAFANA_URL} and ${STACK_RUNBOOKS_URL} are filled in, from the environment file if one is named.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import declared

    parser = subparsers.add_parser("build", help="write the alert rules with your thresholds", description=_DESCRIPTION)
    declared.add_option(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument("--raw", action="store_true", help="leave ${STACK_...} in the files, for `stack init`")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="file with values of STACK_GRAFANA_URL and others"
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Write what has changed and say so.

    Raises:
        ConfigError: what is declared, or a rule with it, has faults; nothing is written then.
        OtelKitError: the folder cannot be written, or a package is missing.
    """
    from otel_kit.cli.alerts import declared
    from otel_kit.errors import ConfigError
    from otel_kit.stack import environment
    from otel_kit.stack.alerting import checking, writing
    from otel_kit.stack.rendering import render

    declaration = declared.read(arguments)
    if faults := checking.faults_of(declaration, declared.folder(arguments)):
        raise ConfigError(faults)
    declared.say(arguments, declaration)
    texts = writing.render(declaration)
    if not arguments.raw:
        variables = {} if arguments.env_file is None else environment.read(arguments.env_file)
        texts = {name: render(text, variables, name) for name, text in texts.items()}
    changed, removed = writing.write(texts, arguments.output)
    for path in changed:
        print(f"written {path}")
    for path in removed:
        print(f"removed {path}")
    if not changed and not removed:
        print(f"nothing changed in {arguments.output}")
    return 0
