"""A user's policy file under examination: every fault at once, and what is no fault but should be known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from otel_kit.errors import ConfigError, Fault
from otel_kit.policy.hostile_run import measured_reasons
from otel_kit.policy.layers import merged
from otel_kit.policy.load import merge_policies, shipped_documents
from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.policy.strictness import loosened
from otel_kit.redaction.examples import example_faults
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.key_plans import ALLOWED, PUBLIC, TEXT, KeyPlans
from otel_kit.redaction.redactor import Redactor, compile_policy
from otel_kit.redaction.rules import CompiledRule, compile_rule
from otel_kit.settings.document import Document, read_document

_NOTHING = "nothing proves it"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a policy file (``faults``), what should be known of it (``notes``), and what it makes."""

    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()
    policy: Policy | None = None


def diagnose(path: Path) -> Diagnosis:
    """Return everything that is wrong with the policy file at ``path``, which is merged over the shipped policy.

    Runs every example and tries hostile texts: takes a second or some more, and never raises.
    """
    faults: list[Fault] = []
    try:
        document = read_document(path, faults)
    except ConfigError as error:
        return Diagnosis(error.faults)
    shipped = shipped_documents()
    policy = merged([*shipped, document], faults)
    complete = not faults
    own = _Own.of(document, policy)
    compiled = {rule.id: _compiled(rule, policy) for rule in own.rules}
    for rule in own.rules:
        faults += example_faults(compiled[rule.id])
        faults += _slow(rule)
    wrong = {fault.where for fault in faults}
    usable = replace(
        policy, rules=tuple(rule for rule in policy.rules if rule.id not in compiled or rule.origin not in wrong)
    )
    redactor = compile_policy(usable)
    notes: list[Fault] = []
    known = {name for pack in shipped for name in pack.data.get("rules") or {}}
    for rule in own.rules:
        if rule in usable.rules:
            _shadowed(rule, redactor, faults, notes)
            notes += _rule_notes(compiled[rule.id], is_new=rule.id not in known)
    for key_class in own.keys:
        _shadowed_class(key_class, policy, faults, notes)
    if complete:
        base = merge_policies(shipped)
        policy = replace(policy, base_id=base.id, loosened=loosened(base, policy))
        notes += (Fault(document.name, what, "less strict than the shipped policy") for what in policy.loosened)
        notes += _allow_notes(document, usable)
    return Diagnosis(tuple(sorted(faults, key=_line)), tuple(sorted(notes, key=_line)), policy)


@dataclass(frozen=True, slots=True)
class _Own:
    """The rules and key classes that the user's file names."""

    rules: tuple[Rule, ...]
    keys: tuple[KeyClass, ...]

    @classmethod
    def of(cls, document: Document, policy: Policy) -> _Own:
        named = document.data if isinstance(document.data, dict) else {}
        rules, keys = (named.get(section) or {} for section in ("rules", "keys"))
        return cls(
            tuple(rule for rule in policy.rules if isinstance(rules, dict) and rule.id in rules),
            tuple(key for key in policy.keys if isinstance(keys, dict) and key.id in keys),
        )


def _line(fault: Fault) -> tuple[str, int]:
    name, _, line = fault.where.rpartition(":")
    return (name, int(line)) if line.isdigit() else (fault.where, 0)


def _compiled(rule: Rule, policy: Policy) -> CompiledRule:
    return compile_rule(rule, (), [value.lower() for value in policy.allow_values])


def _refusable(rule: Rule) -> bool:
    return bool(rule.validator or rule.context or rule.literals)


def _slow(rule: Rule) -> Iterator[Fault]:
    texts = [*(text for text, _ in rule.examples), *rule.counter_examples]
    for reason in measured_reasons(rule.pattern, texts, refusable=_refusable(rule)):
        yield Fault(rule.origin, f"the pattern of rule {rule.id} {reason}", "a few us for each character are possible")


def _shadowed(rule: Rule, redactor: Redactor, faults: list[Fault], notes: list[Fault]) -> None:
    """Try the rule's examples on the whole policy: who produces what comes out?"""
    takers: dict[str, list[str]] = {}
    for text, _ in rule.examples:
        findings = Findings()
        redactor.text(text, findings)
        acted = {*findings.hits, *findings.reported}
        if rule.id not in acted:
            takers[text] = sorted(acted)
    if not takers:
        return
    names = sorted({taker for takers_of_one in takers.values() for taker in takers_of_one})
    if len(takers) == len(rule.examples):
        faults.append(
            Fault(
                rule.origin, f"rule {rule.id} is shadowed and never acts: {_taken(names, redactor.policy)}", mend=_MEND
            )
        )
        return
    for text, others in takers.items():
        what = f"rule {rule.id} does not act on its example {text!r}: {_taken(others, redactor.policy)}"
        notes.append(Fault(rule.origin, what))


