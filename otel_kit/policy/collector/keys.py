"""Key classes as the Collector does them: patterns for keys, and the values that the SDK leaves under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from otel_kit.policy.collector.patterns import literal
from otel_kit.policy.collector.phrases import GAP, humps, titles, tree
from otel_kit.policy.collector.rules import ValuePattern
from otel_kit.policy.model import KeyClass, Policy
from otel_kit.policy.re2 import FLAGS
from otel_kit.policy.vocabulary import MARKER_PATTERN

_END = GAP + r"(?:[0-9][^A-Za-z]*)?\z"
_ONE_PASS = 700  # letters; Go's one-pass engine takes 1000 instructions

_PARTIAL = {
    "email": r".?\*\*\*(?:@|%40|%2540)[^\s@*\"]{1,255}",
    "card": r"[0-9]{4}-\*{4}-\*{4}-[0-9]{4}",
    "ssn": r"\*{3}-\*\*-[0-9]{4}",
    "phone": r"(?:\+[0-9]{1,3} )?(?:\([0-9]{3}\) )?\*{3}-[0-9]{4}",
    "iban": r"[A-Z]{2}\*\* \*{4} [A-Z0-9]{4}",
    "last4": r"\*{4}[A-Za-z0-9]{4}",
    "pseudonym": r"hmac:[A-Za-z0-9_.-]{1,64}:[A-Za-z0-9_-]{22}",
}
_SCHEME = r"(?:[A-Za-z][A-Za-z0-9-]{2,15} {1,3})?"
# What the SDK writes where something cannot be shown. *Source:* otel_kit/redaction/masks.py.
_PLACES = r"…\[truncated\]|\[too deep\]|\[cycle\]|\[unprintable\]"
_COOKIES = (
    rf"(?:\[\")?[^=;\"\s]{{1,64}}={MARKER_PATTERN}(?:(?:; ?|\",\")(?:[^=;\"\s]{{1,64}}={MARKER_PATTERN}"
    r"|(?i:path|domain|expires|max-age|samesite|httponly|secure|partitioned|priority)(?:=[^=;\"]*)?))*(?:\"\])?"
)


@dataclass(frozen=True, slots=True)
class KeyForms:
    """The key classes that the Collector does; the rest is named with its reason."""

    masked: tuple[KeyClass, ...]
    query: tuple[KeyClass, ...]
    dropped: tuple[KeyClass, ...]
    differs: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]


def key_forms(policy: Policy) -> KeyForms:
    """Return what becomes of each key class."""
    masked: list[KeyClass] = []
    query: list[KeyClass] = []
    dropped: list[KeyClass] = []
    differs: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for one in policy.keys:
        action = one.fallback if one.action == "pseudonym" else one.action
        if one.mode == "report":
            refused.append((one.id, "it is in the mode report, and the Collector cannot count without altering"))
        elif action == "keep":
            if one.action == "pseudonym":
                refused.append((one.id, "a pseudonym needs the SDK's key; without it the class keeps its values"))
        elif one.scope == "query":
            query.append(one)
            differs.append((one.id, "under the keys of URLs only"))
        else:
            masked.append(one)
            if action == "drop":
                dropped.append(one)
            elif one.action == "pseudonym":
                differs.append((one.id, "a pseudonym needs the SDK's key: masked; one that the SDK made stays"))
    if policy.minimum_class != "internal":
        refused.append(("minimum_class", f"{policy.minimum_class}: a key that nothing names is not masked"))
    done = {one.id for one in (*masked, *query)} | {
        rule.id
        for rule in policy.rules
        if rule.mode == "enforce" and (rule.collector is None or rule.collector.pattern)
    }
    differs += [(one, "masked under the keys of allow.rules as well") for one, _ in policy.allow_rules if one in done]
    return KeyForms(tuple(masked), tuple(query), tuple(dropped), tuple(differs), tuple(refused))


def key_patterns(classes: Sequence[KeyClass]) -> list[ValuePattern]:
    """Return the patterns of the keys whose values go, for ``blocked_key_patterns``."""
    found: list[ValuePattern] = []
    words = tree(phrase for one in classes for phrase in one.words)
    if words.children:
        found.append(
            ValuePattern("db.password, X-Api-Key, password2", f"(?:^|[^A-Za-z])(?i:{words.pattern(_END)})"),
        )
        found += [
            ValuePattern("userPassword, customerSSN: the first capital letter", rf"\A[^A-Z]*{hump}")
            for hump in humps(words, _END, _ONE_PASS)
        ]
        further = "|".join([*(f"[a-z0-9]{hump}" for hump in humps(words, _END, 10**6)), titles(words, _END)])
        found.append(
            ValuePattern("theUserPassword, DBPassword: a further one", rf"\A[^A-Z]*[A-Z].*(?:{further})"),
        )
    endings = tree(ending for one in classes for ending in one.endings)
    if endings.children:
        found.append(ValuePattern("dbpassword: the end of a longer word", f"(?i:{endings.pattern(_END)})"))
    exact = [_exactly(name) for one in classes for name in one.exact]
    if exact:
        found.append(ValuePattern("user.name: the whole key", rf"\A(?i:{'|'.join(exact)})"))
    return found


def dropped_keys(classes: Sequence[KeyClass]) -> str:
    """Return one pattern of the keys that leave with their values, or nothing."""
    return "|".join(f"(?:{one.pattern})" for one in key_patterns(classes))


def allowed_values(policy: Policy, classes: Sequence[KeyClass]) -> list[ValuePattern]:
    """Return what keeps a value as it is: the forms that the SDK leaves under a key, whole values of the allow list.

    Each is anchored at both ends, because a hit anywhere would exempt the whole value.
    """
    actions = {one.action for one in classes} | {one.fallback for one in classes}
    partial = [_PARTIAL[action] for action in _PARTIAL if action in actions]
    keep = max((one.keep for one in classes if one.action == "truncate"), default=0)
    cut = rf"[^\"]{{0,{min(keep, 1000)}}}" if keep else ""
    one = "|".join([_SCHEME + MARKER_PATTERN, *([cut + MARKER_PATTERN] if cut else []), *partial, _PLACES])
    item = rf"(?:\"(?:{one})\"|null|true|false)"
    found = [
        ValuePattern("what the SDK leaves under a key, alone and in a list, and no value at all",
                     rf"\A(?:{one}|true|false|\s*|\{{\}}|\[(?:{item}(?:,{item})*)?\])\z"),
        ValuePattern("the names of cookies", rf"\A{_COOKIES}\z"),
    ]  # fmt: skip
    if policy.allow_values:
        found.append(
            ValuePattern("allow.values", rf"\A(?i:{'|'.join(literal(value) for value in policy.allow_values)})\z"),
        )
    return found


def ignored_keys(policy: Policy, classes: Sequence[KeyClass]) -> tuple[list[str], list[str]]:
    """Return the keys that are not looked at, as whole keys and as patterns.

    Those of the allow list, and known ones that the SDK keeps although their last words sound like a class that masks
    (``process.user.name``): the processor has no other way to leave them alone.
    """
    allowed = [name for name in policy.allow_keys if not name.endswith("*")]
    patterns = [_exactly(name) for name in policy.allow_keys if name.endswith("*")]
    named = key_patterns(classes)
    known = [*policy.public, *(name for one in policy.keys if _keeps(one) for name in one.exact)]
    kept = [name for name in known if not name.endswith("*") and is_named(name, named)]
    return [*dict.fromkeys([*allowed, *kept])], [rf"\A(?i:{'|'.join(patterns)})"] if patterns else []


def harmless_keys(policy: Policy, classes: Sequence[KeyClass]) -> list[str]:
    """Return the whole keys that the policy knows and that no pattern of keys takes.

    Where nothing but keys is looked at, to leave them out changes nothing, and saves a walk through all patterns.
    """
    named = key_patterns(classes)
    known = [*policy.public, *policy.internal, *(key for _, keys in policy.structured for key in keys)]
    known += [name for one in policy.keys if _keeps(one) for name in one.exact]
    return sorted({name for name in known if not name.endswith("*") and not is_named(name, named)})


def _keeps(one: KeyClass) -> bool:
    return one.mode == "enforce" and (one.fallback if one.action == "pseudonym" else one.action) == "keep"


def is_named(key: str, patterns: Iterable[ValuePattern]) -> bool:
    """Whether one of the patterns of keys takes ``key``."""
    return any(re.search(one.pattern.replace(r"\z", r"\Z"), key, FLAGS) for one in patterns)


def _exactly(name: str) -> str:
    return literal(name[:-1]) if name.endswith("*") else literal(name) + r"\z"
