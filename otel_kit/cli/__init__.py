"""The command ``otel-kit``: one module per command, found here and nowhere else."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from otel_kit.cli import output
from otel_kit.errors import OtelKitError
from otel_kit.version import __version__

# In the order in which `--help` lists them.
COMMANDS = ("demo", "view", "explain", "redact", "policy", "health", "keys", "stack", "alerts")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="otel-kit", description="Traces, metrics and logs of Python web apps: redacted, correlated, delivered."
    )
    parser.add_argument("--version", action="version", version=f"otel-kit {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"otel_kit.cli.{name}").add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; errors that the user can mend are printed in one piece."""
    output.make_total()
    parsed = build_parser().parse_args(arguments)
    try:
        status = int(parsed.func(parsed))
        if sys.stdout is not None:
            sys.stdout.flush()
    except OtelKitError as error:
        print(f"otel-kit {parsed.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return output.INTERRUPTED
    except BrokenPipeError:
        output.drop()
        return output.BROKEN_PIPE
    return status
