"""The needles of the shipped rules, derived beforehand: a process that starts has better things to do.

``python -m otel_kit.redaction.prefilter.derived_needles`` writes them anew; a test fails when they are stale. What is
not among them, such as a rule of the user's own, is derived when it is asked for.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Rule
from otel_kit.redaction.prefilter.needles import Needles, needles_for
from otel_kit.redaction.prefilter.required_strings import FOLD, HEX, SHAPE

_FILE = Path(__file__).with_name("derived_needles.json")
_VIEWS: Final = {"fold": FOLD, "shape": SHAPE, "hex": HEX}
_MANY = 1000  # so many are as soon derived as read


def needles_of_rule(rule: Rule) -> Needles:
    """Return the needles of a rule. Thread-safe."""
    row = _rows().get(_key(rule))
    if row is None:
        return needles_for(rule.pattern, rule.context, rule.literals, rule.group)
    return _read(row)


def rows(rules: Iterable[Rule]) -> dict[str, Any]:
    """Return what the file holds for ``rules``."""
    derived = ((rule, needles_for(rule.pattern, rule.context, rule.literals, rule.group)) for rule in rules)
    found = {_key(rule): _written(needles) for rule, needles in derived if len(needles.starts) < _MANY}
    return dict(sorted(found.items()))


@functools.cache
def _rows() -> Mapping[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(_FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}  # then they are derived
    return loaded


def _key(rule: Rule) -> str:
    content = json.dumps([rule.pattern, rule.context, rule.literals, rule.group])
    return hashlib.sha256(content.encode("ascii")).hexdigest()[:16]


def _written(needles: Needles) -> list[Any]:
    (view,) = (name for name, table in _VIEWS.items() if table is needles.view)
    texts = [[one.decode("latin-1") for one in group] for group in (needles.strings, needles.starts, needles.words)]
    also = _written(needles.also) if needles.also is not None else None
    return [view, needles.gate.decode("latin-1"), *texts, also]


def _read(row: list[Any]) -> Needles:
    view, gate, *groups, also = row
    strings, starts, words = (tuple([one.encode("latin-1") for one in group]) for group in groups)
    further = _read(also) if also is not None else None
    return Needles(strings, _VIEWS[view], starts, words, gate.encode("latin-1"), further)


if __name__ == "__main__":
    lines = (f"{json.dumps(key)}: {json.dumps(row)}" for key, row in rows(load_policy().rules).items())
    _FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="ascii")
