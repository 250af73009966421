"""``otel-kit policy render``: the same policy as a configuration of the Collector."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from otel_kit.cli.chosen_policy import HELP as POLICY_HELP
from otel_kit.cli.chosen_policy import chosen_redactor
from otel_kit.errors import OtelKitError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DESCRIPTION = """\
Render the policy as processors of the OpenTelemetry Collector, its second line of redaction. What the Collector does
otherwise than the SDK, or cannot do, stands at the head of the file and is listed on standard error. The file is
generated: change the policy and render it again.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "render",
        help="write the policy as a configuration of the Collector",
        description=_DESCRIPTION,
        epilog="exit status: 0; 2 if a rule says nothing of the Collector, which cannot do it, or a file fails",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--policy", metavar="FILE", help=POLICY_HELP)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="where to write it (default: standard output)"
    )
    parser.add_argument(
        "--previous", metavar="ID", action="append", default=[], help="the id of an older policy that is still in use"
    )
    parser.add_argument("--quiet", action="store_true", help="do not list what the Collector does otherwise")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the configuration.

    Raises:
        PolicyError: the policy cannot be used, or a rule neither fits the Collector nor says what it does instead.
        OtelKitError: the file cannot be written.
    """
    from otel_kit.policy.collector import render

    rendered = render(chosen_redactor(arguments.policy).policy, arguments.previous)
    if arguments.output is None:
        print(rendered.text, end="")
    else:
        _write(arguments.output, rendered.text)
    if not arguments.quiet:
        for what, rows in (("the Collector does otherwise", rendered.differs), ("not done there", rendered.refused)):
            for name, why in rows:
                print(f"{what}: {name}: {why}", file=sys.stderr)
    return 0


def _write(path: Path, text: str) -> None:
    """Write the file in one step: a Collector that reloads never reads half of it."""
    half = path.with_name(path.name + ".part")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise OtelKitError(f"{path} cannot be written: {error.strerror}") from error
