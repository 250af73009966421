"""Runbooks tell people at night what to type: every metric, command, variable and other alert in them exists."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from otel_kit.cli import build_parser
from otel_kit.errors import OtelKitError
from otel_kit.stack import assets, catalogue
from otel_kit.stack.alerting import thresholds
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.variables import VARIABLES

FOLDER = assets.root() / "alerts" / "runbooks"
RUNBOOKS = sorted(path.stem for path in FOLDER.glob("*.md"))
ALERTS = {rule.name for rules in FAMILIES.values() for rule in rules}
# What only a call or a range can be: a name alone may be a label, a threshold or a setting.
QUERY = re.compile(
    r"\b(?:rate|increase|sum|topk|count|group|max|min|histogram_quantile|time)\b.*[({]|\w\{.*\}|_total\b"
)
LOGQL = re.compile(r"[|]|count_over_time|event_category=")
# Words in capitals stand for what the reader fills in.
PLACE = re.compile(r"[A-Z_]+")
VARIABLE = re.compile(r"\b(?:STACK|OTELCOL)_[A-Z_]*[A-Z]\b")
# Two humps at least, so that Prometheus and Grafana are none.
NAME = re.compile(r"\b(?:[A-Z][a-z0-9]+){3,}\b")


@pytest.mark.parametrize("name", RUNBOOKS)
def test_what_a_runbook_names_exists(name: str) -> None:
    """Nothing in it leads nowhere; what is tuned is a threshold or a key that the declaration knows."""
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]

    unknown = {
        "metrics": [one for span in spans for one in unknown_metrics(span)],
        "commands": [span for span in spans if span.startswith("otel-kit ") and not is_command(span.split()[1:])],
        "variables": sorted(set(VARIABLE.findall(text)) - {variable.name for variable in VARIABLES} - families(text)),
        "alerts": sorted(set(NAME.findall(text)) - ALERTS),
        "thresholds": [one for one in re.findall(r"`(\w+)` \(\d", text.partition("## Tune")[2]) if is_unknown(one)],
    }

    assert {what: names for what, names in unknown.items() if names} == {}


def test_there_is_none_without_a_rule() -> None:
    """The other way round is said when the rules are checked."""
    assert set(RUNBOOKS) <= ALERTS


def unknown_metrics(span: str) -> Iterator[str]:
    """Yield the metrics of a query that nothing emits; other texts have none."""
    if not QUERY.search(span) or LOGQL.search(span) or span.startswith(("otel-kit ", "docker ", "curl ")):
        return
    try:
        names = catalogue.metrics_in(span)
    except OtelKitError:  # a part of a query, or another language
        return
    yield from (name for name in sorted(names - catalogue.known().keys()) if not PLACE.fullmatch(name))


def is_command(words: list[str]) -> bool:
    """Return whether there is such a command, and whether it has these options."""
    parser = build_parser()
    while groups := [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]:
        if not words or words[0] not in groups[0].choices:
            return not words
        parser = groups[0].choices[words.pop(0)]
    options = {option for action in parser._actions for option in action.option_strings}
    return all(word in options for word in words if word.startswith("--"))


def families(text: str) -> set[str]:
    """Return variables of which a name stands for several: STACK_NAME_MEMORY."""
    return {name for name in VARIABLE.findall(text) if "NAME" in name}


def is_unknown(name: str) -> bool:
    """Return whether a name is neither a threshold nor a variable."""
    return name not in thresholds.load() and not VARIABLE.fullmatch(name)
