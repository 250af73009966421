"""A rule of the viewer's own policy as the page shows it: what it finds, what it does, and where it does nothing."""

from __future__ import annotations

from typing import Any

from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.redaction.redactor import Redactor
from otel_kit.redaction.texts import cookies, sql

# What no policy file names: handlers of structured values, the class of unnamed keys, a failed scan.
_BUILT_IN = {
    sql.RULE_ID: "A literal in SQL: values of a statement go, its shape stays.",
    cookies.RULE_ID: "The value of a cookie; its name stays.",
    "confidential": "A key that no list of the policy names, where the minimum class is confidential.",
    "restricted": "A key that no list of the policy names, where the minimum class is restricted.",
    "error": "A value that could not be scanned, and was dropped so that it does not leave raw.",
}


def describe_rule(redactor: Redactor, rule_id: str) -> dict[str, Any]:
    """Return all there is to know about a rule or key class; ``kind`` is ``unknown`` if this policy has none such.

    A mark may come from a service with a policy of its own, so that an unknown id is nothing wrong.
    """
    policy = redactor.policy
    found = {"id": rule_id, "policy": redactor.policy_id, "allowed_at": _allowed_at(policy, rule_id)}
    for rule in policy.rules:
        if rule.id == rule_id:
            return found | _rule(rule)
    for key_class in policy.keys:
        if key_class.id == rule_id:
            return found | _key_class(key_class)
    if rule_id in _BUILT_IN:
        return found | {"kind": "built-in", "description": _BUILT_IN[rule_id]}
    return found | {"kind": "unknown", "description": ""}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "kind": "rule",
        "description": rule.description,
        "pack": rule.pack,
        "source": rule.source,
        "action": rule.action,
        "keep": rule.keep,
        "fallback": rule.fallback,
        "mode": rule.mode,
        "pattern": rule.pattern,
        "validator": rule.validator,
        "literals": list(rule.literals),
        "context": list(rule.context),
        "examples": [list(pair) for pair in rule.examples],
        "counter_examples": list(rule.counter_examples),
    }


def _key_class(key_class: KeyClass) -> dict[str, Any]:
    return {
        "kind": "key class",
        "description": key_class.description,
        "class": key_class.data_class,
        "action": key_class.action,
        "keep": key_class.keep,
        "fallback": key_class.fallback,
        "mode": key_class.mode,
        "scope": key_class.scope,
        "words": list(key_class.words),
        "endings": list(key_class.endings),
        "exact": list(key_class.exact),
    }


def _allowed_at(policy: Policy, rule_id: str) -> list[str]:
    return [key for name, keys in policy.allow_rules if name == rule_id for key in keys]
