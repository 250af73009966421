"""Why a text becomes what it becomes: who found what where, and what was nearly found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.key_plans import ALLOWED, EXCEPT, PUBLIC, TEXT, KeyPlans
from otel_kit.redaction.masks import MARKER_START
from otel_kit.redaction.redactor import Redactor
from otel_kit.redaction.rules import CONTEXT_CHARACTERS, CompiledRule
from otel_kit.redaction.texts.key_values import KeyValues

_SHOWN_WORDS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """One place of the text that a rule or key class looked at.

    ``start`` and ``end`` count characters of the text; both are None if the value was found in a decoded part of it.
    ``outcome``: ``masked``, ``reported`` (counted and left), ``allowed``, ``masked before`` (somebody else took it) or
    ``refused`` (it only looked like a value); ``why`` says so in words.
    """

    id: str
    start: int | None
    end: int | None
    outcome: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of a text, and why."""

    result: str
    found: tuple[Found, ...]
    refused: tuple[Found, ...] = ()


def explain_text(redactor: Redactor, text: str, key: str | None = None) -> Explanation:
    """Return what ``redactor`` makes of ``text``, as log text or as the value of the attribute ``key``."""
    findings = Findings()
    result = redactor.text(text, findings) if key is None else str(redactor.value(key, text, findings))
    found: list[Found] = []
    refused: list[Found] = []
    classes = _classes(redactor.policy)
    whole = classes.named(key) if key is not None else None
    if whole is not None and (whole.id in findings.hits or whole.id in findings.reported):
        outcome = "masked" if whole.id in findings.hits else "reported"
        found.append(Found(whole.id, 0, len(text), outcome, f"the key {key} belongs to this class"))
    else:
        for start, end, one in KeyValues(classes).values(text):
            outcome = "reported" if one.reports else "masked" if one.id in findings.hits else "allowed"
            found.append(Found(one.id, start, end, outcome, "the name beside the value belongs to this class"))
    for rule in redactor.rules:
        for start, end, why in _candidates(rule, text):
            if why:
                refused.append(Found(rule.id, start, end, "refused", why))
            else:
                found.append(_outcome(rule, text, start, end, findings, found))
    seen = {one.id for one in found}
    for name in {**findings.hits, **findings.reported}:
        if name not in seen:
            outcome = "masked" if name in findings.hits else "reported"
            found.append(Found(name, None, None, outcome, "in a decoded or structured part"))
    taken = [(one.start, one.end) for one in found if one.outcome == "masked"]
    refused = [one for one in refused if one.id not in findings.hits and not _inside(one, taken)]
    found.sort(key=lambda one: (one.start is None, one.start or 0))
    return Explanation(result, tuple(found), tuple(refused))


def explain_key(redactor: Redactor, key: str) -> str:
    """Return in one sentence what the policy says of an attribute's key."""
    policy = redactor.policy
    classes = _classes(policy)
    if classes.allows(key):
        return f"{key} is in allow.keys: its values go out as they are."
    plan = KeyPlans(classes, policy, frozenset()).of(key)
    found = classes.named(key)
    kind, _, exceptions = plan.kind.partition(EXCEPT)
    without = f" Off for it: {exceptions.replace('+', ', ')} (allow.rules)." if exceptions else ""
    if kind == PUBLIC:
        return f"{key} is public: its values come from a closed domain and are not scanned."
    if kind not in (TEXT, ALLOWED):
        return f"{key} is structured as {kind}: its values are taken apart, then searched by all rules.{without}"
    if plan.key_class is not None and plan.key_class.floor:
        return (
            f"{key} is named by no list, so it has the minimum class {policy.minimum_class}: {plan.key_class.action}."
        )
    if plan.key_class is not None:
        return f"{key} belongs to key class {plan.key_class.id}: every value is masked ({plan.key_class.action})."
    if plan.reports is not None:
        return f"{key} belongs to key class {plan.reports.id}, which only reports: values are counted and left."
    if found is not None and found.action == "keep":
        return f"{key} belongs to key class {found.id}, which keeps its values; all rules look into them.{without}"
    return f"{key} has no class: its values are searched by all rules.{without}"


def row_of(policy: Policy, name: str) -> Rule | KeyClass | None:
    """Return the rule or key class of an id, which may come as the marker ``[REDACTED:id]`` that was found."""
    rows: tuple[Rule | KeyClass, ...] = (*policy.rules, *policy.keys)
    name = id_of(name)
    return next((row for row in rows if row.id == name), None)


def id_of(name: str) -> str:
    """Return the id in ``[REDACTED:id]``, or what was given."""
    return name.strip().removeprefix(MARKER_START).removesuffix("]")


def _classes(policy: Policy) -> KeyClasses:
    return KeyClasses(policy.keys, frozenset(), policy.allow_keys)


def _inside(one: Found, ranges: list[tuple[int | None, int | None]]) -> bool:
    return any(
        start is not None and end is not None and one.start is not None and start <= one.start < end
        for start, end in ranges
    )


def _candidates(compiled: CompiledRule, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, why it is refused) of all that the pattern matches; the last is empty for a real value."""
    position = 0
    while (match := compiled.pattern.search(text, position)) is not None:
        start, end = match.span(compiled.rule.group)
        if compiled.is_real(text, match):
            yield start, end, ""
            position = max(end, match.start() + 1)
        else:
            yield start, end, _refusal(compiled, text, match)
            position = max(match.end(), match.start() + 1)  # one near miss for each place is enough


def _refusal(compiled: CompiledRule, text: str, match: re.Match[str]) -> str:
    rule = compiled.rule
    start, end = match.span(rule.group)
    if rule.literals and not any(literal in match[0] for literal in rule.literals):
        return f"it holds none of the literals {_some(rule.literals)}"
    if compiled.valid is not None and not compiled.valid(text, start, end):
        return f"the validator {rule.validator} refuses it (check digits, ranges or neighbours)"
    return f"none of the words {_some(rule.context)} stands within the {CONTEXT_CHARACTERS} characters before it"


def _some(words: tuple[str, ...]) -> str:
    return ", ".join(words[:_SHOWN_WORDS]) + (", ..." if len(words) > _SHOWN_WORDS else "")


def _outcome(compiled: CompiledRule, text: str, start: int, end: int, findings: Findings, before: list[Found]) -> Found:
    name, found = compiled.id, text[start:end]
    if compiled.kept(found):
        return Found(name, start, end, "allowed", "it is in allow.values, or a marker")
    other = next(
        (one for one in before if one.outcome == "masked" and one.start is not None and one.end is not None
         and one.start < end and start < one.end), None,
    )  # fmt: skip
    if other is not None:
        return Found(name, start, end, "masked before", f"{other.id} takes it first")
    if compiled.rule.mode == "report":
        return Found(name, start, end, "reported", "the rule is in report mode")
    if name in findings.hits:
        return Found(name, start, end, "masked", compiled.rule.description)
    if compiled.mask(found) == found:
        return Found(name, start, end, "allowed", "it is masked already")
    return Found(name, start, end, "allowed", "the rule is off for this key, or the key is not searched")
