"""``otel-kit alerts silence``: what matches is told to nobody for a while, whether it fires by now or not."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from otel_kit.errors import ConfigError, Fault

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.alertmanager import Matcher


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import changing, servers

    parser = subparsers.add_parser(
        "silence",
        help="tell nobody of what matches, for a while",
        description="Silence every alert whose labels match all of these, also one that is yet to come: for planned "
        "work. For what fires and somebody works on, use `otel-kit alerts ack`.",
    )
    parser.add_argument(
        "matchers", nargs="+", metavar="MATCHER", help="name=value, name!=value, name=~regex, name!~regex"
    )
    parser.add_argument("--for", dest="length", required=True, metavar="TIME", help="how long, such as 30m, 2h or 7d")
    changing.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON: the silence's id and end")
    servers.add_options(parser, "alertmanager", "otlp")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Create the silence and print its id.

    Raises:
        ConfigError: matchers or options that cannot be used.
        OtelKitError: nobody answers, Alertmanager refuses it, or the audit event cannot be written.
    """
    from otel_kit.cli.alerts.changing import author, carry_out, comment, end
    from otel_kit.cli.alerts.servers import Servers
    from otel_kit.cli.alerts.tables import clock
    from otel_kit.stack.alertmanager import Change, Kind, Silence, create

    who, why, now = author(arguments), comment(arguments), datetime.datetime.now(datetime.UTC)
    silence = Silence(_read(arguments.matchers), who, why, now, end(arguments, now))
    api = Servers(arguments).alertmanager()
    made: list[str] = []
    carry_out(arguments, Change(Kind.SILENCE, silence, who, why), lambda: made.append(create(api, silence)))
    if arguments.json:
        print(json.dumps({"id": made[0], "until": silence.ends.isoformat()}))
    else:
        print(f"{silence.target} is silent until {clock(silence.ends)} UTC")
        print(f"End it with: otel-kit alerts expire {made[0]} --comment TEXT")
    return 0


def _read(texts: Sequence[str]) -> list[Matcher]:
    from otel_kit.stack.alertmanager import matchers

    found, faults = [], []
    for text in texts:
        try:
            found.append(matchers.read(text))
        except ValueError:
            faults.append(Fault("MATCHER", f"is {text!r}", 'such as service_name=shop or alertname=~"Host.+"'))
    if faults:
        raise ConfigError(faults)
    return found
