"""The short way for attributes: most keys, and most of their values, were there before and were clean.

Keys are judged once. Values that are known to be clean pass at once, new ones are scanned together, and only what is
left goes the long way, so that what comes out is what the walk would have made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from otel_kit.redaction.any_value import AnyValue
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_plans import ALLOWED, EXCEPT, PUBLIC, TEXT, KeyPlans
from otel_kit.redaction.prefilter.scanner import Scanner, Step
from otel_kit.redaction.strings import Strings, is_utf8
from otel_kit.redaction.walk import ITEM_BYTES, Visit, Walker, is_plain_public

MOST_KNOWN: Final = 128
_MAX_LENGTH: Final = 256
_MAX_KNOWN: Final = 4096
_INT64 = 1 << 63
_LARGE: Final = 10**13  # a number of so many digits may be a card's
_NOT_PLAIN_PATH = frozenset("?#%+=&;")
_JSON_OR_SPACE = ("{", "[", " ", "\t", "\r", "\n")


@dataclass(slots=True)
class _Key:
    """A clean key: the kind of its values, None if a class treats them, and those that are known to be clean."""

    kind: str | None
    clean: set[str] = field(default_factory=set)


class KnownAttributes:
    """Redacts attributes. Thread-safe; remembers keys and short clean values, up to a limit."""

    def __init__(self, walker: Walker, strings: Strings, plans: KeyPlans, scanner: Scanner) -> None:
        self._walker = walker
        self._strings = strings
        self._plans = plans
        self._scanner = scanner
        self._keys: dict[str, _Key] = {}
        self._clean: dict[str, set[str]] = {}

    def redact(self, items: list[tuple[object, object]], findings: Findings) -> dict[str, AnyValue] | None:
        """Return what the walk makes of attributes, or None where it has to be asked."""
        if len(items) > MOST_KNOWN:
            return None
        keys = self._keys
        fresh: list[tuple[_Key, str]] = []
        is_known = True
        for key, value in items:
            if type(key) is not str:
                return None
            known = keys.get(key) or self._learned(key)
            if known is None:
                return None
            kind = type(value)
            if kind is str:
                if value not in known.clean:
                    fresh.append((known, value))  # type: ignore[arg-type]  # narrowed by its type
            elif known.kind is None or not _is_plain(kind, value):
                is_known = False
        if fresh and not self._all_clean(fresh):
            is_known = False
        if not items or not is_known:
            return self._in_order(items, findings)
        findings.place = key  # type: ignore[assignment]  # narrowed by its type
        return dict(items)  # type: ignore[arg-type]  # keys are strings, values plain ones

    def _learned(self, key: str) -> _Key | None:
        """Return what is to be known about a key; None if the key itself is not plain and clean text."""
        own = Findings()
        if len(key) > _MAX_LENGTH or self._strings.redact(TEXT, key, own) != key or own != Findings():
            return None
        plan = self._plans.of(key)
        if plan.key_class is not None or plan.reports is not None:
            known = _Key(None)
        else:
            known = _Key(plan.kind, self._clean.setdefault(plan.kind, set()))
        if len(self._keys) < _MAX_KNOWN:
            self._keys[key] = known
        return known

    def _all_clean(self, fresh: Iterable[tuple[_Key, str]]) -> bool:
        """Whether new values are all provably clean; those that are will be known."""
        together: list[tuple[_Key, str]] = []
        all_clean = True
        for known, value in fresh:
            verdict = _judged(known.kind, value)
            if verdict is None:
                together.append((known, value))
            elif verdict or self._is_clean(known.kind, value):
                self._remember(known, value)
            else:
                all_clean = False
        if together:
            steps = self._steps_for("\n".join([value for _, value in together]))
            for known, value in together:
                if is_utf8(value) and not _finds(steps, value):
                    self._remember(known, value)
                else:
                    all_clean = False
        return all_clean

    def _steps_for(self, joined: str) -> list[Step]:
        """Return the steps that may find something in one of the values that are joined here."""
        called = self._scanner.called(joined)
        if not called:
            return []
        numbers = self._scanner.narrowed(joined, called)
        return [step for number in numbers if (step := self._scanner.step(number)) is not None]

    def _is_clean(self, kind: str | None, value: str) -> bool:
        """Whether the treatment of values of this kind alters and counts nothing."""
        own = Findings()
        return (
            kind is not None
            and len(value) <= _MAX_LENGTH
            and self._strings.redact(kind, value, own) == value
            and own == Findings()
        )

    def _remember(self, known: _Key, value: str) -> None:
        if len(known.clean) >= _MAX_KNOWN:
            known.clean.clear()
        known.clean.add(value)

    def _in_order(self, items: Iterable[tuple[Any, Any]], findings: Findings) -> dict[str, AnyValue]:
        """Return the attributes with those walked that are not known to be clean."""
        visit = Visit(findings)
        result: dict[str, AnyValue] = {}
        for key, value in items:
            if visit.bytes_left <= 0:
                findings.truncated += 1
                break
            known = self._keys.get(key)
            kind = type(value)
            if known is not None and known.kind is not None and visit.bytes_left > 4 * _MAX_LENGTH:
                if kind is str and value in known.clean:
                    visit.bytes_left -= ITEM_BYTES + len(key) + len(value)
                    findings.place, result[key] = key, value
                    continue
                if kind is not str and _is_plain(kind, value):
                    visit.bytes_left -= ITEM_BYTES + len(key)
                    findings.place, result[key] = key, value
                    continue
            result.update(self._walker.members([(key, value)], "", visit, 0))
        return result


def _finds(steps: Iterable[Step], value: str) -> bool:
    """Whether one of the steps alters or counts anything in a value that stands alone."""
    if not steps:
        return False
    own = Findings()
    return any(step.apply(value, own) != value for step in steps) or own != Findings()


def _is_plain(kind: type, value: Any) -> bool:
    """Whether the walk returns this value as it is under any key that no class treats."""
    if kind is int:
        return bool(-_INT64 <= value < _LARGE)
    return kind is bool or value is None or (kind is float and bool(value < _LARGE))


def _judged(kind: str | None, value: str) -> bool | None:
    """Return whether a value is clean as far as that can be told without a scan; None: by the scan alone."""
    if kind is None or len(value) > _MAX_LENGTH:
        return False
    base = kind.partition(EXCEPT)[0]
    if base == PUBLIC and is_plain_public(value):
        return True
    if base == ALLOWED:
        return is_utf8(value)
    if base in ("path", "url") and not _NOT_PLAIN_PATH.isdisjoint(value):
        return False
    if base not in (TEXT, PUBLIC, "path", "url") or value[:1] in _JSON_OR_SPACE:
        return False
    return None
