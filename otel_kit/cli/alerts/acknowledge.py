"""``otel-kit alerts ack``: somebody has taken an alert; it is silent for a while, and is not escalated."""

from __future__ import annotations

import argparse
import datetime
import functools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from otel_kit.errors import ConfigError, Fault, OtelKitError, nearest

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.alertmanager import Alert

_SERVICE: Final = "service_name"
_ENVIRONMENT: Final = "deployment_environment_name"
# Said of alerts without the label, and taken for it.
_NONE: Final = "none"
_OPTIONS: Final = {_SERVICE: "--service", _ENVIRONMENT: "--environment"}


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import changing, servers

    parser = subparsers.add_parser(
        "ack",
        help="take an alert: it is silent for a while, and not escalated",
        description="Silence what fires under a name, in one service and environment: each alert by all of its labels, "
        "with a silence of its own. What begins later elsewhere (another host, route or store) is still told.",
    )
    parser.add_argument("name", metavar="NAME", help="name of the alert, as `otel-kit alerts list` shows it")
    parser.add_argument("--service", metavar="NAME", help="needed when it fires in several")
    parser.add_argument("--environment", metavar="NAME", help="needed when it fires in several")
    parser.add_argument(
        "--label", action="append", default=[], metavar="NAME=VALUE", help="only what has this label; may be repeated"
    )
    parser.add_argument("--for", dest="length", default="2h", metavar="TIME", help="how long (default: 2h)")
    changing.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON: until when, and each silence's id and labels")
    servers.add_options(parser, "alertmanager", "otlp")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Acknowledge it and print until when.

    Raises:
        ConfigError: an option that cannot be used.
        OtelKitError: nothing of that name fires, or in several services or environments; nobody answers, or the audit
            event cannot be written.
    """
    from otel_kit.cli.alerts.changing import author, carry_out, comment, end
    from otel_kit.cli.alerts.servers import Servers
    from otel_kit.cli.alerts.tables import clock
    from otel_kit.stack.alertmanager import Change, Kind, Matcher, Silence, alerts, create
    from otel_kit.stack.alertmanager.alerts import exactly

    who, why, now = author(arguments), comment(arguments), datetime.datetime.now(datetime.UTC)
    until, wanted = end(arguments, now), _labels(arguments)
    api = Servers(arguments).alertmanager()
    named = _named(alerts(api), arguments.name)
    made: list[dict[str, Any]] = []

    def take(silence: Silence, labels: Mapping[str, str]) -> None:
        made.append({"id": create(api, silence), "labels": dict(labels)})

    for labels in exactly(_meant(named, arguments.name, wanted), named):
        silence = Silence([Matcher(*item) for item in sorted(labels.items())], who, why, now, until)
        carry_out(arguments, Change(Kind.ACKNOWLEDGE, silence, who, why), functools.partial(take, silence, labels))
        if not arguments.json:
            print(f"{who} has {arguments.name} until {clock(until)} UTC: {silence.target}")
            print(f"Give it back with: otel-kit alerts expire {made[-1]['id']} --comment TEXT")
    if arguments.json:
        print(json.dumps({"until": until.isoformat(), "silences": made}))
    return 0


def _labels(arguments: argparse.Namespace) -> dict[str, str]:
    """Return what is asked for by label.

    Raises:
        ConfigError: one that is no name with a value.
    """
    wanted: dict[str, str] = {}
    faults = []
    for text in arguments.label:
        name, sign, value = text.partition("=")
        if not name or not sign:
            faults.append(Fault("--label", f"is {text!r}", "a name with its value, such as job=loki"))
        wanted[name] = value
    if faults:
        raise ConfigError(faults)
    given = {_SERVICE: arguments.service, _ENVIRONMENT: arguments.environment}
    return wanted | {name: value for name, value in given.items() if value is not None}


def _named(known: Sequence[Alert], name: str) -> list[Alert]:
    named = [one for one in known if one.name == name]
    if not named:
        names = sorted({one.name for one in known})
        close = nearest(name, names)
        hint = f"did you mean {close}?" if close else f"these fire: {', '.join(names) or 'none'}"
        raise OtelKitError(f"no alert {name} fires; {hint}")
    return named


def _meant(named: Sequence[Alert], name: str, wanted: Mapping[str, str]) -> list[Alert]:
    found = list(named)
    for label, given in wanted.items():
        value = "" if given == _NONE else given
        kept = [one for one in found if one.labels.get(label, "") == value]
        if not kept:
            what = given if label in _OPTIONS else f"{label}={given}"
            raise OtelKitError(f"{name} does not fire in {what}, but in {_values(found, label)}")
        found = kept
    for label, option in _OPTIONS.items():
        if label not in wanted and len({one.labels.get(label, "") for one in found}) > 1:
            raise OtelKitError(f"{name} fires in {_values(found, label)}: name one with {option}")
    return found


def _values(among: Sequence[Alert], label: str) -> str:
    return ", ".join(sorted({one.labels.get(label, "") or _NONE for one in among}))
