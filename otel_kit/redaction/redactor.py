"""The Redactor: one policy compiled, the only thing that the encoder, the receiver and the log handlers see."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from otel_kit.errors import Fault, PolicyError
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy, Rule
from otel_kit.policy.re2 import complaints
from otel_kit.redaction.any_value import AnyValue
from otel_kit.redaction.cookies import RULE_ID as COOKIE
from otel_kit.redaction.cookies import redact_cookies, redact_set_cookie
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.json_text import looks_like_json, redact_json
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.key_plans import ALLOWED, TEXT, KeyPlans
from otel_kit.redaction.key_values import KeyValues
from otel_kit.redaction.masks import FAILED, PLACEHOLDERS, ip, marker
from otel_kit.redaction.rules import CompiledRule, compile_rule
from otel_kit.redaction.scanner import Scanner
from otel_kit.redaction.sql import RULE_ID as SQL_LITERAL
from otel_kit.redaction.sql import redact_sql
from otel_kit.redaction.strings import Strings
from otel_kit.redaction.urls import EncodedRuns, Urls
from otel_kit.redaction.walk import Visit, Walker, printed

__all__ = ["AnyValue", "Redactor", "compile_policy", "default_redactor"]

ADDRESS = "address"
_JSON_DEPTH = 3  # JSON in JSON in JSON; deeper it is scanned as text


class Redactor:
    """A compiled policy. Immutable and thread-safe; its methods are total: they never raise, whatever comes in.

    What comes back holds only None, bool, int of 64 bits, float, str of valid UTF-8, bytes, list and dict with text
    keys. Redacting it again alters nothing and finds nothing.
    """

    def __init__(self, policy: Policy, rules: Iterable[CompiledRule], markers: frozenset[str]) -> None:
        compiled = tuple(rules)
        self.policy_id = policy.id
        self.rule_ids = tuple(dict.fromkeys([*(rule.id for rule in compiled), *(key.id for key in policy.keys), *_OWN]))
        classes = KeyClasses(policy.keys, markers, policy.allow_keys)
        names = KeyValues(classes)
        urls = Urls(classes, Scanner([names, *compiled]).scan)
        self._scanner = Scanner([names, *compiled, EncodedRuns(urls)])
        self._markers = markers
        self._urls = urls
        self._strings = Strings(
            {
                TEXT: self._treat_text,
                ALLOWED: lambda text, _findings: text,
                ADDRESS: self._treat_address,
                "url": lambda text, findings: urls.url(self._treat_text(text, findings), findings),
                "query": lambda text, findings: urls.query(self._treat_text(text, findings), findings),
                "path": lambda text, findings: urls.url(self._treat_text(text, findings), findings),
                "sql": self._treat_sql,
                "cookie": lambda text, findings: redact_cookies(text, findings, markers),
                "set_cookie": lambda text, findings: redact_set_cookie(text, findings, markers),
            }
        )
        self._walker = Walker(self._strings, KeyPlans(classes, policy.closed, policy.structured))

    def text(self, text: str, findings: Findings) -> str:
        """Return free text redacted: a log body, span name, status, exception text, stack trace or console line."""
        if type(text) is str:
            return self._strings.redact(TEXT, text, findings)
        shown = self.value("", text, findings)
        return shown if isinstance(shown, str) else self.text(str(shown), findings)

    def value(self, key: str, value: object, findings: Findings) -> AnyValue:
        """Return one attribute's value: first what the key's class says, then its structure, then the value rules."""
        try:
            name = key if type(key) is str else printed(key)
            return self._walker.value(name, value, Visit(findings))
        except Exception:
            findings.errors += 1
            return FAILED

    def attributes(self, attributes: Mapping[str, object] | None, findings: Findings) -> dict[str, AnyValue]:
        """Return attributes with keys and values redacted, in their order; None comes back as an empty dict."""
        if attributes is None:
            return {}
        try:
            return self._walker.members(attributes.items(), "", Visit(findings), 0)
        except Exception:
            findings.errors += 1
            return {}

    def _treat_text(self, text: str, findings: Findings) -> str:
        if looks_like_json(text):
            text = redact_json(text, findings, self._walk_json)
        return self._scanner.scan(text, findings)

    def _walk_json(self, content: Any, findings: Findings) -> AnyValue:
        return self._walker.value("", content, Visit(findings))

    def _treat_sql(self, text: str, findings: Findings) -> str:
        if not looks_like_json(text):
            text = redact_sql(text, findings)
        return self._treat_text(text, findings)

    def _treat_address(self, text: str, findings: Findings) -> str:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return self._treat_text(text, findings)
        masked = ip(text)
        if masked != text:
            findings.hit("ip")
        return masked


_OWN = (SQL_LITERAL, COOKIE)


def compile_policy(policy: Policy) -> Redactor:
    """Return the Redactor of ``policy``.

    Raises:
        PolicyError: a pattern outside of the RE2 subset, an example that does not become what it says, a
            counter-example that is altered. Every fault is listed.
    """
    faults = [
        Fault(rule.origin or rule.id, f"rule {rule.id}: {what}")
        for rule in policy.rules
        for what in complaints(rule.pattern)
    ]
    if faults:
        raise PolicyError(faults)
    ids = [*(rule.id for rule in policy.rules), *(key.id for key in policy.keys), *_OWN]
    markers = PLACEHOLDERS.union(map(marker, ids))
    compiled = [compile_rule(rule, markers, [value.lower() for value in policy.allow_values]) for rule in policy.rules]
    for rule, one in zip(policy.rules, compiled, strict=True):
        faults += _example_faults(rule, one)
    if faults:
        raise PolicyError(faults)
    return Redactor(policy, compiled, markers)


@functools.cache
def default_redactor() -> Redactor:
    """Return the Redactor of the shipped policy, compiled once per process."""
    return compile_policy(load_policy())


def _example_faults(rule: Rule, compiled: CompiledRule) -> Iterable[Fault]:
    for text, wanted in rule.examples:
        got = compiled.apply(text, Findings())
        if got != wanted:
            yield Fault(
                rule.origin or rule.id, f"rule {rule.id}: example {text!r} becomes {got!r}", f"{wanted!r} is wanted"
            )
        elif compiled.apply(got, Findings()) != got:
            yield Fault(
                rule.origin or rule.id,
                f"rule {rule.id}: the result {got!r} is found again",
                "a mask must hide its value",
            )
    for text in rule.counter_examples:
        got = compiled.apply(text, Findings())
        if got != text:
            yield Fault(
                rule.origin or rule.id, f"rule {rule.id}: counter-example {text!r} becomes {got!r}", "it must stay"
            )
