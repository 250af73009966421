"""What is not parsed comes out as if it had been."""

from __future__ import annotations

import json
import random
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, compile_policy


class Never:
    """Proves nothing, so that all JSON is parsed."""

    def is_clean(self, _text: str, _called: Collection[int]) -> bool:
        return False


POLICY = load_policy()
SKIMMING = compile_policy(POLICY)
PARSING = compile_policy(POLICY)
PARSING._json = Never()  # type: ignore[assignment]
PHRASES = sorted({word for one in POLICY.keys for word in (*one.words, *one.endings, *one.exact)})
STRUCTURED = [name for _, names in POLICY.structured for name in names]
VALUES = [text for rule in POLICY.rules for pair in rule.examples for text in pair]
NAMES = ("id", "name", "user", "pass", "word", "a", "0", "", "cart", "db", "query", "parameter", "url", "full", "ts")


def outcome(redactor: Redactor, text: str) -> tuple[str, Findings]:
    """Return what a Redactor makes of a text, and what it counts."""
    findings = Findings()
    return redactor.text(text, findings), findings


def assert_alike(text: str) -> None:
    """Fail unless skimming changes nothing."""
    assert outcome(SKIMMING, text) == outcome(PARSING, text)


@pytest.mark.parametrize(
    "text",
    [
        '{"user": {"name": "x"}}',
        '{"pass": {"word": "x"}}',
        '{"a": {"user": [{"b": 1, "name": "x"}]}}',
        '{"db": {"query": {"parameter": {"0": "x"}}}}',
        '{"url": {"full": "https://x.de/?code=abc"}}',
        '{"url.full": "https://x.de/?code=abc"}',
        '{"a": [["password", "x"]]}',
        '{"a": ["password", "x"]}',
        '["run", "--password", "x"]',
        '{"n": 4111111111111111.0}',
        '{"n": 4.111111111111111e15}',
        '{"n": 41111111111111110e-1}',
        '{"n": 12345678901234567890123}',
        '{"a": "[4111111111111111]"}',
        '{"a": " [4.111111111111111e15]"}',
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1}, "c": {"b": 1}}',
        '{"a": {"b": 1}, "b": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '[{"b": 1}, {"b": 2}]',
        '{"version": "8.8.4.4"}',
        '{"p\\u0061ssword": "x"}',
        '{"a": "x',
        "{",
        "[]",
        '{"tel": "5551231234"}',
        '{"a": "call", "b": "5551231234"}',
        "[" * 18 + "1" + "]" * 18,
    ],
)  # fmt: skip
def test_what_only_parsing_can_find_is_parsed(text: str) -> None:
    """Names that tell together, numbers written out, JSON in JSON, doubled names, pairs, options."""
    assert_alike(text)


def test_clean_json_is_not_parsed() -> None:
    """Otherwise all this would be for nothing."""
    parsed: list[Any] = []
    redactor = compile_policy(POLICY)
    walk = redactor._walker.value
    redactor._walker.value = lambda *arguments: parsed.append(arguments) or walk(*arguments)  # type: ignore[method-assign]
    text = '{"time":"2026-11-20T13:44:40Z","msg":"ok","cart":{"id":7,"items":[{"id":1},{"id":2}]},"ts":1732196400123}'

    assert redactor.text(text, Findings()) == text
    assert parsed == []
    redactor.text('{"user":{"name":"x"}}', Findings())
    assert len(parsed) > 0


def test_skimming_changes_nothing_on_generated_json() -> None:
    """Thousands of nested values with telling names in pieces; the same each time."""
    draw = random.Random(7)

    def name() -> str:
        phrase = draw.choice(PHRASES)
        cut = draw.randrange(len(phrase) + 1)
        return draw.choice([phrase, phrase[:cut], phrase[cut:], *draw.choices(NAMES, k=5), draw.choice(STRUCTURED)])

    def value(depth: int) -> Any:
        kind = draw.randrange(8 if depth else 5)
        if kind > 5:
            return {name(): value(depth - 1) for _ in range(draw.randrange(3))}
        if kind == 5:
            return [value(depth - 1) for _ in range(draw.randrange(3))]
        return draw.choice(
            [1, 1732196400123, 4111111111111111, 1.5, None, True, "x", "a b", name(), draw.choice(VALUES)]
        )

    for _ in range(1500):
        content = value(3)
        assert_alike(
            json.dumps(content, ensure_ascii=draw.random() < 0.2, separators=draw.choice([(",", ":"), (", ", ": ")]))
        )


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(VALUES),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(PHRASES) | st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    )
)  # fmt: skip
def test_skimming_changes_nothing(content: Any) -> None:
    """Whatever can be written as JSON."""
    assert_alike(json.dumps(content, ensure_ascii=False))
