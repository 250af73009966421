"""The reference of commands, from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from otel_kit.cli import build_parser


def commands() -> Iterator[str]:
    """Yield a section for each command: what it does, how it is called, its arguments and options."""
    for parser in _leaves(build_parser()):
        yield from ("", f"## {parser.prog}", "")
        if parser.description:
            yield from (parser.description.strip(), "")
        yield from ("```text", _usage(parser), "```", "")
        rows = [row for action in parser._actions if (row := _row(action)) is not None]
        if rows:
            yield from ("| argument | default | meaning |", "|---|---|---|", *rows)


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers that run something, in the order of ``--help``."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for child in dict.fromkeys(group.choices.values()):
            yield from _leaves(child)


def _usage(parser: argparse.ArgumentParser) -> str:
    """Return the usage on one line, whatever the width of the terminal that this runs in."""
    return " ".join(parser.format_usage().removeprefix("usage: ").split())


def _row(action: argparse.Action) -> str | None:
    if isinstance(action, argparse._HelpAction) or action.help is argparse.SUPPRESS:
        return None
    name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    if action.option_strings and action.nargs != 0:
        name += f" {action.metavar or action.dest.upper()}"
    shown = action.default not in (None, False, argparse.SUPPRESS, [], ())
    default = f"`{action.default}`" if shown and action.nargs != 0 else ""
    # What stands in the help is formatted as `--help` does, with defaults and choices in their places.
    text = (action.help or "") % {**vars(action), "prog": "otel-kit"}
    return f"| `{name}` | {default} | {text.replace('|', '/')} |"
