"""SQL text: every literal becomes ``?``, whatever it holds. Identifiers, keywords and placeholders stay."""

from __future__ import annotations

import re

from otel_kit.redaction.findings import Findings

RULE_ID = "sql_literal"

# One token a time; what is not listed is copied. An unterminated literal reaches to the end of the text.
_TOKEN = re.compile(
    r"""
      (?P<dollar>\$(?P<tag>[A-Za-z_]\w{0,60})?\$)
    | (?P<string>\b[eEnNbBxX]?'|')
    | (?P<double>")
    | (?P<comment>--[^\r\n]*|/\*)
    | (?P<kept>[$:@]\w+|%\(\w+\)s|[A-Za-z_\u0080-\U0010ffff][\w$]*|`[^`]*`?)
    | (?P<number>[0-9](?:[eE][+-]?[0-9]+|[\w.])*)
    """,
    re.VERBOSE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w$ .-]{0,127}")
_COMPARED = re.compile(r"(?:[=<>]|\b(?:like|ilike|in|values|between|and|then|else)\b)[\s(]*$", re.IGNORECASE)


def redact_sql(text: str, findings: Findings) -> str:
    """Return ``text`` with its literals as ``?``; comments lose what is quoted in them."""
    pieces: list[str] = []
    done = position = 0
    while (match := _TOKEN.search(text, position)) is not None:
        end, replacement = _replaced(text, match)
        if replacement is not None and replacement != text[match.start() : end]:
            pieces += (text[done : match.start()], replacement)
            done = end
            findings.hit(RULE_ID)
        position = max(end, match.end())
    if not done:
        return text
    pieces.append(text[done:])
    return "".join(pieces)


def _replaced(text: str, match: re.Match[str]) -> tuple[int, str | None]:
    """Return where the token ends and what stands for it; None keeps it."""
    kind = match.lastgroup
    if kind == "number":
        return match.end(), "?"
    if kind == "string":
        return _closing(text, match.end(), "'"), "?"
    if kind in ("dollar", "tag"):
        close = text.find(match["dollar"], match.end())
        return (close + len(match["dollar"]) if close >= 0 else len(text)), "?"
    if kind == "double":
        end = _closing(text, match.end(), '"')
        inner = text[match.end() : end - 1]
        compared = _COMPARED.search(text, max(0, match.start() - 24), match.start()) is not None
        kept = _IDENTIFIER.fullmatch(inner) is not None and (not compared or text[end : end + 1] == ".")
        return end, None if kept else "?"
    if kind == "comment" and match["comment"] == "/*":
        close = text.find("*/", match.end())
        end = close + 2 if close >= 0 else len(text)
        return end, _comment(text[match.start() : end])
    if kind == "comment":
        return match.end(), _comment(match[0])
    return match.end(), None


def _comment(text: str) -> str:
    """A comment keeps its words; what is quoted or a number in it goes."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\b[0-9]+\b", "?", text)


def _closing(text: str, start: int, quote: str) -> int:
    """Return the end of a quoted token; the quote is escaped by doubling it or by a backslash."""
    position = start
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 2
            continue
        if character == quote:
            if text[position + 1 : position + 2] != quote:
                return position + 1
            position += 1
        position += 1
    return len(text)
