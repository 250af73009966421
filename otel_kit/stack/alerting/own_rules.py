"""A user's own rule file, in the format of Prometheus, checked like the shipped rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.settings.document import Document, Path_, parse_document, read_document
from otel_kit.stack.alerting.checking import Advice, faults_of_query
from otel_kit.stack.alerting.durations import seconds_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.rule import SEVERITIES
from otel_kit.stack.rendering import render

_GROUP: Final = ("name", "interval", "query_offset", "limit", "labels", "rules")
_ALERT: Final = ("alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_RECORD: Final = ("record", "expr", "labels")
_TENANT_FOLDER: Final = "loki"

_Where = Callable[..., str]


def faults_of_rule_file(
    path: Path, metrics: Collection[str], *, queries: bool = True, variables: Mapping[str, str] | None = None
) -> list[Fault]:
    """Return everything that is wrong with a rule file; ``metrics`` are the user's own.

    A file in a folder ``loki`` holds LogQL, of which only the form and the labels of annotations are checked.
    ``queries``: whether PromQL is read, which needs ``promql-parser``. ``variables`` fill in ``${STACK_...}`` before;
    None: the file is taken as it is.

    Raises:
        ConfigError: the file cannot be read, is no YAML or names a variable that is not set.
        OtelKitError: the package ``promql-parser`` is missing.
    """
    faults: list[Fault] = []
    document = read_document(path, faults)
    if variables is not None:  # read from the file first: it says what cannot be read
        faults.clear()
        document = parse_document(render(path.read_text("utf-8"), variables, str(path)), str(path), faults)
    groups = document.data.get("groups") if isinstance(document.data, dict) else None
    if not isinstance(groups, list):
        return [*faults, Fault(document.where(), "is no rule file", "a list `groups` is, as Prometheus has it")]
    # That folder or one in it; further up a user or a project may be called so.
    engine = _TENANT_FOLDER if _TENANT_FOLDER in path.absolute().parts[-3:-1] else "prometheus"
    recorded = {rule["record"] for rule in _rules(groups) if isinstance(rule.get("record"), str)}
    known = (*metrics, *recorded)
    seen: dict[str, str] = {}
    for number, group in enumerate(groups):
        place: Path_ = ("groups", number)
        if not isinstance(group, dict) or not isinstance(group.get("name"), str):
            faults.append(Fault(document.where(*place), "is no group", "a map with name and rules is"))
            continue
        faults += _unknown(document, place, group, _GROUP)
        faults += _durations(document, place, group, ("interval",))
        if (name := group["name"]) in seen:
            faults.append(Fault(document.where(*place), f"names the group {name} again", f"{seen[name]} does already"))
        seen.setdefault(name, document.where(*place))
        rules = group.get("rules")
        if not isinstance(rules, list | None):
            faults.append(Fault(document.where(*place, "rules"), "is no list of rules"))
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            faults += _of_rule(document, (*place, "rules", index), rule, engine, known if queries else None)
    return faults


def recorded_in(path: Path) -> frozenset[str]:
    """Return the names that the rules of a file record; none, if it cannot be read."""
    try:
        data = read_document(path, []).data
    except ConfigError:
        return frozenset()
    groups = data.get("groups") if isinstance(data, dict) else None
    rules = _rules(groups if isinstance(groups, list) else [])
    return frozenset(rule["record"] for rule in rules if isinstance(rule.get("record"), str))


def _rules(groups: list[Any]) -> Iterator[Mapping[str, Any]]:
    for group in groups:
        rules = group.get("rules") if isinstance(group, dict) else None
        yield from (rule for rule in (rules if isinstance(rules, list) else []) if isinstance(rule, dict))


def _of_rule(
    document: Document, place: Path_, rule: Any, engine: str, metrics: Collection[str] | None
) -> Iterator[Fault]:
    where = document.where(*place)
    if not isinstance(rule, dict) or ("alert" in rule) == ("record" in rule):
        yield Fault(where, "is no rule", "a map with expr and either alert or record is")
        return
    kind = "alert" if "alert" in rule else "record"
    yield from _unknown(document, place, rule, _ALERT if kind == "alert" else _RECORD)
    yield from _durations(document, place, rule, ("for", "keep_firing_for"))
    texts = {name: rule.get(name) or {} for name in ("labels", "annotations")}
    for name, found in texts.items():
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            yield Fault(document.where(*place, name), f"has {name} that are not texts", "put numbers in quotes")
            texts[name] = {}
    if not isinstance(rule[kind], str) or not isinstance(rule.get("expr"), str):
        yield Fault(where, "has no name or no query", f"{kind} and expr are texts")
        return
    shipped = {one.name for rules in FAMILIES.values() for one in rules}
    if kind == "alert" and rule["alert"] in shipped:
        yield Advice(document.where(*place, "alert"), f"is named as the shipped rule {rule['alert']}", "",
                     "Choose another name, or change the shipped one in the section alerting.")  # fmt: skip
    severity = texts["labels"].get("severity")
    if kind == "alert" and severity not in SEVERITIES:
        close = nearest(severity, SEVERITIES) if severity else None
        hint = f"did you mean {close}?" if close else f"one of {', '.join(SEVERITIES)} decides who is told"
        yield Advice(document.where(*place, "labels", "severity"), f"has the severity {severity!r}", hint)
    if metrics is not None or engine == _TENANT_FOLDER:
        where = document.where(*place, "expr")
        yield from faults_of_query(where, engine, rule["expr"], texts["annotations"], metrics or ())


def _unknown(document: Document, place: Path_, found: Mapping[str, Any], known: Collection[str]) -> Iterator[Fault]:
    for key in found:
        if key not in known:
            close = nearest(key, known)
            hint = f"did you mean {close}?" if close else f"{', '.join(known)} are"
            yield Fault(document.where(*place, key), f"has the unknown key {key}", hint)


def _durations(document: Document, place: Path_, found: Mapping[str, Any], keys: Collection[str]) -> Iterator[Fault]:
    for key in keys:
        value = found.get(key, "0s")
        try:
            seconds_of(value)
        except (ValueError, TypeError):
            yield Fault(document.where(*place, key), f"has {key}: {value!r}", "a duration such as 5m is needed")
