"""The secrets packs: every rule masks tokens of its documented shape wherever they stand, and hardly anything else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy, default_redactor
from tests.unit.policy.token_maker import NEEDS_ITS_END, SHAPES, WITHOUT_PREFIX, harmless, tokens

RULES = {rule.id: rule for rule in load_policy().rules if rule.pack in ("secrets-core", "secrets-extended")}
EXTENDED = [rule for rule in RULES.values() if rule.pack == "secrets-extended"]
SURVIVES = 12  # characters of a random part that must not be read anywhere
PREFIX = re.compile(r"(?:\\b)?(?:\(\?:|\(\?i:)?\\?[A-Za-z0-9:$<-]")
# What takes the token first in the whole policy: the name before it, or a rule for a part of it.
TAKEN_BEFORE = {"google_chat_webhook": "token", "secret_token_uri": "token", "mapbox_secret_token": "jwt"}
CARRIERS = {
    "line start": "{} was refused",
    "line end": "refused: {}",
    "single quotes": "item '{}' stored",
    "double quotes": 'item "{}" stored',
    "JSON": '{{"note": "{}", "n": 1}}',
    "JSON in text": 'got {{"note": "{}", "n": 1}} back',
    "setting": "key={}",
    "setting among others": "note={}; n=1",
    "list": "[{}, 1]",
    "behind a scheme": "Bearer {}",
    "URL path": "GET https://api.example.com/v1/{}/rows HTTP/1.1",
    "URL query": "GET /v1/rows?note={}&n=1 HTTP/1.1",
}


def redact(text: str) -> str:
    """Return what the shipped policy leaves of a text."""
    return default_redactor().text(text, Findings())


def survivors(parts: list[str], text: str) -> list[str]:
    """Return the pieces of the random parts that can still be read."""
    pieces = (part[at : at + SURVIVES] for part in parts for at in range(max(0, len(part) - SURVIVES + 1)))
    return [piece for piece in pieces if piece in text]


def drawn(rule: Rule, seed: int = 4) -> Iterator[tuple[str, list[str]]]:
    """Yield tokens of the rule's shapes, behind one of its context words if it needs one."""
    for token, parts in tokens(rule.id, random.Random(f"{rule.id}/{seed}")):
        yield (f"{rule.context[0]} {token}" if rule.context else token), parts


def test_there_are_enough_formats() -> None:
    """One rule for each vendor's format, each with a shape that the tests draw tokens of."""
    assert len(EXTENDED) >= 120
    assert set(RULES) == set(SHAPES)
    assert set(SHAPES) >= NEEDS_ITS_END


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_each_rule_is_described_and_shows_what_it_does(rule: Rule) -> None:
    """An example, two counter-examples, a line for people and where the vendor describes the format."""
    assert rule.description
    assert rule.examples
    assert len(set(rule.counter_examples)) >= (2 if rule.pack == "secrets-extended" else 1)
    if rule.pack == "secrets-extended":
        assert rule.source.startswith("https://")


@pytest.mark.parametrize("rule", EXTENDED, ids=lambda rule: rule.id)
def test_each_token_format_begins_with_its_prefix(rule: Rule) -> None:
    """Engines look for word starts first; where a format has no prefix, the reason is written down."""
    assert rule.pattern.startswith("\\b") or rule.id in WITHOUT_PREFIX
    assert PREFIX.match(rule.pattern) or rule.id in WITHOUT_PREFIX


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_token_is_masked_wherever_it_stands(rule: Rule) -> None:
    """At both ends of a line, quoted, in JSON, as a setting, in a URL, behind a scheme."""
    for token, parts in drawn(rule):
        for place, carrier in CARRIERS.items():
            if "\n" in token and place == "JSON":
                continue  # a raw line break ends the JSON; the next carrier has it as text
            shown = redact(carrier.format(token))
            assert not survivors(parts, shown), (place, token, shown)
            assert redact(shown) == shown, (place, token)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_token_is_masked_percent_encoded(rule: Rule) -> None:
    """In the path and the query of a URL attribute."""
    for token, parts in drawn(rule):
        for url in (f"https://api.example.com/v1/{quote(token, safe='')}/rows", f"https://x.io/?note={quote(token)}"):
            shown = str(default_redactor().value("url.full", url, Findings()))
            assert not survivors(parts, shown), (url, shown)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_token_is_counted_under_its_own_rule(rule: Rule) -> None:
    """No other rule takes it first: what a marker names is what was there."""
    for token, _ in drawn(rule):
        findings = Findings()
        default_redactor().text(f"refused: {token}", findings)
        assert TAKEN_BEFORE.get(rule.id, rule.id) in findings.hits, (token, findings.hits)


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES.values() if rule.id not in NEEDS_ITS_END], ids=lambda rule: rule.id
)
def test_a_token_that_was_cut_is_masked(rule: Rule) -> None:
    """A size limit may leave the first 70 % of a token."""
    for token, parts in drawn(rule):
        cut = token[: int(len(token) * 0.7)]
        shown = redact(f"refused: {cut}")
        assert not survivors(parts, shown), (cut, shown)


def test_the_pack_can_be_switched_off(tmp_path: Path) -> None:
    """Then the vendors' formats stay, and what any service may hold is masked still, the rules at its end included."""
    layer = tmp_path / "policy.yaml"
    layer.write_text("version: 1\npacks: {secrets-extended: false}\n")
    redactor = compile_policy(load_policy(layer))

    assert redactor.text("fo1_0123456789abcdefghijABCDEFGHIJ", Findings()) == "fo1_0123456789abcdefghijABCDEFGHIJ"
    assert redactor.text("Bearer 0123456789abcdefghij", Findings()) == "Bearer [REDACTED:bearer]"


@pytest.mark.parametrize("seed", range(12))
def test_hardly_any_token_is_missed(seed: int) -> None:
    """Many draws of every shape: the checks for digits and word ends refuse at most one real token in a hundred."""
    leaks = [
        (rule.id, token)
        for rule in RULES.values()
        for token, parts in drawn(rule, seed + 100)
        if survivors(parts, redact(f"refused: {token}"))
    ]
    assert len(leaks) <= len(SHAPES) / 100, leaks


def test_hardly_any_harmless_text_is_altered() -> None:
    """Ids, digests, names in code, style sheets, packages and clusters: at most one in a thousand."""
    texts = list(harmless(random.Random(4), 400))
    altered = [(kind, text, redact(text)) for kind, text in texts if redact(text) != text]

    assert len(texts) > 7000
    assert len(altered) <= len(texts) / 1000, altered
