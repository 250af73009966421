"""The vectors of redaction.yaml, and those that the rules bring along, for the SDK's engines and for the Collector."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from otel_kit.policy.collector.rules import hidden_part
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Rule

SAME = "same"
_FILE: Any = yaml.safe_load(Path(__file__).with_name("redaction.yaml").read_text(encoding="utf-8"))
_MASK = re.compile(
    r"\[REDACTED:[a-z0-9_.-]+\]|[^\s=:\"/,]?\*\*\*(?:@|%40|%2540)[^\s&\",]+|\d{4}-\*{4}-\*{4}-\d{4}|\*{3}-\*\*-\d{4}"
    r"|(?:\+\d{1,3} )?(?:\(\d{3}\) )?\*{3}-\d{4}|[A-Z]{2}\*\* \*{4} [A-Z0-9]{4}|\*{4}[A-Za-z0-9]{4}"
)


@dataclass(frozen=True)
class Vector:
    """One value, under ``key`` or as a text without one, and what the two make of it."""

    key: str
    value: Any
    python: Any
    collector: Any
    differs: str


def _vector(row: dict[str, Any]) -> Vector:
    python = row["python"]
    collector = python if row["collector"] == SAME else row["collector"]
    return Vector(row.get("key", ""), row.get("text", row.get("value")), python, collector, row.get("differs", ""))


TEXTS = tuple(map(_vector, _FILE["texts"]))
KEYS = tuple(map(_vector, _FILE["keys"]))
MASKS: tuple[str, ...] = tuple(_FILE["masks"])
MASKED_KEYS: dict[str, Any] = _FILE["masked_keys"]
DECLARED_COUNTER_EXAMPLES: dict[str, str] = _FILE["counter_examples"]
NAMED_CLASSES = frozenset(row["about"] for row in _FILE["keys"])

RULES = load_policy().rules


def is_only_the_mask(vector: Vector) -> bool:
    """Whether the Collector's result is the SDK's with **** in the place of each mask."""
    return isinstance(vector.python, str) and _MASK.sub("****", vector.python) == vector.collector


def examples() -> list[tuple[Rule, str, str]]:
    """Return each rule's examples: rule, text, and the part that must not come out."""
    return [(rule, text, hidden_part(text, result)) for rule in RULES for text, result in rule.examples]


def counter_examples() -> list[str]:
    """Return the counter-examples of all rules, each once."""
    return list(dict.fromkeys(text for rule in RULES for text in rule.counter_examples))
