"""The policy as data: what is looked for, where, and what becomes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class CollectorForm:
    """How the Collector does a rule that it cannot do as it stands.

    ``pattern`` is the stricter one that it uses, None if it cannot do the rule at all; ``reason`` says why.
    """

    pattern: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern that finds a kind of value in text.

    ``pattern`` stays in the RE2 subset; ``group`` is the part that is masked (0: the whole match). ``validator`` and
    ``action`` are words of ``vocabulary``. With ``literals`` each match must hold one of these texts; with ``context``
    one of these words must stand within the 30 characters before the match; with ``encodings`` it is also looked for in
    segments of the text that are written so (``base64``, in both alphabets). ``keep`` is how many characters
    ``truncate`` leaves, ``fallback`` what ``pseudonym`` does without a key. In the mode ``report`` a value is counted
    and stays. ``examples`` maps a text to what must become of it, ``counter_examples`` must stay as they are; both are
    checked when the policy is compiled. ``origin`` is ``file:line``; it, the texts for people and the examples are no
    part of the rule's identity.
    """

    id: str
    pattern: str
    pack: str = "user"
    description: str = ""
    source: str = ""
    group: int = 0
    literals: tuple[str, ...] = ()
    validator: str | None = None
    context: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ()
    action: str = "replace"
    keep: int = 0
    fallback: str = "replace"
    mode: str = "enforce"
    collector: CollectorForm | None = None
    examples: tuple[tuple[str, str], ...] = ()
    counter_examples: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class KeyClass:
    """Keys whose values are treated because of the key.

    ``words`` are phrases that must be the last words of a key (``api key`` fits ``X-Api-Key``, ``apiKey`` and
    ``shop.api_key``), ``endings`` may also be the tail of a longer word (``dbpassword``), ``exact`` names whole keys
    and may end in ``*``. The scope ``query`` limits the class to the query strings of URLs. ``data_class`` says how
    sensitive the values are; ``action`` is the class's own or that of its data class.
    """

    id: str
    data_class: str = "confidential"
    action: str = "replace"
    keep: int = 0
    fallback: str = "replace"
    mode: str = "enforce"
    scope: str = "any"
    words: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    description: str = ""
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a Redactor is compiled from.

    ``public`` are keys (a trailing ``*`` stands for any rest) whose values come from a closed domain and are not
    scanned, ``internal`` known ones that are kept and scanned; a key that nothing names has ``minimum_class``.
    ``classes`` maps each data class to its action, ``structured`` a kind of value (``url``, ``sql`` ...) to its keys,
    ``allow_rules`` the id of a rule or key class to keys where it does nothing.

    ``base_id`` is the id of the shipped policy below; ``loosened`` says what a user's layer made less strict.
    """

    rules: tuple[Rule, ...]
    keys: tuple[KeyClass, ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    public: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    minimum_class: str = "internal"
    structured: tuple[tuple[str, tuple[str, ...]], ...] = ()
    allow_keys: tuple[str, ...] = ()
    allow_values: tuple[str, ...] = ()
    allow_rules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    version: int = 1
    base_id: str = field(default="", compare=False)
    loosened: tuple[str, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        """16 hex characters of SHA-256 over what the policy does; examples, origins and descriptions do not count."""
        content = {
            "version": self.version,
            "rules": [_content(rule) for rule in self.rules],
            "keys": [_content(key) for key in self.keys],
            "classes": self.classes,
            "public": self.public,
            "internal": self.internal if self.minimum_class != "internal" else (),
            "minimum_class": self.minimum_class,
            "structured": self.structured,
            "allow": [self.allow_keys, self.allow_values, self.allow_rules],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:16]

    @property
    def only_stricter(self) -> bool:
        """Whether everything that the shipped policy masks is masked at least as much."""
        return not self.loosened

    def action_of(self, data_class: str) -> str:
        """Return what becomes of values of a data class that name no action of their own; nothing known: masked."""
        return dict(self.classes).get(data_class, "replace")


_FOR_PEOPLE = {"origin", "examples", "counter_examples", "description", "source", "collector", "pack", "data_class"}


def _content(row: Rule | KeyClass) -> Mapping[str, object]:
    return {entry.name: getattr(row, entry.name) for entry in fields(row) if entry.name not in _FOR_PEOPLE}
