"""The Redactor: one policy compiled, the only thing that the encoder, the receiver and the log handlers see."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from otel_kit.errors import PolicyError
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy
from otel_kit.redaction.any_value import AnyValue
from otel_kit.redaction.examples import example_faults, pattern_faults
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.key_plans import KeyPlans
from otel_kit.redaction.known_attributes import MOST_KNOWN, KnownAttributes
from otel_kit.redaction.masks import FAILED, PLACEHOLDERS, marker
from otel_kit.redaction.prefilter.engines import Engine, EngineName
from otel_kit.redaction.pseudonyms import PseudonymKeys
from otel_kit.redaction.rules import CompiledRule, compile_rule
from otel_kit.redaction.strings import Strings
from otel_kit.redaction.texts.cookies import RULE_ID as COOKIE
from otel_kit.redaction.texts.json_skim import JsonSkim
from otel_kit.redaction.texts.sql import RULE_ID as SQL_LITERAL
from otel_kit.redaction.treatments import Kinds, TextTreatments
from otel_kit.redaction.walk import Visit, Walker, printed

__all__ = ["AnyValue", "Redactor", "compile_policy", "default_redactor"]

_OWN = (SQL_LITERAL, COOKIE)
_SHIPPED = "otel_kit/policy/packs/"


class Redactor:
    """A compiled policy. Immutable and thread-safe; its methods are total: they never raise, whatever comes in.

    What comes back holds only None, bool, int of 64 bits, float, str of valid UTF-8, bytes, list and dict with text
    keys. Redacting it again alters nothing and finds nothing.
    """

    def __init__(self, policy: Policy, rules: Sequence[CompiledRule], pseudonyms: PseudonymKeys | None = None) -> None:
        self.policy = policy
        self.policy_id = policy.id
        self.rules = tuple(rules)
        self.rule_ids = tuple(dict.fromkeys(_ids(policy)))
        markers = _markers(policy)

        def treatments(exceptions: frozenset[str]) -> TextTreatments:
            others = [key for key in policy.keys if key.id not in exceptions]
            names = KeyClasses(others, markers, policy.allow_keys, pseudonyms)
            return TextTreatments(
                self.rules, names, markers, self._walk_json, self._json_is_clean, self._engine.called, exceptions
            )

        self._engine = Engine()
        base = treatments(frozenset())
        self.scanner = base.scanner
        self._engine.serve(base.scanner.all_steps())

        classes = KeyClasses(policy.keys, markers, policy.allow_keys, pseudonyms)
        self._plans = KeyPlans(classes, policy, markers)
        self._json = JsonSkim(base.scanner, classes, self._plans)
        self._strings = Strings(Kinds(base, treatments))
        self._walker = Walker(self._strings, self._plans)
        self._known = KnownAttributes(self._walker, self._strings, self._plans, base.scanner)

    @property
    def engine(self) -> EngineName:
        """Return which engine proves texts clean now; what comes out is the same with either."""
        return self._engine.name

    def start_engine(
        self,
        choice: Literal["auto", "stdlib", "hyperscan"] = "auto",
        *,
        state_folder: Path | None = None,
        wait: bool = False,
    ) -> None:
        """Let hyperscan take over, if it is installed and wanted, as soon as it has its database.

        That is loaded from ``state_folder``, or compiled by a background thread and kept there for the next process.
        With ``wait`` it is there before this returns. Whatever goes wrong, the standard-library tier goes on.
        """
        if choice != "stdlib":
            self._engine.start(state_folder, wait=wait)

    def wait_ready(self, timeout_s: float = 10.0) -> bool:
        """Wait until the engine that was started is in force or has failed; False if neither happened in time."""
        return self._engine.wait_ready(timeout_s)

    def text(self, text: str, findings: Findings, place: str = "") -> str:
        """Return free text redacted: a log body, span name, status, exception text, stack trace or console line.

        ``place`` says where it stands, for the counts and for rules that are off there.
        """
        findings.place = place
        if type(text) is str:
            return self._strings.redact(self._plans.text_at(place), text, findings)
        shown = self.value("", text, findings)
        return shown if isinstance(shown, str) else self.text(str(shown), findings, place)

    def value(self, key: str, value: object, findings: Findings) -> AnyValue:
        """Return one attribute's value: first what the key's class says, then its structure, then the value rules."""
        try:
            name = key if type(key) is str else printed(key)
            return self._walker.value(name, value, Visit(findings))
        except Exception:
            findings.errors += 1
            return FAILED

    def attributes(self, attributes: Mapping[str, object] | None, findings: Findings) -> dict[str, AnyValue]:
        """Return attributes with keys and values redacted, in their order; None comes back as an empty dict.

        An attribute whose key class says ``drop`` is not among them.
        """
        if attributes is None:
            return {}
        try:
            redacted = self._known.redact([*islice(attributes.items(), MOST_KNOWN + 1)], findings)
            if redacted is None:
                redacted = self._walker.members(attributes.items(), "", Visit(findings), 0)
            return redacted
        except Exception:
            findings.errors += 1
            return {}

    def _json_is_clean(self, text: str, called: Collection[int]) -> bool:
        return self._json.is_clean(text, called)

    def _walk_json(self, content: Any, findings: Findings) -> AnyValue:
        return self._walker.value("", content, Visit(findings))


def _ids(policy: Policy) -> list[str]:
    floor = [] if policy.minimum_class == "internal" else [policy.minimum_class]
    return [*(rule.id for rule in policy.rules), *(key.id for key in policy.keys), *floor, *_OWN]


def _markers(policy: Policy) -> frozenset[str]:
    return PLACEHOLDERS.union(map(marker, _ids(policy)))


def compile_policy(policy: Policy, pseudonyms: PseudonymKeys | None = None, *, check_shipped: bool = False) -> Redactor:
    """Return the Redactor of ``policy``.

    The examples of shipped rules are checked by the kit's tests; ``check_shipped`` does it here again.

    Raises:
        PolicyError: a pattern outside of the RE2 subset, an example that does not become what it says, a
            counter-example that is altered. Every fault is listed.
    """
    own = {rule.id for rule in policy.rules if check_shipped or not rule.origin.startswith(_SHIPPED)}
    faults = [fault for rule in policy.rules if rule.id in own for fault in pattern_faults(rule)]
    if faults:
        raise PolicyError(faults)
    markers = _markers(policy)
    allowed = [value.lower() for value in policy.allow_values]
    compiled = [compile_rule(rule, markers, allowed, pseudonyms) for rule in policy.rules]
    faults = [fault for rule in compiled if rule.id in own for fault in example_faults(rule)]
    if faults:
        raise PolicyError(faults)
    return Redactor(policy, compiled, pseudonyms)


@functools.cache
def default_redactor() -> Redactor:
    """Return the Redactor of the shipped policy, compiled once per process."""
    return compile_policy(load_policy())
