"""What is wrong with the rules themselves: said by name, all at once, before anything is generated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from otel_kit.errors import Fault, nearest
from otel_kit.stack import catalogue
from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.durations import seconds_of
from otel_kit.stack.alerting.expansion import Alert, alerts_of, places_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.kept_labels import kept_by_logql, kept_by_promql, named_in
from otel_kit.stack.alerting.places import BY_PLACE, SERVICE, places_in
from otel_kit.stack.alerting.rule import MOST_CRITICAL, Rule
from otel_kit.stack.alerting.thresholds import Threshold

HEADINGS: Final = ("Meaning", "Impact", "Diagnose", "Mend", "Tune")
KINDS: Final = ("fires", "quiet", "resolves", "reset", "missing")
# A rule that always fires has nothing to be quiet about.
_ALWAYS: Final = ("fires",)
_MAY_BE_REASONED: Final = ("reset", "missing")
# How bad these are is said by the application that raises them.
_CHOSEN_BY_APPS: Final = "application"
_NAME: Final = re.compile(r"(?:[A-Z][A-Za-z0-9]*)")


@dataclass(frozen=True, slots=True)
class Advice(Fault):
    """A fault with which Prometheus and Loki start all the same: it is said, and stops nothing but a check."""


def faults_of(
    declared: Declaration, files: Path, families: Mapping[str, Sequence[Rule]] = FAMILIES, *, queries: bool = True
) -> list[Fault]:
    """Return what is wrong with the rules as they would be generated, all at once.

    ``files`` is the folder with alerts/ and grafana/. Cases are looked for where there are any: the wheel has none.
    ``queries``: whether queries are read.

    Raises:
        OtelKitError: the package ``promql-parser`` is missing.
    """
    rules = [(family, rule) for family, members in families.items() for rule in members]
    faults = [fault for family, rule in rules for fault in _of_rule(family, rule, declared.thresholds)]
    names = Counter(rule.name for _, rule in rules)
    faults += [Fault(name, f"is the name of {count} rules") for name, count in names.items() if count > 1]
    critical = [rule.name for family, rule in rules if rule.severity == "critical" and family != _CHOSEN_BY_APPS]
    if len(critical) > MOST_CRITICAL:
        too_many = f"are critical: {', '.join(critical)}"
        faults.append(Fault(f"{len(critical)} rules", too_many, f"at most {MOST_CRITICAL} page"))
    if queries and not faults:  # with an open place or a bad duration nothing can be made of them
        for alert in alerts_of(declared, families):
            faults += faults_of_query(_place(alert), alert.engine, alert.expr, alert.annotations, declared.metrics)
    for _, rule in rules:
        faults += _of_files(rule, files)
    return list(dict.fromkeys(faults))


def faults_of_query(
    where: str, engine: str, expr: str, annotations: Mapping[str, str], metrics: Collection[str]
) -> Iterator[Fault]:
    """Yield what is wrong with one query, and with the labels that its annotations name.

    ``metrics`` are names beside those of the catalogue. LogQL is only looked at for its labels.
    """
    if engine == "loki":
        kept = kept_by_logql(expr)
    else:
        try:
            unknown = catalogue.unknown_in(expr, metrics)
            kept = kept_by_promql(expr)
        except catalogue.NotPromQL as error:
            yield Fault(where, f"has a query that cannot be read: {error}")
            return
        for metric in unknown:
            yield Advice(where, f"asks for the unknown metric {metric}", "nothing that kit and stack know sends it",
                         "Name your own under alerting.metrics.")  # fmt: skip
    for name, text in annotations.items():
        # The link to the board leaves out what is not there.
        for label in sorted(named_in(text)) if name != "dashboard_url" else ():
            if label not in kept:
                has = f"its query keeps {', '.join(sorted(kept.labels)) or 'none'}"
                yield Advice(where, f"names the label {label} in its {name}", has)


def _of_rule(family: str, rule: Rule, thresholds: Mapping[str, Threshold]) -> Iterator[Fault]:
    where = f"{rule.name} in families/{family}.py"
    if not _NAME.fullmatch(rule.name):
        yield Fault(where, "is no name of a rule", "CamelCase is")
    used = places_of(rule)
    for name in sorted(used - thresholds.keys() - {SERVICE, BY_PLACE}):
        close = nearest(name, thresholds)
        yield Fault(where, f"uses the unknown threshold {name}", f"did you mean {close}?" if close else "")
    for name in sorted({SERVICE, BY_PLACE} & places_in(rule.summary + rule.description)):
        yield Fault(where, f"has ${{{name}}} in a text", "it has a meaning only in the query")
    for name in sorted(used & thresholds.keys()):
        if thresholds[name].per_service and SERVICE not in used:
            yield Fault(where, f"uses {name}, which a service may have of its own, but is not per service",
                        "", "Put ${service} into its selectors.")  # fmt: skip
    for text in (rule.for_, rule.keep_firing_for, rule.interval):
        bare = text.removeprefix("${").removesuffix("}")
        if bare in thresholds and thresholds[bare].unit != "duration":
            yield Fault(where, f"waits for {bare}, which is no duration", f"its unit is {thresholds[bare].unit}")
        elif bare not in thresholds and not _is_duration(text):
            yield Fault(where, f"has {text!r} as a duration", "5m, or ${name} of a threshold that is one")
    if "$$" in rule.expr + rule.summary + rule.description:
        yield Fault(where, "has $$", "what fills in variables would make it one $")


def _of_files(rule: Rule, files: Path) -> Iterator[Fault]:
    runbook = files / "alerts" / "runbooks" / f"{rule.name}.md"
    if not runbook.is_file():
        yield Fault(rule.name, "has no runbook", f"alerts/runbooks/{rule.name}.md is where it stands")
    else:
        lines = runbook.read_text("utf-8").splitlines()
        wanted = [f"# {rule.name}", *(f"## {heading}" for heading in HEADINGS)]
        if (found := [line.rstrip() for line in lines if re.match(r"##? ", line)]) != wanted:
            missing = [line for line in wanted if line not in found] or ["another order"]
            yield Fault(f"alerts/runbooks/{rule.name}.md", f"has not the headings of a runbook: {', '.join(missing)}",
                        f"these in this order: {', '.join(wanted)}")  # fmt: skip
    if not (files / "grafana" / "generated" / f"{rule.board}.json").is_file():
        yield Fault(rule.name, f"leads to the unknown board {rule.board!r}", "grafana/generated has them")
    if (cases := files / "alerts" / "cases").is_dir():
        yield from _of_cases(rule, cases / f"{rule.name}.yaml")


def _of_cases(rule: Rule, path: Path) -> Iterator[Fault]:
    name = f"alerts/cases/{path.name}"
    if not path.is_file():
        yield Fault(rule.name, "has no cases", f"{name} is where they stand")
        return
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        cases = [(case["kind"], case.get("because")) for case in data["cases"]]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError):
        yield Fault(name, "is no file of cases", "cases: a list, each with its kind")
        return
    kinds = [kind for kind, _ in cases]
    wanted = _ALWAYS if rule.severity == "none" else KINDS
    if missing := [kind for kind in wanted if kind not in kinds]:
        yield Fault(name, f"has no case that {', '.join(missing)}", f"each rule has {', '.join(wanted)}")
    for kind in dict.fromkeys(kinds):
        if kind not in KINDS:
            yield Fault(name, f"has a case of the unknown kind {kind!r}", f"{', '.join(KINDS)} are")
    if any(because and kind not in _MAY_BE_REASONED for kind, because in cases):
        yield Fault(
            name, "gives a reason in place of a case", f"only for {' and '.join(_MAY_BE_REASONED)} there may be"
        )


def _is_duration(text: str) -> bool:
    try:
        seconds_of(text)
    except ValueError:
        return False
    return True


def _place(alert: Alert) -> str:
    return f"{alert.name} in families/{alert.family}.py" + (f" for {alert.service}" if alert.service else "")
