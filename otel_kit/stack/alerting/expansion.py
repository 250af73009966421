"""Rules and what the user declared, made into the alerts that an engine evaluates: no place is left open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.durations import duration_text, seconds_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.places import BY_PLACE, SERVICE, filled, places_in
from otel_kit.stack.alerting.rule import BY, Engine, Rule
from otel_kit.stack.alerting.thresholds import Threshold

ESCALATED: Final = "2"
GRAFANA: Final = "${STACK_GRAFANA_URL:-http://127.0.0.1:3000}"
# Grafana serves what lies below its folder `public` to everybody.
RUNBOOKS: Final = "${STACK_RUNBOOKS_URL:-http://127.0.0.1:3000/public/runbooks}"
_VARIABLES: Final = (("service", "service_name"), ("environment", "deployment_environment_name"))
# What means something in RE2.
_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert as an engine evaluates it. ``service``: the copy for that service; empty: the one for all others."""

    name: str
    family: str
    engine: Engine
    service: str
    expr: str
    for_: str
    keep_firing_for: str
    interval: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def escalates(self) -> bool:
        """Whether this is the second one, which says that nobody acted."""
        return self.labels.get("escalation") == ESCALATED


def alerts_of(declared: Declaration, families: Mapping[str, Sequence[Rule]] = FAMILIES) -> Iterator[Alert]:
    """Yield the alerts of all rules that are not disabled: by family, each copy and each escalation behind its rule."""
    for family, rules in families.items():
        for rule in rules:
            if rule.name in declared.disabled:
                continue
            used = places_of(rule)
            own = sorted(name for name, values in declared.services.items() if used & values.keys())
            per_service = own if SERVICE in used else []
            yield from _copies(rule, family, declared, "", per_service)
            for service in per_service:
                yield from _copies(rule, family, declared, service, per_service)


def places_of(rule: Rule) -> frozenset[str]:
    """Return the names of all places in a rule's texts."""
    return places_in("\n".join((rule.expr, rule.summary, rule.description, rule.for_, rule.keep_firing_for)))


def _copies(rule: Rule, family: str, declared: Declaration, service: str, excepted: Sequence[str]) -> Iterator[Alert]:
    values = {**declared.thresholds, **declared.services.get(service, {})}
    in_query = {name: threshold.in_query for name, threshold in values.items()}
    in_words = {name: threshold.in_words for name, threshold in values.items()}
    severity = declared.severities.get(rule.name, rule.severity)
    labels = {
        "severity": severity, "family": family, "layer": rule.layer, "needs": rule.needs, "service_name": service,
    }  # fmt: skip
    base = Alert(
        name=rule.name,
        family=family,
        engine=rule.engine,
        service=service,
        expr=filled(rule.expr, {**in_query, SERVICE: _matcher(service, excepted), BY_PLACE: BY}).strip(),
        for_=declared.durations.get(rule.name, _duration(rule.for_, values)),
        keep_firing_for=_duration(rule.keep_firing_for, values),
        interval=declared.interval or rule.interval,
        labels={name: value for name, value in labels.items() if value},
        annotations={
            "summary": filled(rule.summary, in_words),
            "description": filled(rule.description, in_words),
            "runbook_url": f"{RUNBOOKS}/{rule.name}.md",
            "dashboard_url": _dashboard(rule.board),
        },
    )
    yield base
    if severity == "critical" if rule.escalates is None else rule.escalates:
        yield _escalation(base, values["escalation_delay"])


def _escalation(base: Alert, delay: Threshold) -> Alert:
    """Return the second alert: the same that much longer. Who acknowledges silences both."""
    summary = f"Not acknowledged for {delay.in_words}: {base.annotations['summary']}"
    return Alert(
        name=base.name,
        family=base.family,
        engine=base.engine,
        service=base.service,
        expr=base.expr,
        for_=duration_text(seconds_of(base.for_) + seconds_of(delay.in_query)),
        keep_firing_for=base.keep_firing_for,
        interval=base.interval,
        labels={**base.labels, "escalation": ESCALATED},
        annotations={**base.annotations, "summary": summary},
    )


def _duration(text: str, values: Mapping[str, Threshold]) -> str:
    return duration_text(seconds_of(filled(text, {name: value.in_query for name, value in values.items()})))


def _matcher(service: str, excepted: Sequence[str]) -> str:
    if service:
        return f'service_name="{_quoted(service)}"'
    # Loki wants one matcher that the empty text does not fulfil, and a series without a service is none's.
    every = 'service_name=~".+"'
    if not excepted:
        return every
    # `[$]`: `$` and a brace would be a variable to what fills the files in.
    names = "|".join(_SPECIAL.sub(lambda match: f"[{match[0]}]" if match[0] not in r"\^" else rf"\{match[0]}", name)
                     for name in excepted)  # fmt: skip
    return f'{every},service_name!~"{_quoted(names)}"'


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _dashboard(board: str) -> str:
    chosen = "".join(
        f"{{{{ with $labels.{label} }}}}&var-{variable}={{{{ . | urlquery }}}}{{{{ end }}}}"
        for variable, label in _VARIABLES
    )
    return f"{GRAFANA}/d/otel-kit-{board}/{board}?orgId=1{chosen}"
