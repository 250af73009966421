"""``otel-kit alerts list``: what fires, how bad it is, and who or what keeps it silent."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.alertmanager import Alert

_HEAD: Final = ("severity", "alert", "service", "which", "since", "who is told")
_ENVIRONMENT: Final = "deployment_environment_name"
# What an alert without a service is about, from the labels that such rules have.
_PLACES: Final = ("host_name", "mountpoint", "job", "exporter", "otel_kit_ingest_tenant")


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import servers

    parser = subparsers.add_parser(
        "list",
        help="what fires, and who or what keeps it silent",
        description="List the alerts that fire, the worst first. The one that always fires (Watchdog) is left out.",
    )
    parser.add_argument("--service", metavar="NAME", help="only those of this service")
    parser.add_argument("--json", action="store_true", help="print JSON: one list, with all labels")
    servers.add_options(parser, "alertmanager")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the alerts; the status is 0 whether one fires or not.

    Raises:
        OtelKitError: Alertmanager is not known, does not answer or refuses.
    """
    from otel_kit.cli.alerts.servers import Servers
    from otel_kit.cli.alerts.tables import table
    from otel_kit.stack.alertmanager import alerts

    found = [one for one in alerts(Servers(arguments).alertmanager()) if one.name != "Watchdog"]
    if arguments.service is not None:
        found = [one for one in found if one.service == arguments.service]
    if arguments.json:
        print(json.dumps([as_dict(one) for one in found], indent=2))
    elif not found:
        print("No alert fires.")
    else:
        now = datetime.datetime.now(datetime.UTC)
        print("\n".join(table(_HEAD, list(_rows(found, now)))))
    return 0


def as_dict(alert: Alert) -> dict[str, Any]:
    """Return it as plain values, ready for JSON."""
    return {
        "name": alert.name,
        "service": alert.service or None,
        "severity": alert.severity or None,
        "since": alert.since.isoformat(),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "silenced_by": [
            {"id": one.id, "author": one.author, "comment": one.comment, "until": one.ends.isoformat()}
            for one in alert.silenced
        ],
        "inhibited_by": list(alert.inhibited),
        "muted_by": list(alert.muted),
        "receivers": list(alert.receivers),
    }


def _rows(found: Sequence[Alert], now: datetime.datetime) -> Iterator[tuple[str, ...]]:
    from otel_kit.cli.alerts.tables import ago

    for one in found:
        name = f"{one.name} (escalated)" if one.labels.get("escalation") else one.name
        alike = [other for other in found if (other.name, other.service) == (one.name, one.service)]
        yield one.severity or "-", name, one.service or "-", _which(one, alike), ago(one.since, now), _told(one)


def _which(alert: Alert, alike: Sequence[Alert]) -> str:
    """Return what it is about besides the service: its environment, and what tells it from those of the same name."""
    from otel_kit.stack.alertmanager.alerts import differing

    place = () if alert.service else _PLACES
    names = dict.fromkeys([_ENVIRONMENT, *place, *differing(alike)])
    shown = [alert.labels[_ENVIRONMENT]] if alert.labels.get(_ENVIRONMENT) else []
    shown += [f"{name}={alert.labels[name]}" for name in names if name != _ENVIRONMENT and alert.labels.get(name)]
    return " ".join(shown) or "-"


def _told(alert: Alert) -> str:
    from otel_kit.cli.alerts.tables import clock

    if alert.silenced:
        return "; ".join(
            f"nobody: {one.author} until {clock(one.ends)}, {one.comment} ({one.id[:8]})" for one in alert.silenced
        )
    if alert.inhibited:
        return f"nobody: {', '.join(alert.inhibited)} fires"
    if alert.muted:
        return f"nobody for now: {', '.join(alert.muted)}"
    return ", ".join(alert.receivers)
