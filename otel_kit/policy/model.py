"""The policy as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern that finds a kind of value in text."""

    id: str
    pattern: str


@dataclass(frozen=True, slots=True)
class KeyClass:
    """Keys whose values are treated by the key alone."""

    id: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a Redactor is compiled from."""

    id: str
    rules: tuple[Rule, ...]
    keys: tuple[KeyClass, ...]
