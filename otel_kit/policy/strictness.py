"""Whether a user's layer only made the shipped policy stricter: what it masks is still masked, at least as much."""

from __future__ import annotations

from collections.abc import Iterator

from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.policy.vocabulary import MINIMUM_CLASSES, action_rank

_SAME = ("pattern", "group", "literals")  # two patterns cannot be compared: another one may find less


def loosened(base: Policy, policy: Policy) -> tuple[str, ...]:
    """Return what in ``policy`` may let pass what ``base`` masks, each as a sentence's end; empty: only stricter."""
    return tuple(_rules(base, policy)) + tuple(_keys(base, policy)) + tuple(_lists(base, policy))


def _rules(base: Policy, policy: Policy) -> Iterator[str]:
    rules = {rule.id: rule for rule in policy.rules}
    for old in base.rules:
        new = rules.get(old.id)
        if new is None:
            yield f"rule {old.id} is switched off"
            continue
        for name in _SAME:
            if getattr(old, name) != getattr(new, name):
                yield f"rule {old.id} has another {name}"
        if new.validator not in (None, old.validator):
            yield f"rule {old.id} has another validator"
        if new.context and not (old.context and set(new.context) >= set(old.context)):
            yield f"rule {old.id} wants other context words"
        if not set(new.encodings) >= set(old.encodings):
            yield f"rule {old.id} looks into fewer encodings"
        yield from _treatment(f"rule {old.id}", old, new)


def _keys(base: Policy, policy: Policy) -> Iterator[str]:
    keys = {key.id: key for key in policy.keys}
    for old in base.keys:
        new = keys.get(old.id)
        if new is None:
            yield f"key class {old.id} is switched off"
            continue
        for name in ("words", "endings", "exact"):
            if not set(getattr(new, name)) >= set(getattr(old, name)):
                yield f"key class {old.id} has fewer {name}"
        if new.scope not in (old.scope, "any"):
            yield f"key class {old.id} holds in fewer places"
        yield from _treatment(f"key class {old.id}", old, new)


def _treatment(name: str, old: Rule | KeyClass, new: Rule | KeyClass) -> Iterator[str]:
    if old.mode == "enforce" and new.mode == "report":
        yield f"{name} only reports"
    if new.action != old.action and action_rank(new.action) <= action_rank(old.action):
        yield f"{name} has the action {new.action} in the place of {old.action}"
    if new.action == old.action == "truncate" and new.keep > old.keep:
        yield f"{name} keeps more"
    if new.action == "pseudonym" and (old.action, old.fallback) != ("pseudonym", "keep") and new.fallback == "keep":
        yield f"{name} keeps values while no key is set"


def _lists(base: Policy, policy: Policy) -> Iterator[str]:
    for name in ("public", "allow_keys", "allow_values"):
        more = [entry for entry in getattr(policy, name) if entry not in getattr(base, name)]
        if more:
            yield f"{name.replace('allow_', 'allow.')} has {', '.join(more)}"
    allowed = [rule for rule, keys in policy.allow_rules if not set(keys) <= set(dict(base.allow_rules).get(rule, ()))]
    if allowed:
        yield f"allow.rules has {', '.join(allowed)}"
    if policy.minimum_class != MINIMUM_CLASSES[0] and set(policy.internal) - set(base.internal):
        yield "internal has more keys"
    if policy.structured != base.structured:
        yield "structured has other keys"
    if MINIMUM_CLASSES.index(policy.minimum_class) < MINIMUM_CLASSES.index(base.minimum_class):
        yield "minimum_class is lower"
    for data_class, action in base.classes:
        if action_rank(policy.action_of(data_class)) < action_rank(action):
            yield f"data class {data_class} has the action {policy.action_of(data_class)}"
