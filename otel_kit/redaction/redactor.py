"""The Redactor: one compiled policy."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TypeAlias, Union

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy
from otel_kit.redaction.findings import Findings

AnyValue: TypeAlias = Union[  # noqa: UP007 - a recursive alias needs the name as text
    None, bool, int, float, str, bytes, "list[AnyValue]", "dict[str, AnyValue]"
]

_FAILED = "[REDACTED:error]"


class Redactor:
    """Immutable and thread-safe; every method is total."""

    def __init__(self, policy: Policy) -> None:
        self.policy_id = policy.id
        self.rule_ids = tuple(rule.id for rule in policy.rules) + tuple(key.id for key in policy.keys)
        self._rules = [(rule.id, re.compile(rule.pattern, re.ASCII)) for rule in policy.rules]
        self._words = {word: key.id for key in policy.keys for word in key.words}

    def text(self, text: str, findings: Findings) -> str:
        """Return free text with every found value masked."""
        try:
            safe = str(text).encode("utf-8", "backslashreplace").decode()
            for rule_id, pattern in self._rules:
                safe, count = pattern.subn(_masked_email, safe)
                if count:
                    findings.hit(rule_id, count)
        except Exception:
            findings.errors += 1
            return _FAILED
        return safe

    def value(self, key: str, value: object, findings: Findings) -> AnyValue:
        """Return one attribute's value, redacted and fit for OTLP."""
        try:
            return self._value(str(key), value, findings, 0)
        except Exception:
            findings.errors += 1
            return _FAILED

    def attributes(self, attributes: Mapping[str, object] | None, findings: Findings) -> dict[str, AnyValue]:
        """Return attributes with keys and values redacted."""
        try:
            return {
                self.text(str(key), findings): self.value(key, value, findings)
                for key, value in (attributes or {}).items()
            }
        except Exception:
            findings.errors += 1
            return {}

    def _value(self, key: str, value: object, findings: Findings, depth: int) -> AnyValue:
        if isinstance(value, str):
            rule_id = self._words.get(re.split(r"[^a-z0-9]+", key.lower())[-1])
            if rule_id:
                marker = f"[REDACTED:{rule_id}]"
                if value != marker:
                    findings.hit(rule_id)
                return marker
            return self.text(value, findings)
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            return int(value)
        if depth < 16 and isinstance(value, Mapping):
            return {self.text(str(k), findings): self._value(str(k), v, findings, depth + 1) for k, v in value.items()}
        if depth < 16 and isinstance(value, (list, tuple)):
            return [self._value(key, item, findings, depth + 1) for item in value]
        findings.repaired += 1
        return self.text(str(value), findings)


def compile_policy(policy: Policy) -> Redactor:
    """Return the Redactor of ``policy``."""
    return Redactor(policy)


@functools.cache
def default_redactor() -> Redactor:
    """Return the Redactor of the shipped policy, compiled once per process."""
    return compile_policy(load_policy())


def _masked_email(match: re.Match[str]) -> str:
    local, at, domain = match[0].partition("@" if "@" in match[0] else "%40")
    return f"{local[:1]}***{at}{domain}"
