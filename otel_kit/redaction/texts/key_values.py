"""Names and values in free text: ``password=x``, ``"token": "x"``, ``'first_name': 'Bob'``, also escaped JSON.

Every separator is a place to look at: the name is read to its left, the value to its right, and the name's class
decides what becomes of the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from otel_kit.policy.vocabulary import MARKER_PATTERN
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import CompiledClass, KeyClasses
from otel_kit.redaction.prefilter.byte_classes import one_byte_each
from otel_kit.redaction.prefilter.needles import Needles
from otel_kit.redaction.texts.cookies import RULE_ID as COOKIE
from otel_kit.redaction.texts.cookies import redact_cookies, redact_set_cookie
from otel_kit.redaction.texts.telling_names import HEADER_PAIRS, TellingNames
from otel_kit.redaction.texts.value_shapes import end_of_value, is_bracketed_phone

_MAX_NAME = 64
_SEPARATOR = re.compile("[=:]")
_REST_OF_SEPARATOR = re.compile(r"(?:(?<=:)=|(?<==)>)?(?!=)[ \t]{0,3}")  # == compares
_HEADER_SEPARATOR = re.compile(r"(?<='),(?= ?b')")
_NAME_BACKWARDS = re.compile(r"[ \t\"'\\\]]*([A-Za-z0-9_.-]+(?: [A-Za-z0-9_.-]+){0,3})")
_JSON_NAME = re.compile(r"""(\\{0,7}")[ \t]{0,3}\Z""")

_OPENER = re.compile(r"""[bBuUrRfF]{0,2}(\\{0,7}["'])""")
_ENCLOSED = re.compile(r"""\([^()]{0,4000}\)?|<[^<>]{0,4000}>""")
_BRACKET = re.compile(r"""[\[\]{}]|"[^"\\]{0,400}"|'[^'\\]{0,400}'""")
_MAX_ENCLOSED = 4000
_JSON_SCALAR = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false")
_MAX_MARKER = 80
_MARKER_BACKWARDS = re.compile(r"""[ \t"'\\]*\][a-z0-9_.-]{1,64}:DETCADER\[""")
_CLOSED_BEHIND = re.compile(r"[ \t]{0,3}(?:[,)\]};]|\Z)")
_SET_COOKIE = re.compile(r"(?i)set[-_]?cookie2?[\s\"'\\]*\Z")
_MARKER = re.compile(MARKER_PATTERN)
# Not values: literals, types of a signature, what a sentence goes on with, and places to be filled in.
_NO_VALUE_WORDS = (
    "none null nil true false undefined nan str int float bool bytes object string number any optional secretstr text "
    "required missing invalid expired incorrect wrong expected empty not must is the a an be was has cannot unexpected "
    "unknown ok valid changed updated reset rejected revoked yes no"
)
_NO_VALUES = frozenset(_NO_VALUE_WORDS.split())
_VARIABLE = r"\$(?:[A-Z_][A-Z0-9_]*|[0-9]{1,3}|\{[\w.]+\})"  # $ecret is none
_SCHEME = r"(?:(?:Bearer|Basic|Token) {1,3})?"
_PLACEHOLDER = re.compile(
    rf"\*{{2,}}|\?|%\(?\w*\)?[sdr]?|{_SCHEME}{_VARIABLE}|\$|:\w+|x{{3,}}|\.{{3}}|…|[-*]", re.ASCII
)
_QUOTED_PLACEHOLDER = re.compile(
    rf"\*{{2,}}|\?|%s|%\(\w+\)s|{_SCHEME}{_VARIABLE}|\{{[A-Za-z_][\w.]*\}}|<[a-z_ -]+>|\.{{3}}|…", re.ASCII
)
_DOTTED_CODE = re.compile(r"(?:[A-Za-z_]+\.)+[A-Za-z_]+", re.ASCII)
_CALL = re.compile(r"[A-Za-z_.]+(?:\([^()]{0,400}\)|\[[^\[\]]{0,400}\])(?=[\s,.)\]:;(\[]|\Z)", re.ASCII)
_NAMED_PLACE = re.compile(r"[\[({<][A-Za-z_ .-]*[\])}>]")


