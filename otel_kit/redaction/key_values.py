"""Names and values in free text: ``password=x``, ``"token": "x"``, ``'first_name': 'Bob'``, also escaped JSON.

The phrases of the key classes are found in the folded text (one byte per character, so offsets agree); the key is
then read to the left, the value to the right, and the class decides what becomes of it.
"""

from __future__ import annotations

import re

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import CompiledClass, KeyClasses
from otel_kit.redaction.needles import FOLD, Needles, one_byte_each

_KEY_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_MAX_KEY = 64

# Quote, then nothing but a separator; or two byte strings of a raw ASGI header pair.
_SEPARATOR = rb"""(?:(?:\\{0,7}["'])?\]?[ \t]{0,3}(?:=>|:=|=|:)[ \t]{0,3}|', ?(?=b'))"""
_OPENER = re.compile(r"""[bBuUrRfF]{0,2}(\\{0,7}["'])""")
_BARE = re.compile(r"""[^\s,;&"'<>{}()\[\]|\\]+""")
_SCHEMED = re.compile(
    r"""(?:(?:Bearer|Basic|Digest|Token|ApiKey|Negotiate|AWS4-HMAC-SHA256) {1,3})?[^\s,;"'<>|\\]+""", re.I
)
_LINE = re.compile(r"""[^\r\n"'<>]+""")
_WORDS = re.compile(r"""[^\W\d_][\w'.-]{0,40}(?: [A-Z][\w'.-]{0,40}){0,3}|[^\s,;&"'<>{}()\[\]|\\]{1,200}""")
_LIST = re.compile(r"""\[[^\[\]{}]{0,4000}\]?""")
_MARKER = re.compile(r"\[REDACTED:[a-z0-9_.-]{1,64}\]")
_VALUE_SHAPES = {
    "authorization": _SCHEMED, "cookie": _LINE, "person_name": _WORDS, "postal_address": _LINE, "phone_number": _LINE,
}  # fmt: skip

# Not values: literals, types of a signature, what a sentence goes on with, and places to be filled in.
_NO_VALUE_WORDS = (
    "none null nil true false undefined nan str int float bool bytes object string number any optional secretstr text "
    "required missing invalid expired incorrect wrong empty not must is the a an was has cannot unexpected unknown "
    "ok valid changed updated reset rejected revoked yes no"
)
_NO_VALUES = frozenset(_NO_VALUE_WORDS.split())
_PLACEHOLDER = re.compile(r"\*{2,}|\?|%\(?\w*\)?[sdr]?|\$\w+|:\w+|x{3,}|\.{3}|…|[-*]", re.ASCII)
_QUOTED_PLACEHOLDER = re.compile(r"\*{2,}|\?|%s|%\(\w+\)s|\$?\{[A-Za-z_][\w.]*\}|<[a-z_ -]+>|\.{3}|…", re.ASCII)
_DOTTED_CODE = re.compile(r"(?:[A-Za-z_]+\.)+[A-Za-z_]+", re.ASCII)
_CALL = re.compile(r"[A-Za-z_][\w.]*[(\[]", re.ASCII)


class KeyValues:
    """Finds and masks the values that stand beside a telling name in free text."""

    def __init__(self, classes: KeyClasses) -> None:
        self._classes = classes
        phrases = sorted((_phrase_pattern(phrase) for phrase in classes.phrases), key=len, reverse=True)
        self.needles = Needles(tuple(sorted(_needles(classes.phrases))) or (b"\x00no phrases",), in_shape=False)
        self._names = re.compile(rb"(?:" + b"|".join(phrases) + rb")0{0,3}" + _SEPARATOR) if phrases else None

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with the values of telling names masked."""
        if self._names is None:
            return text
        folded = one_byte_each(text).translate(FOLD)
        pieces: list[str] = []
        done = 0
        for match in self._names.finditer(folded):
            if match.start() < done:
                continue
            found = self._value_at(text, match.start(), match.end())
            if found is None:
                continue
            start, end, compiled = found
            masked = compiled.masked(text[start:end])
            if masked == text[start:end]:
                continue
            pieces += (text[done:start], masked)
            done = end
            findings.hit(compiled.id)
        if not pieces:
            return text
        pieces.append(text[done:])
        return "".join(pieces)

    def _value_at(self, text: str, name: int, position: int) -> tuple[int, int, CompiledClass] | None:
        """Return (start, end, class) of the value at ``position`` whose key ends with the phrase at ``name``."""
        left = name
        while left > 0 and name - left < _MAX_KEY and text[left - 1] in _KEY_CHARACTERS:
            left -= 1
        key = re.split(r"[\"'=:\s\]]", text[left:position], maxsplit=1)[0]
        compiled = self._classes.of(key)
        if compiled is None:
            return None
        opener = _OPENER.match(text, position)
        if opener is not None:
            start, end = opener.end(), _closing(text, opener.end(), opener[1])
            return None if _QUOTED_PLACEHOLDER.fullmatch(text, start, end) else (start, end, compiled)
        marked = _MARKER.match(text, position)
        if marked is not None:
            return (position, marked.end(), compiled)
        if text.startswith("[", position) and (listed := _LIST.match(text, position)) is not None:
            return (position, listed.end(), compiled) if listed[0] not in ("[", "[]") else None
        value = _VALUE_SHAPES.get(compiled.id, _BARE).match(text, position)
        if value is None or _is_no_value(text, key, position, value.end(), self._classes):
            return None
        return (position, value.end(), compiled)


def _is_no_value(text: str, key: str, start: int, end: int, classes: KeyClasses) -> bool:
    """Whether an unquoted word behind a name is source code, a placeholder or the rest of a sentence."""
    word = text[start:end].rstrip(".,:!?")
    if word.lower() in _NO_VALUES or _PLACEHOLDER.fullmatch(word) or word[:1] in "=~":
        return True
    if _CALL.match(text, start, min(len(text), end + 1)):
        return True
    if _DOTTED_CODE.fullmatch(word) and (text[start - 1] == " " or classes.of(word) is not None):
        return True
    # login(password=password, ...) names the argument, not its value.
    return word.lower() == key.lower() and text[end : end + 1] in (",", ")")


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


def _phrase_pattern(phrase: str) -> bytes:
    return b"[ _.-]?".join(re.escape(_folded(word)).encode("ascii") for word in phrase.lower().split(" ") if word)


def _needles(phrases: frozenset[str]) -> set[bytes]:
    """One word of each phrase: the longest, since a long word is rare. Drop those that contain another."""
    longest = {_folded(max(phrase.lower().split(" "), key=len)).encode("ascii") for phrase in phrases}
    return {one for one in longest if not any(other != one and other in one for other in longest)}


def _folded(word: str) -> str:
    return "".join("0" if character.isdigit() else character for character in word)
