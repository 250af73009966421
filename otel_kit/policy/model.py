"""The policy as data: what is looked for, where, and what becomes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern that finds a kind of value in text.

    ``pattern`` stays in the RE2 subset; ``group`` is the part that is masked (0: the whole match). ``validator`` and
    ``action`` are words of ``vocabulary``. With ``context`` one of these words must stand within the 30 characters
    before the match. ``examples`` maps a text to what must become of it, ``counter_examples`` must stay as they are;
    both are checked when the policy is compiled. ``origin`` is ``file:line`` and no part of the rule's identity.
    """

    id: str
    pattern: str
    pack: str = "user"
    group: int = 0
    validator: str | None = None
    action: str = "replace"
    context: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    counter_examples: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class KeyClass:
    """Keys whose values are treated because of the key.

    ``words`` are phrases that must be the last words of a key (``api key`` fits ``X-Api-Key``, ``apiKey`` and
    ``shop.api_key``), ``endings`` may also be the tail of a longer word (``dbpassword``), ``exact`` names whole keys
    and may end in ``*``. The scope ``query`` limits the class to the query strings of URLs.
    """

    id: str
    action: str = "replace"
    scope: str = "any"
    words: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a Redactor is compiled from.

    ``closed`` are keys (a trailing ``*`` stands for any rest) whose values come from a closed domain and are not
    scanned; ``structured`` maps a kind of value (``url``, ``sql`` ...) to its keys.
    """

    rules: tuple[Rule, ...]
    keys: tuple[KeyClass, ...] = ()
    closed: tuple[str, ...] = ()
    structured: tuple[tuple[str, tuple[str, ...]], ...] = ()
    allow_keys: tuple[str, ...] = ()
    allow_values: tuple[str, ...] = ()
    version: int = 1

    @property
    def id(self) -> str:
        """16 hex characters of SHA-256 over what the policy does; examples and places do not count."""
        content = {
            "version": self.version,
            "rules": [_content(rule, {"origin", "examples", "counter_examples"}) for rule in self.rules],
            "keys": [_content(key, {"origin"}) for key in self.keys],
            "closed": self.closed,
            "structured": self.structured,
            "allow": [self.allow_keys, self.allow_values],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:16]


def _content(row: Rule | KeyClass, without: set[str]) -> Mapping[str, object]:
    return {entry.name: getattr(row, entry.name) for entry in fields(row) if entry.name not in without}
