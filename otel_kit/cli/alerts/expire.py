"""``otel-kit alerts expire``: a silence or an acknowledgement ends before its time."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import changing, servers

    parser = subparsers.add_parser(
        "expire",
        help="end a silence or an acknowledgement",
        description="End a silence now. What still fires is told again.",
    )
    parser.add_argument("id", metavar="ID", help="its id, or as much of it as no other begins with")
    changing.add_options(parser)
    servers.add_options(parser, "alertmanager", "otlp")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """End the silence.

    Raises:
        OtelKitError: there is none of that id, nobody answers, or the audit event cannot be written.
    """
    from otel_kit.cli.alerts.changing import author, carry_out, comment
    from otel_kit.cli.alerts.servers import Servers
    from otel_kit.stack.alertmanager import Change, Kind, expire, silences
    from otel_kit.stack.alertmanager.silences import chosen

    who, why = author(arguments), comment(arguments)
    api = Servers(arguments).alertmanager()
    silence = chosen(silences(api), arguments.id)
    carry_out(arguments, Change(Kind.UNSILENCE, silence, who, why), lambda: expire(api, silence))
    print(f"{silence.target} is told again; {silence.author} had silenced it: {silence.comment}")
    return 0
