"""Names and values in markup: ``<password>x</password>``, ``<input name="password" value="x">``, multipart forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.prefilter.needles import Needles

_NAME = r"[A-Za-z0-9_.-]{1,64}"
_ELEMENT = re.compile(
    rf"<(?:{_NAME}:)?(?P<name>{_NAME})(?:\s[^<>]{{0,200}})?>\s{{0,8}}"
    r"(?:<!\[CDATA\[)?(?P<value>[^<>]{1,4000}?)(?=\]\]>|[<>]|\Z)"
)
_FIELD = re.compile(
    rf"""\bname=(?P<quote>\\?["'])(?P<name>{_NAME})(?P=quote)"""
    r"""(?:[^<>"']{0,100}\bvalue=(?P=quote)(?P<value>[^"'<>\\]{1,4000})"""
    r"""|[^\r\n\\"']{0,100}(?:(?:\r?\n|\\r\\n|\\n){2})(?P<part>[^\r\n\\]{1,4000}))"""
)
_FIELD_BEHIND = re.compile(
    rf"""\bvalue=(?P<quote>\\?["'])(?P<value>[^"'<>\\]{{1,400}})(?P=quote)"""
    rf"""[^<>"']{{0,100}}\bname=(?P=quote)(?P<name>{_NAME})(?P=quote)"""
)


class Markup:
    """A step of the scanner: values that markup puts beside a telling name."""

    needles: ClassVar[Needles] = Needles((b"</", b"name="))
    signs: ClassVar[tuple[str, ...]] = ("</|name=",)

    def __init__(self, classes: KeyClasses) -> None:
        self._classes = classes

    def may_apply(self, _text: str) -> bool:
        """Whether there may be something to do; what the prefilter said is all there is to say."""
        return True

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with the values of telling elements and fields masked."""
        if "</" in text:
            text = self._masked(text, _ELEMENT, findings)
        if "name=" in text:
            text = self._masked(text, _FIELD, findings)
            text = self._masked(text, _FIELD_BEHIND, findings)
        return text

    def _masked(self, text: str, pattern: re.Pattern[str], findings: Findings) -> str:
        pieces: list[str] = []
        done = 0
        for start, end, name in _places(text, pattern):
            key_class = self._classes.acting(name)
            if key_class is None or start < done:
                continue
            value = text[start:end]
            masked = key_class.masked(value.strip())
            if masked == value.strip():
                continue
            if key_class.reports:
                findings.report(key_class.id)
                continue
            pieces += (text[done:start], masked)
            done = end
            findings.hit(key_class.id)
        if not done:
            return text
        pieces.append(text[done:])
        return "".join(pieces)


def _places(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    for match in pattern.finditer(text):
        group = "value" if match["value"] is not None else "part"
        yield (*match.span(group), match["name"])
