"""Two policies compared: what came, what went, what changed, and whether that is stricter or looser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, TypeAlias

from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.policy.strictness import loosened

Kind: TypeAlias = Literal["rule", "key class", "policy"]
Direction: TypeAlias = Literal["stricter", "looser", "both", "neither"]

_FOR_PEOPLE = frozenset({"id", "origin", "description", "source", "examples", "counter_examples", "collector", "pack"})
_LISTS: Final = (
    "public",
    "internal",
    "minimum_class",
    "classes",
    "structured",
    "allow_keys",
    "allow_values",
    "allow_rules",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One rule, key class or list that is not the same. ``fields`` are those that differ, in the file's words."""

    kind: Kind
    id: str
    change: Literal["added", "removed", "changed"]
    direction: Direction
    fields: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def loosens(self) -> bool:
        """Whether something may go out that did not before."""
        return self.direction in ("looser", "both")


def differences(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return what differs from ``old`` to ``new``, rules first; texts for people and examples do not count."""
    return (
        *_rows("rule", {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}),
        *_rows("key class", {key.id: key for key in old.keys}, {key.id: key for key in new.keys}),
        *_lists(old, new),
    )


def _rows(kind: Kind, old: Mapping[str, Rule | KeyClass], new: Mapping[str, Rule | KeyClass]) -> Iterator[Change]:
    for name, before in old.items():
        there = new.get(name)
        if there is None:
            yield Change(kind, name, "removed", "neither" if before.mode == "report" else "looser")
            continue
        changed = tuple(_field(entry.name) for entry in fields(before) if entry.name not in _FOR_PEOPLE
                        and getattr(before, entry.name) != getattr(there, entry.name))  # fmt: skip
        if changed:
            yield _changed(kind, name, changed, _alone(before), _alone(there))
    for name, after in new.items():
        if name not in old:
            yield Change(kind, name, "added", "neither" if after.mode == "report" else "stricter")


def _lists(old: Policy, new: Policy) -> Iterator[Change]:
    empty = Policy(rules=())
    for name in _LISTS:
        if getattr(old, name) == getattr(new, name):
            continue
        before, after = (replace(empty, **{name: getattr(policy, name)}) for policy in (old, new))
        if name == "internal":
            # It matters only where unnamed keys are masked.
            before, after = (replace(one, minimum_class=of.minimum_class) for one, of in ((before, old), (after, new)))
        yield _changed("policy", _field(name), (_field(name),), before, after)


def _changed(kind: Kind, name: str, changed: tuple[str, ...], before: Policy, after: Policy) -> Change:
    looser, stricter = loosened(before, after), loosened(after, before)
    direction: Direction = (
        "both" if looser and stricter else "looser" if looser else "stricter" if stricter else "neither"
    )
    return Change(kind, name, "changed", direction, changed, looser)


def _alone(row: Rule | KeyClass) -> Policy:
    return Policy(rules=(row,)) if isinstance(row, Rule) else Policy(rules=(), keys=(row,))


def _field(name: str) -> str:
    return "class" if name == "data_class" else name.replace("allow_", "allow.")
