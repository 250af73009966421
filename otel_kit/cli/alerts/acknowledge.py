"""``otel-kit alerts ack``: somebody has taken an alert; it is silent for a while, and is not escalated."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from otel_kit.errors import OtelKitError, nearest

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.alertmanager import Alert


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import changing, servers

    parser = subparsers.add_parser(
        "ack",
        help="take an alert: it is silent for a while, and not escalated",
        description="Silence what fires under a name, in one service, by the labels that all of it shares. "
        "What fires elsewhere is still told.",
    )
    parser.add_argument("name", metavar="NAME", help="name of the alert, as `otel-kit alerts list` shows it")
    parser.add_argument("--service", metavar="NAME", help="needed when it fires in several")
    parser.add_argument("--for", dest="length", default="2h", metavar="TIME", help="how long (default: 2h)")
    changing.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON: the silence's id, labels and end")
    servers.add_options(parser, "alertmanager", "otlp")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Acknowledge it and print until when.

    Raises:
        OtelKitError: nothing of that name fires, or in several services; nobody answers, or the audit event cannot be
            written.
    """
    from otel_kit.cli.alerts.changing import author, carry_out, comment, end
    from otel_kit.cli.alerts.servers import Servers
    from otel_kit.cli.alerts.tables import clock
    from otel_kit.stack.alertmanager import Change, Kind, Matcher, Silence, alerts, create
    from otel_kit.stack.alertmanager.alerts import shared

    who, why, now = author(arguments), comment(arguments), datetime.datetime.now(datetime.UTC)
    until = end(arguments, now)
    api = Servers(arguments).alertmanager()
    found = _meant(alerts(api), arguments.name, arguments.service)
    labels = shared(found)
    silence = Silence([Matcher(*item) for item in sorted(labels.items())], who, why, now, until)
    made: list[str] = []
    carry_out(arguments, Change(Kind.ACKNOWLEDGE, silence, who, why), lambda: made.append(create(api, silence)))
    if arguments.json:
        print(json.dumps({"id": made[0], "labels": labels, "alerts": len(found), "until": until.isoformat()}))
    else:
        print(f"{who} has {arguments.name} until {clock(until)} UTC: {silence.target}")
        print(f"Give it back with: otel-kit alerts expire {made[0]} --comment TEXT")
    return 0


def _meant(known: Sequence[Alert], name: str, service: str | None) -> list[Alert]:
    named = [one for one in known if one.name == name]
    if not named:
        names = sorted({one.name for one in known})
        close = nearest(name, names)
        hint = f"did you mean {close}?" if close else f"these fire: {', '.join(names) or 'none'}"
        raise OtelKitError(f"no alert {name} fires; {hint}")
    services = sorted({one.service for one in named})
    if service is not None and service not in services:
        raise OtelKitError(f"{name} does not fire in {service}, but in {', '.join(services)}")
    if service is None and len(services) > 1:
        raise OtelKitError(f"{name} fires in {', '.join(services)}: name one with --service")
    return [one for one in named if service is None or one.service == service]
