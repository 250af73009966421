"""The tables of docs/alert-rules.md: the rules by family, and the thresholds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from otel_kit.stack.alerting.declaration import load
from otel_kit.stack.alerting.expansion import places_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.places import filled
from otel_kit.stack.alerting.rule import SEVERITIES
from otel_kit.stack.alerting.thresholds import Threshold

_LABEL = re.compile(r"\{\{ *\$labels\.(\w+)[^}]*\}\}")
# Over what rates are taken says nothing about a rule.
_EVERYWHERE = {"rate_window"}
_TEMPLATE = re.compile(r"\{\{[^}]*\}\}")


def rules() -> Iterator[str]:
    """Yield what can fire: how bad it is, for how long it has to last, what it says, which values decide it."""
    thresholds = load(None).thresholds
    words = {name: one.in_words for name, one in thresholds.items()}
    every = [rule for members in FAMILIES.values() for rule in members]
    counts = ", ".join(f"{sum(rule.severity == one for rule in every)} {one}" for one in SEVERITIES[:3])
    yield f"{len(every)} rules in {len(FAMILIES)} families: {counts}, and one that always fires."
    for family, members in FAMILIES.items():
        yield from ("", f"### {family}", "", "| rule | severity | for | says | decided by |", "|---|---|---|---|---|")
        for rule in members:
            said = _TEMPLATE.sub("*n*", _LABEL.sub(r"*\1*", rule.summary)).replace("|", "/")
            used = sorted((places_of(rule) & words.keys()) - _EVERYWHERE)
            decides = ", ".join(f"`{name}` {words[name]}" for name in used)
            yield f"| {rule.name} | {rule.severity} | {filled(rule.for_, words)} | {filled(said, words)} | {decides} |"


def thresholds() -> Iterator[str]:
    """Yield every threshold with its value; **S**: a service may have its own."""
    yield "| threshold | value | meaning |"
    yield "|---|---|---|"
    for one in load(None).thresholds.values():
        yield f"| `{one.name}`{_mark(one)} | {one.in_words} | {one.meaning} |"


def _mark(one: Threshold) -> str:
    return " **S**" if one.per_service else ""
