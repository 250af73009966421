"""The Collector's configuration of one policy: what its processors do, and at its head what they do differently."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from otel_kit.errors import Fault, PolicyError
from otel_kit.policy.collector.keys import (
    allowed_values,
    dropped_keys,
    harmless_keys,
    ignored_keys,
    key_forms,
    key_patterns,
)
from otel_kit.policy.collector.rules import ValuePattern, forms, value_patterns
from otel_kit.policy.collector.surfaces import UNREACHED, Group, addresses, expose, queries, restore
from otel_kit.policy.collector.texts import (
    is_told_in_text,
    member_pattern,
    query_pattern,
    text_patterns,
)
from otel_kit.policy.collector.trust import accepted, routing
from otel_kit.policy.model import KeyClass, Policy

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text of a configuration file, and what it does not do as the SDK does: pairs of id and reason."""

    text: str
    differs: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]


def render(policy: Policy, previous: Sequence[str] = ()) -> Rendered:
    """Return the Collector's processors for ``policy``; the same policy gives the same text.

    ``previous`` are ids of older policies that are still in use: data under them, from trusted keys, skips the rules
    for values as well.

    Raises:
        PolicyError: a rule that the Collector cannot do as it stands, and that neither says what it does instead nor
            that it is refused; an id in ``previous`` that is none.
    """
    ids = accepted(policy, previous)
    faults: list[Fault] = []
    rules = forms(policy.rules, faults)
    if faults:
        raise PolicyError(faults)
    keys = key_forms(policy)
    differs = [(form.rule.id, form.differs) for form in rules if form.differs and not form.refused]
    differs += [(form.rule.id, "segments in base64 are not decoded") for form in rules if form.rule.encodings]
    differs += keys.differs
    differs += [
        (one.id, "told by whole keys, not by a name in text") for one in keys.masked if not is_told_in_text(one)
    ]
    ignored, ignored_patterns = ignored_keys(policy, keys.masked)
    differs += [
        (key, "a key that is not looked at at all, because its name sounds sensitive")
        for key in ignored
        if key not in policy.allow_keys
    ]
    refused = [(form.rule.id, form.refused) for form in rules if form.refused]
    refused += keys.refused
    values = [*text_patterns(keys.masked), *value_patterns(rules)]
    known, dropped, member = _known(policy, keys.query), dropped_keys(keys.dropped), member_pattern(keys.masked)
    lines = [
        *_head(policy, ids, differs, refused),
        *routing(ids),
        "",
        "processors:",
        *_transform("transform/expose", expose(known, dropped)),
        "",
        "  redaction/records: &redaction",
        "    # false would delete every attribute that is not on a list.",
        "    allow_all_keys: true",
        "    # Numbers, lists and maps too: a card number is often an integer. They are searched in their JSON form.",
        "    redact_all_types: true",
        "    # Writes how many values were masked into the record (`redaction.masked.count`).",
        "    summary: info",
        *_names("ignored_keys", ignored),
        *_names("ignored_key_patterns", ignored_patterns),
        *_patterns("blocked_key_patterns", key_patterns(keys.masked)),
        *_patterns("allowed_values", allowed_values(policy, keys.masked)),
        *_patterns("blocked_values", values),
        "",
        "  # The same rules without the count: an attribute of a metric is a label, it would make new series.",
        "  redaction/metrics:",
        "    <<: *redaction",
        "    summary: silent",
        "",
        *_transform("transform/restore", restore(member)),
        "",
        "  # What the SDK has redacted under an accepted policy: the rules for keys alone, of attributes and of bodies",
        "  # that are maps. A key inside of an attribute's value is left to the SDK.",
        *_transform("transform/trusted_expose", expose(known, dropped, is_trusted=True)),
        "",
        "  redaction/trusted_records: &trusted",
        "    <<: *redaction",
        "    blocked_values: []",
        "    # Also keys that no pattern takes: to look them up costs a hundredth of going through all patterns.",
        *_names("ignored_keys", [*dict.fromkeys([*ignored, *harmless_keys(policy, keys.masked)])]),
        "",
        "  redaction/trusted_metrics:",
        "    <<: *trusted",
        "    summary: silent",
        "",
        *_transform("transform/trusted_restore", restore(member, is_trusted=True)),
    ]
    return Rendered("\n".join(lines) + "\n", tuple(differs), tuple(refused))


def _known(policy: Policy, query: Sequence[KeyClass]) -> list[str]:
    """Return the statements for values that the policy knows by their keys: addresses, and the queries of URLs."""
    keys = dict(policy.structured)
    statements = []
    if any(rule.action == "ip" and rule.mode == "enforce" for rule in policy.rules):
        statements += addresses(keys.get("address", ()))
    for one in query:
        urls = [key for kind in ("url", "query", "path") for key in keys.get(kind, ())]
        statements += queries(urls, query_pattern([one]), one.id)
    return statements


def _head(
    policy: Policy, ids: Sequence[str], differs: Iterable[tuple[str, str]], refused: Iterable[tuple[str, str]]
) -> Iterator[str]:
    skipping = ", ".join(ids) or "none, because this policy was loosened"
    yield from _comment(
        "Generated by `otel-kit policy render`. Do not edit: change the policy and render it again.",
        f"Policy {policy.id}.",
        f"Policies whose data skips the rules for values if it comes with a key that is trusted to redact: {skipping}. "
        "Everything else is searched, whatever mark it carries.",
        "In the Collector a whole match becomes ****, and a key class masks its value as ****. A few limits of repeats "
        "are lifted, so longer values match too. Beside that it differs from the SDK:",
    )
    yield from _list(differs)
    yield from _comment("What it does not do:")
    yield from _list(refused)
    yield from _comment("What it does not reach:")
    yield from (f"#   {surface}" for surface in UNREACHED)
    yield ""


def _comment(*paragraphs: str) -> Iterator[str]:
    for paragraph in paragraphs:
        yield from textwrap.wrap(paragraph, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        yield "#"


def _list(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, why in rows:
        yield from textwrap.wrap(f"{name}: {why}", _WIDTH, initial_indent="#   ", subsequent_indent="#     ")
    yield "#"


def _transform(name: str, groups: Iterable[Group]) -> Iterator[str]:
    yield f"  {name}:"
    yield "    # When a statement fails the request is refused; the default would let the data pass."
    yield "    error_mode: propagate"
    signal = ""
    for group in groups:
        if group.signal != signal:
            signal = group.signal
            yield f"    {signal}_statements:"
        yield f"      - context: {group.context}"
        yield "        statements:"
        yield from (f"          - {_scalar(statement)}" for statement in group.statements)


def _patterns(name: str, patterns: Iterable[ValuePattern]) -> Iterator[str]:
    yield ""
    yield f"    {name}:"
    about = ""
    for one in patterns:
        if one.about != about:
            about = one.about
            yield from textwrap.wrap(about, _WIDTH - 6, initial_indent="      # ", subsequent_indent="      # ")
        yield f"      - {_scalar(one.pattern)}"


def _names(name: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield ""
        yield f"    {name}:"
        yield from (f"      - {_scalar(one)}" for one in names)


def _scalar(text: str) -> str:
    """Return ``text`` in single quotes of YAML; the Collector reads ``$$`` as a dollar sign."""
    return "'" + text.replace("'", "''").replace("$", "$$") + "'"
