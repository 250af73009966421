"""The key file as text: every fault with its line and entry, and the text that is written back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.decoder import WHITESPACE  # type: ignore[attr-defined]  # the decoder's own idea of white space
from typing import Any, Final

from otel_kit.errors import Fault, nearest
from otel_kit.stack.keys.key import BURST_WANTED, FIELDS, Key, bursts_too_small

VERSION: Final = 1
_SHOWN_CHARACTERS: Final = 40
_CREATE: Final = "Make keys by `otel-kit keys create`."


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of the document with its place in the text."""

    value: Any
    at: int


def dump(keys: Sequence[Key]) -> str:
    """Return the text of a file with these keys."""
    document = {"version": VERSION, "keys": [key.as_entry() for key in keys]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def parse(text: str, file: str) -> tuple[tuple[Key, ...], list[Fault]]:
    """Return the keys of the text, and every fault in it; with a fault the keys are not all of them."""
    if text.startswith("\ufeff"):
        return (), [Fault(f"{file}:1", "begins with a byte order mark", mend="Save it as UTF-8 without one.")]
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}"
        return (), [Fault(where, f"is no JSON: {error.msg}, column {error.colno}", mend=f"Mend it. {_CREATE}")]
    except (ValueError, RecursionError):  # a number of thousands of digits, or braces as deep
        return (), [Fault(file, "is no key file: a number is too long or values are nested too deep", mend=_CREATE)]
    if not isinstance(document, dict):
        return (), [Fault(f"{file}:1", "holds no JSON object", 'it begins with {"version": 1, "keys": [', _CREATE)]
    return _Reading(text, file).keys()


class _Reading:
    """One pass over a text that is JSON."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._faults: list[Fault] = []

    def keys(self) -> tuple[tuple[Key, ...], list[Fault]]:
        root = self._fields(_skip(self._text, 0), "", ("version", "keys"))
        version, entries = root.get("version"), root.get("keys")
        if version is None:
            self._fault(0, "", 'has no "version"', mend=f'Write "version": {VERSION}.')
        elif version.value != VERSION or isinstance(version.value, bool | float):
            self._fault(version.at, "version", "is another one", f"this otel-kit knows {VERSION}")
        if entries is None:
            self._fault(0, "", 'has no "keys"', mend=f'Write "keys": []. {_CREATE}')
        elif not isinstance(entries.value, list):
            self._fault(entries.at, "keys", "is no list", mend=_CREATE)
        else:
            return tuple(self._entries(entries.at)), self._faults
        return (), self._faults

    def _entries(self, at: int) -> Iterator[Key]:
        seen: dict[tuple[str, str], int] = {}
        for number, entry in enumerate(_items(self._text, at), start=1):
            name = f"keys[{number}]"
            if not isinstance(entry.value, dict):
                self._fault(entry.at, name, "is no JSON object", mend=_CREATE)
                continue
            before = len(self._faults)
            fields = self._fields(entry.at, name, tuple(FIELDS))
            self._check(fields, entry.at, name)
            for field in ("id", "sha256"):
                if field not in fields or not isinstance(fields[field].value, str):
                    continue
                first = seen.setdefault((field, fields[field].value.lower()), number)
                if first != number:
                    self._fault(fields[field].at, f"{name}.{field}", f"is that of keys[{first}]", mend="Delete one.")
            if len(self._faults) == before:
                yield Key.of_entry({field: one.value for field, one in fields.items()})

    def _check(self, fields: dict[str, _Value], at: int, name: str) -> None:
        before = len(self._faults)
        for field, rule in FIELDS.items():
            if field not in fields:
                if rule.required:
                    self._fault(at, name, f'has no "{field}"', rule.wanted)
                continue
            value = fields[field].value
            if not rule.fits(value):
                what = f"is {json.dumps(value)[:_SHOWN_CHARACTERS]}" if rule.shown else "does not fit"
                self._fault(fields[field].at, f"{name}.{field}", what, rule.wanted)
        if len(self._faults) > before:
            return
        for field in bursts_too_small({field: one.value for field, one in fields.items()}):
            self._fault(fields[field].at, f"{name}.{field}", f"is {fields[field].value}", BURST_WANTED)

    def _fields(self, at: int, name: str, known: Sequence[str]) -> dict[str, _Value]:
        """Return the known fields of the object at this place; others and doubles are faults."""
        fields: dict[str, _Value] = {}
        for field, place, value in _members(self._text, at):
            path = f"{name}.{field}" if name else field
            if field not in known:
                close = nearest(field, known)
                guess = f"did you mean {close}?" if close else f"known are {', '.join(known)}"
                shown = ascii(field[:_SHOWN_CHARACTERS])
                self._fault(
                    place, name, f"has the unknown field {shown}", guess, "The key itself is never in the file."
                )
            elif field in fields:
                self._fault(place, path, "stands there twice", mend="Delete one.")
            else:
                fields[field] = value
        return fields

    def _fault(self, at: int, path: str, what: str, wanted: str = "", mend: str = "") -> None:
        line = self._text.count("\n", 0, at) + 1
        where = f"{self._file}:{line} {path}".rstrip()
        self._faults.append(Fault(where, what, wanted, mend))


def _no_constant(name: str) -> Any:
    raise ValueError(name)


# NaN and Infinity are Python's own idea of JSON.
_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _skip(text: str, at: int) -> int:
    return int(WHITESPACE.match(text, at).end())


def _members(text: str, at: int) -> Iterator[tuple[str, int, _Value]]:
    """Yield name, its place and the value of each member of the object at this place, doubles too."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        place = at
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # over the colon
        value, end = _DECODER.raw_decode(text, at)
        yield name, place, _Value(value, at)
        at = _next(text, end)


def _items(text: str, at: int) -> Iterator[_Value]:
    """Yield the items of the list at this place."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield _Value(value, at)
        at = _next(text, end)


def _next(text: str, end: int) -> int:
    at = _skip(text, end)
    return _skip(text, at + 1) if text[at] == "," else at
