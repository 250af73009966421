"""The fields of a policy file, each once: how its value is read, what an editor's schema says, what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from otel_kit.errors import nearest
from otel_kit.policy.model import CollectorForm
from otel_kit.policy.vocabulary import (
    ACTIONS,
    DATA_CLASSES,
    ENCODINGS,
    FALLBACKS,
    MODES,
    RULE_ACTIONS,
    SCOPES,
    VALIDATORS,
)

# Returns the value as the model wants it, or raises ValueError with what is wanted.
Reader: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One field: ``read`` checks and converts a value, ``schema`` is its JSON schema, ``doc`` one line for people."""

    read: Reader
    schema: Mapping[str, Any]
    doc: str


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


def texts(value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("a list of texts is needed")
    return tuple(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError("a map of text to what it becomes is needed")
    return tuple(value.items())


def _collector(value: Any) -> CollectorForm:
    if isinstance(value, dict) and all(isinstance(item, str) and item for item in value.values()):
        if value.keys() == {"pattern", "differs"}:
            return CollectorForm(value["pattern"], value["differs"])
        if value.keys() == {"refused"}:
            return CollectorForm(None, value["refused"])
    raise ValueError("either pattern and differs (why it is another) or refused (why it cannot) is needed")


def one_of(words: Sequence[str]) -> Reader:
    """Return a reader of one of ``words``."""

    def read(value: Any) -> str:
        if value not in words:
            near = nearest(str(value), words)
            raise ValueError(f"one of {', '.join(words)} is needed" + (f" (did you mean {near}?)" if near else ""))
        return str(value)

    return read


def _some_of(words: Sequence[str]) -> Reader:
    one = one_of(words)
    return lambda value: tuple(one(item) for item in texts(value))


_LINE = {"type": "string", "minLength": 1}
_LINES = {"type": "array", "items": _LINE}


def _word(words: Sequence[str], doc: str) -> PolicyField:
    return PolicyField(one_of(words), {"enum": list(words)}, doc)


_COMMON: Mapping[str, PolicyField] = {
    "description": PolicyField(_text, _LINE, "One line for people: what it finds."),
    "keep": PolicyField(_number, {"type": "integer", "minimum": 0}, "How many characters truncate leaves."),
    "fallback": _word(FALLBACKS, "What pseudonym does while no key is set."),
    "mode": _word(MODES, "report counts what is found and alters nothing."),
    "enabled": PolicyField(_truth, {"type": "boolean"}, "false switches it off."),
}
RULE_FIELDS: Mapping[str, PolicyField] = {
    "pattern": PolicyField(_text, _LINE, "What is looked for, in the RE2 subset; unbounded repeats only at its end."),
    "group": PolicyField(_number, {"type": "integer", "minimum": 0}, "The group that is masked; 0 is the whole match."),
    "literals": PolicyField(texts, _LINES, "Texts of which each match must hold one."),
    "validator": _word(VALIDATORS, "A check of what was found: check digits, ranges, neighbours."),
    "context": PolicyField(texts, _LINES, "Words of which one must stand within the 30 characters before."),
    "encodings": PolicyField(
        _some_of(ENCODINGS), {"type": "array", "items": {"enum": list(ENCODINGS)}},
        "Encodings of which segments are decoded and searched too.",
    ),
    "action": _word(RULE_ACTIONS, "What becomes of a value."),
    "pack": PolicyField(_text, _LINE, "The pack that the rule belongs to."),
    "source": PolicyField(_text, _LINE, "Where the format is described."),
    "collector": PolicyField(
        _collector,
        {
            "type": "object",
            "oneOf": [
                {"required": ["pattern", "differs"], "properties": {"pattern": _LINE, "differs": _LINE},
                 "additionalProperties": False},
                {"required": ["refused"], "properties": {"refused": _LINE}, "additionalProperties": False},
            ],
        },
        "What the Collector does instead, and why.",
    ),
    "examples": PolicyField(
        _pairs, {"type": "object", "additionalProperties": {"type": "string"}}, "Texts, and what must become of them."
    ),
    "counter_examples": PolicyField(texts, _LINES, "Texts that must stay as they are."),
    **_COMMON,
}  # fmt: skip
KEY_FIELDS: Mapping[str, PolicyField] = {
    "class": _word(DATA_CLASSES, "How sensitive the values are; gives the action where none is named."),
    "action": _word(ACTIONS, "What becomes of a value."),
    "scope": _word(SCOPES, "query: only in the query strings of URLs."),
    "words": PolicyField(texts, _LINES, "Last words of a key: api key = X-Api-Key = apiKey."),
    "endings": PolicyField(texts, _LINES, "Tails of a key's last word."),
    "exact": PolicyField(texts, _LINES, "Whole keys; a trailing * stands for any rest."),
    **_COMMON,
}
CLASS_FIELDS: Mapping[str, PolicyField] = {"action": _word(ACTIONS, "What becomes of values of this class.")}
