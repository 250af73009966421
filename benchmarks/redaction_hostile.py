"""Texts that keep a rule as busy as a text can: near misses of its pattern, again and again."""

from __future__ import annotations

from collections.abc import Iterator

from otel_kit.policy.hostile import worst_texts
from otel_kit.policy.model import Rule

# What keeps the searches busy that are no rules: names, URLs, JSON, markup, encodings.
PIECES = (
    "a", "a.", "!", "+1", "1 ", "1:", "password=", "@", "a@", "%41", "%40", "eyJ", "://a:", "4111 ", "{", '"', "'",
    "\\", "\\u0040", "=", "_", "-", "0", "<", "</a>", "a=", "x=%41&", "x=1+2&", "tel ", "1.", "12-", "A1 ", "bearer ",
    "\n", "é", "\u4e2d", '{"a":', '["a",', "[REDACTED:", "token: ", "name=",
)  # fmt: skip


def pieces_for(rule: Rule) -> Iterator[str]:
    """Yield what to repeat against one rule: worst cases by analysis, its examples, their beginnings, near misses."""
    for worst in worst_texts(rule.pattern, refusable=bool(rule.validator or rule.context or rule.literals)):
        yield f"{worst.prefix}{worst.pump * 8}"
        yield worst.pump
    words = [f"{word} " for word in rule.context[:1]]
    for text, _ in rule.examples[:2]:
        yield f"{text} "
        yield text[:-1] if len(text) > 1 else text
        yield text[: max(len(text) // 2, 1)]
        yield text[:1]
        yield from (f"{word}{text[len(text) // 3 :]}" for word in words)


def hostile_texts(rule: Rule, size: int) -> list[str]:
    """Return different texts of ``size`` characters at most against one rule."""
    pieces = dict.fromkeys(piece for piece in pieces_for(rule) if piece)
    return [(piece * (size // len(piece) + 1))[:size] for piece in pieces]
