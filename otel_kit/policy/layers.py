"""Policy files as layers: each row is merged field by field by its id, then read into the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from otel_kit.errors import Fault, nearest
from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.policy.re2 import complaints, groups
from otel_kit.policy.vocabulary import ACTIONS, SCOPES, STRUCTURED, VALIDATORS
from otel_kit.settings.document import Document

VERSION = 1
_ID = "abcdefghijklmnopqrstuvwxyz0123456789_.-"
_MEANING = frozenset({"pattern", "group", "action", "validator", "context"})
_EXAMPLES = ("examples", "counter_examples")

Reader: TypeAlias = Callable[
    [Any], Any
]  # returns the value as the model wants it, or raises ValueError with what is wanted


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is needed")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a number from 0 up is needed")
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("true or false is needed")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("a list of texts is needed")
    return tuple(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("a map of text to what it becomes is needed")
    return tuple(value.items())


def _one_of(words: Sequence[str]) -> Reader:
    def read(value: Any) -> str:
        if value not in words:
            near = nearest(str(value), words)
            raise ValueError(f"one of {', '.join(words)} is needed" + (f" (did you mean {near}?)" if near else ""))
        return str(value)

    return read


RULE_FIELDS: Mapping[str, Reader] = {
    "pack": _text, "pattern": _text, "group": _number, "validator": _one_of(VALIDATORS), "action": _one_of(ACTIONS),
    "context": _texts, "examples": _pairs, "counter_examples": _texts, "enabled": _truth,
}  # fmt: skip
KEY_FIELDS: Mapping[str, Reader] = {
    "action": _one_of(ACTIONS), "scope": _one_of(SCOPES), "words": _texts, "endings": _texts, "exact": _texts,
    "enabled": _truth,
}  # fmt: skip
_SECTIONS = ("version", "rules", "keys", "structured", "closed", "allow")


@dataclass(slots=True)
class _Row:
    """One rule or key class on its way through the layers."""

    origin: str
    values: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Layers:
    """What the documents say so far."""

    faults: list[Fault]
    rules: dict[str, _Row] = field(default_factory=dict)
    keys: dict[str, _Row] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    structured: dict[str, list[str]] = field(default_factory=dict)
    allow: dict[str, list[str]] = field(default_factory=lambda: {"keys": [], "values": []})

    def add(self, document: Document) -> None:
        data = document.data
        if not isinstance(data, dict):
            self.faults.append(Fault(document.where(), "is no policy", "a map with rules, keys or allow is needed"))
            return
        for section in data:
            if section not in _SECTIONS:
                self._unknown(document, (section,), section, _SECTIONS)
        if data.get("version", VERSION) != VERSION:
            self.faults.append(Fault(document.where("version"), "names another version", f"{VERSION} is needed"))
        self._rows(document, "rules", self.rules, RULE_FIELDS)
        self._rows(document, "keys", self.keys, KEY_FIELDS)
        self.closed += self._read(document, ("closed",), data.get("closed", []), _texts)
        for section, known, target in (
            ("structured", STRUCTURED, self.structured),
            ("allow", tuple(self.allow), self.allow),
        ):
            for name, value in self._map(document, section).items():
                if name in known:
                    target.setdefault(name, []).extend(self._read(document, (section, name), value, _texts))
                else:
                    self._unknown(document, (section, name), name, known)

    def _rows(self, document: Document, section: str, rows: dict[str, _Row], known: Mapping[str, Reader]) -> None:
        for name, values in self._map(document, section).items():
            where = document.where(section, name)
            if not name or any(character not in _ID for character in name) or len(name) > 64:
                self.faults.append(Fault(where, f"has the id {name!r}", "lower case, digits and _ . - are possible"))
                continue
            if not isinstance(values, dict):
                self.faults.append(Fault(where, f"{name} is no map of fields", f"one of {', '.join(known)} is needed"))
                continue
            row = rows.setdefault(name, _Row(where))
            if _MEANING & values.keys():
                # Another pattern or mask has other examples: those of the layer below say nothing about it.
                for examples in _EXAMPLES:
                    row.values.pop(examples, None)
                row.origin = where
            for key, value in values.items():
                path = (section, name, key)
                if key not in known:
                    self._unknown(document, path, key, known)
                    continue
                row.values[key] = self._read(document, path, value, known[key])
                row.where[key] = document.where(*path)

    def _map(self, document: Document, section: str) -> dict[str, Any]:
        value = document.data.get(section) or {}
        if isinstance(value, dict):
            return value
        self.faults.append(Fault(document.where(section), f"{section} is no map", "names with a colon are needed"))
        return {}

    def _read(self, document: Document, path: tuple[str, ...], value: Any, reader: Reader) -> Any:
        try:
            return reader(value)
        except ValueError as error:
            self.faults.append(Fault(document.where(*path), f"{'.'.join(path)} cannot be used", str(error)))
            return ()

    def _unknown(
        self, document: Document, path: tuple[str, ...], name: str, known: Sequence[str] | Mapping[str, Any]
    ) -> None:
        near = nearest(name, known)
        mend = f"Did you mean {near}?" if near else f"Known are {', '.join(known)}."
        self.faults.append(
            Fault(document.where(*path), f"names {'.'.join(path)}, which is unknown", mend=mend.rstrip("."))
        )


def merged(documents: Sequence[Document], faults: list[Fault]) -> Policy:
    """Return the policy of ``documents``, the later over the earlier; what cannot be used is added to ``faults``."""
    layers = _Layers(faults)
    for document in documents:
        layers.add(document)
    return Policy(
        rules=tuple(rule for name, row in layers.rules.items() if (rule := _rule(name, row, faults)) is not None),
        keys=tuple(one for name, row in layers.keys.items() if (one := _key_class(name, row, faults)) is not None),
        closed=tuple(dict.fromkeys(layers.closed)),
        structured=tuple((kind, tuple(names)) for kind, names in layers.structured.items()),
        allow_keys=tuple(dict.fromkeys(layers.allow["keys"])),
        allow_values=tuple(dict.fromkeys(layers.allow["values"])),
        version=VERSION,
    )


def _rule(name: str, row: _Row, faults: list[Fault]) -> Rule | None:
    values = dict(row.values)
    if not values.pop("enabled", True):
        return None
    pattern = values.get("pattern")
    if not pattern:
        if "pattern" not in values:
            faults.append(Fault(row.origin, f"rule {name} has no pattern", "a new rule needs one"))
        return None
    problems = complaints(pattern)
    faults.extend(
        Fault(row.where["pattern"], f"the pattern of rule {name} {problem}", "the RE2 subset is possible")
        for problem in problems
    )
    if not problems and values.get("group", 0) > groups(pattern):
        problems = [f"rule {name} has no group {values['group']}"]
        faults.append(Fault(row.where["group"], problems[0], f"the pattern has {groups(pattern)}"))
    return None if problems else Rule(id=name, origin=row.origin, **values)


def _key_class(name: str, row: _Row, faults: list[Fault]) -> KeyClass | None:
    values = dict(row.values)
    if not values.pop("enabled", True):
        return None
    if not any(values.get(way) for way in ("words", "endings", "exact")):
        faults.append(Fault(row.origin, f"key class {name} names no keys", "words, endings or exact are needed"))
        return None
    return KeyClass(id=name, origin=row.origin, **values)
