"""All of the check, in the order in which one finding explains the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from otel_kit.stack.http_json import Api, Unreachable
from otel_kit.stack.live.arrival import arrival
from otel_kit.stack.live.boards import boards
from otel_kit.stack.live.components import grafana_itself, scraped, sources
from otel_kit.stack.live.findings import Finding, Outcome
from otel_kit.stack.live.grafana import Grafana
from otel_kit.stack.live.trial_alert import alert


@dataclass(frozen=True, slots=True)
class Target:
    """The stack that is asked.

    ``gateway`` takes OTLP/HTTP, with the key in its headers; without one no record is sent. ``alert_severity``: of the
    test alert; without one none is raised. ``root`` holds the files that the stack runs with. ``wait_s``: how long each
    thing that takes a moment is waited for.
    """

    grafana: Api
    root: Path
    gateway: Api | None = None
    alert_severity: str | None = None
    wait_s: float = 90.0


def check(target: Target, stop: Event) -> Iterator[Finding]:
    """Yield what is found, as it is found; blocks for each. What was not asked for is yielded as skipped.

    One record and one alert are written where the target says so, nothing else is changed. What is wrong with the stack
    is a finding, never an exception.
    """
    grafana = Grafana(target.grafana)
    try:
        for finding in grafana_itself(grafana):
            yield finding
            if finding.outcome is Outcome.FAILED:
                return
        yield from sources(grafana, target.root)
        yield from scraped(grafana, target.root)
        if target.gateway is None:
            yield Finding("arrival", "gateway", Outcome.SKIPPED, "no address and key of the gateway were given")
        else:
            yield from arrival(grafana, target.gateway, stop, target.wait_s)
        yield from boards(grafana, target.root)
        if target.alert_severity is None:
            yield Finding("alert", "trial", Outcome.SKIPPED, "no test alert was asked for")
        else:
            yield from alert(grafana, target.alert_severity, stop, target.wait_s)
    except Unreachable as error:
        mend = "Is this Grafana's address, with its scheme and port? docker compose ps grafana; --ca-file for its CA."
        yield Finding("component", "grafana", Outcome.FAILED, str(error), mend)