class KeyValues:
    """A step of the scanner: masks the values that stand beside a telling name."""

    needles: ClassVar[Needles] = Needles((b"=", b":", *(pair.encode() for pair in HEADER_PAIRS)))

    def __init__(self, classes: KeyClasses) -> None:
        self._classes = classes
        self._names = TellingNames(classes)
        self.signs = (self._names.sign,)

    def may_apply(self, text: str) -> bool:
        """Whether a telling name may stand before a separator."""
        return self._names.may_be_in(one_byte_each(text))

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with the values of telling names masked."""
        letters = one_byte_each(text)
        if not self._names.may_be_in(letters):
            return text
        pieces: list[str] = []
        done = 0
        for position, after in self._places(text, letters.lower()):
            found = self._value(text, position, after) if position >= done else None
            if found is None:
                continue
            start, end, compiled = found
            masked = _masked(text[start:end], compiled, text[max(0, position - _MAX_NAME) : position])
            if masked == text[start:end]:
                continue
            if compiled.reports:
                findings.report(compiled.id)
                continue
            quote = _json_quote(text, position, start, end)
            pieces += (text[done:start], quote, masked, quote)
            done = end
            findings.hit(compiled.id)
        if not pieces:
            return text
        pieces.append(text[done:])
        return "".join(pieces)

    def values(self, text: str) -> Iterator[tuple[int, int, CompiledClass]]:
        """Yield (start, end, class) of every value that stands beside a telling name, masked ones included."""
        done = 0
        letters = one_byte_each(text)
        for position, after in self._places(text, letters.lower()):
            if position >= done and (found := self._value(text, position, after)) is not None:
                done = found[1]
                yield found

    def _places(self, text: str, folded: bytes) -> Iterator[tuple[int, int]]:
        """Yield where a name that may tell ends and where its value begins, from left to right."""
        places = _SEPARATOR.finditer(text)
        if any(pair in text for pair in HEADER_PAIRS):
            both = (*places, *_HEADER_SEPARATOR.finditer(text))
            places = iter(sorted(both, key=lambda place: place.start()))
        for place in places:
            position = place.start()
            if self._names.may_end_in(folded[max(0, position - _MAX_NAME) : position]):
                rest = _REST_OF_SEPARATOR.match(text, place.end())
                if rest is not None:
                    yield position, rest.end()

    def _value(self, text: str, position: int, start: int) -> tuple[int, int, CompiledClass] | None:
        """Return (start, end, class) of the value whose separator reaches from ``position`` to ``start``."""
        before = text[max(0, position - _MAX_NAME - _MAX_MARKER) : position][::-1]
        if _MARKER_BACKWARDS.match(before):
            return None  # what stands in a marker is no name
        backwards = _NAME_BACKWARDS.match(before[:_MAX_NAME])
        name = backwards[1][::-1] if backwards else ""
        compiled = self._classes.acting(name)
        if compiled is None:
            return None
        opener = _OPENER.match(text, start)
        if opener is not None:
            if _CLOSED_BEHIND.match(text, opener.end()):
                return None  # prompt='Password: ', ...: the quote ends a text that is no value
            end = _closing(text, opener.end(), opener[1])
            return None if _QUOTED_PLACEHOLDER.fullmatch(text, opener.end(), end) else (opener.end(), end, compiled)
        marked = _MARKER.match(text, start)
        if marked is not None:
            return (start, marked.end(), compiled)
        enclosed = None if is_bracketed_phone(text, start, compiled) else _end_of_enclosed(text, start)
        if enclosed is not None:
            return None if _NAMED_PLACE.fullmatch(text, start, enclosed) else (start, enclosed, compiled)
        ends = end_of_value(text, start, compiled)
        if ends is None or self._is_no_value(text, name, start, ends):
            return None
        return start, ends, compiled

    def _is_no_value(self, text: str, name: str, start: int, end: int) -> bool:
        """Whether an unquoted word behind a name is source code, a placeholder or the rest of a sentence."""
        if _CALL.match(text, start):
            return True
        word = text[start:end].rstrip(".,:!?")
        if (word.lower() in _NO_VALUES and text[end : end + 1] != "&") or _PLACEHOLDER.fullmatch(word):
            return True
        if _DOTTED_CODE.fullmatch(word) and (text[start - 1] == " " or self._classes.of(word) is not None):
            return True
        # login(password=password, ...) names the argument, not its value.
        return word.lower() == name.lower() and text[end : end + 1] in (",", ")")


def _masked(value: str, compiled: CompiledClass, before: str) -> str:
    """Return the masked value; of cookies the names and attributes stay."""
    if compiled.id != COOKIE or "=" not in value or compiled.action != "replace":
        return compiled.masked(value)
    redact = redact_set_cookie if _SET_COOKIE.search(before) else redact_cookies
    return redact(value, Findings(), compiled.markers)


def _end_of_enclosed(text: str, start: int) -> int | None:
    """Return where the list, map or other bracketed value at ``start`` ends; None if none begins there."""
    if text[start : start + 1] not in ("[", "{"):
        enclosed = _ENCLOSED.match(text, start)
        return enclosed.end() if enclosed is not None else None
    depth = 0
    limit = min(len(text), start + _MAX_ENCLOSED)
    for token in _BRACKET.finditer(text, start, limit):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
            if not depth:
                return token.end()
    return limit


def _json_quote(text: str, position: int, start: int, end: int) -> str:
    """Return the quotes that a mask needs where JSON had a number, a list or a map: what was JSON stays JSON."""
    name = _JSON_NAME.search(text, max(0, position - 12), position) if text[position] == ":" else None
    if name is None or text[start - 1] in "\"'":
        return ""
    whole = text[start] in "[{" and text[end - 1] in "]}" and end - start > 1
    return name[1] if whole or _JSON_SCALAR.fullmatch(text, start, end) else ""


def _closing(text: str, start: int, opener: str) -> int:
    """Return where a quoted value ends: at its closing quote, or at the line's end if that was cut off."""
    quote, slashes = opener[-1], len(opener) - 1
    position = start
    while (position := text.find(quote, position)) >= 0:
        back = position
        while back > start and text[back - 1] == "\\":
            back -= 1
        if position - back <= slashes:
            return back
        position += 1
    line = text.find("\n", start)
    return line if line >= 0 else len(text)