_MEND = "Name one of those in your file and change it there, or make the patterns exclude each other."


def _taken(names: Collection[str], policy: Policy) -> str:
    if not names:
        return "in the whole policy nothing happens to its examples"
    rows: tuple[Rule | KeyClass, ...] = (*policy.rules, *policy.keys)
    origins = {row.id: row.origin for row in rows}
    shown = [f"{name} ({origins[name]})" if origins.get(name) else name for name in names]
    return f"its examples are taken before by {' and '.join(shown)}"


def _rule_notes(compiled: CompiledRule, *, is_new: bool) -> Iterator[Fault]:
    rule = compiled.rule
    if is_new and not rule.examples:
        yield Fault(rule.origin, f"rule {rule.id} has no examples", _NOTHING)
    if is_new and not rule.counter_examples:
        yield Fault(
            rule.origin, f"rule {rule.id} has no counter-examples", "nothing shows that it leaves clean text alone"
        )
    if not compiled.needles:
        what = f"rule {rule.id} is looked for in every text, since no literal must be in it"
        yield Fault(rule.origin, what, "slower; a word before the value, or literals, would help")
    if rule.mode == "report":
        yield Fault(rule.origin, f"rule {rule.id} only reports", "what it finds goes out as it is")


def _shadowed_class(key_class: KeyClass, policy: Policy, faults: list[Fault], notes: list[Fault]) -> None:
    in_query = key_class.scope == "query"
    classes = KeyClasses(policy.keys, frozenset(), policy.allow_keys)
    plans = KeyPlans(classes, policy, frozenset())
    takers: dict[str, str] = {}
    names = [*key_class.words, *key_class.endings, *key_class.exact]
    for name in names:
        key = name.replace(" ", "_")
        key = f"{key[:-1]}x" if key.endswith("*") else key
        found = classes.named(key, in_query=in_query)
        kind = plans.of(key).kind.partition(" ")[0]
        if kind in (ALLOWED, PUBLIC) or (kind != TEXT and not in_query):
            takers[name] = f"the key is {kind}"
        elif found is None or found.id != key_class.id:
            takers[name] = f"key class {found.id} takes it" if found else "no class is told by it"
    if takers and len(takers) == len(names):
        why = ", ".join(sorted(set(takers.values())))
        faults.append(
            Fault(key_class.origin, f"key class {key_class.id} is shadowed and never acts: {why}", mend=_MEND_CLASS)
        )
        return
    for name, why in takers.items():
        notes.append(Fault(key_class.origin, f"key class {key_class.id} does not act on {name!r}: {why}"))


_MEND_CLASS = "The first class, public key, structured key or allow entry that names a key has it."


def _allow_notes(document: Document, policy: Policy) -> Iterator[Fault]:
    allow = document.data.get("allow") if isinstance(document.data, dict) else None
    if not isinstance(allow, dict):
        return
    redactor = compile_policy(replace(policy, allow_values=()))
    for index, value in enumerate(_texts(allow.get("values"))):
        if redactor.text(value, Findings()) == value:
            where = document.where("allow", "values", index)
            yield Fault(
                where, f"allow.values names {value!r}, which no rule finds as it stands alone", "it may do nothing"
            )
    rules = allow.get("rules")
    present = {rule.id for rule in policy.rules} | {key.id for key in policy.keys}
    classes = KeyClasses(policy.keys, frozenset())
    plans = KeyPlans(KeyClasses(policy.keys, frozenset(), policy.allow_keys), policy, frozenset())
    for rule, keys in rules.items() if isinstance(rules, dict) else ():
        where = document.where("allow", "rules", rule)
        if rule not in present:
            yield Fault(where, f"allow.rules names {rule}, which is switched off", "it does nothing")
            continue
        for key in _texts(keys):
            found = classes.named(key)
            if any(rule == row.id for row in policy.keys) and (found is None or found.id != rule):
                yield Fault(where, f"allow.rules names {key!r}, which is no key of class {rule}", "it does nothing")
            elif plans.of(key).kind in (ALLOWED, PUBLIC):
                yield Fault(where, f"allow.rules names {key!r}, which no rule looks at anyway", "it does nothing")
            elif found is not None and found.id != rule and found.action != "keep" and not found.reports:
                what = f"allow.rules names {key!r}, whose whole value key class {found.id} masks"
                yield Fault(where, what, f"allow {found.id} there as well")


def _texts(value: object) -> Iterable[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
