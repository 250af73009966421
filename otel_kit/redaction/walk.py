"""The walk over values: whatever an application hands over becomes a redacted value that OTLP can carry."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from otel_kit.redaction.any_value import AnyValue
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import CompiledClass
from otel_kit.redaction.key_plans import ALLOWED, PUBLIC, TEXT, KeyPlan, KeyPlans
from otel_kit.redaction.masks import CYCLE, FAILED, TOO_DEEP, TRUNCATED, UNPRINTABLE, marker
from otel_kit.redaction.strings import MAX_BYTES, OVERLAP, Strings, repaired
from otel_kit.redaction.validation.validators import is_card_number

MAX_DEPTH: Final = 16
MAX_RECORD_BYTES: Final = 1 << 20
ITEM_BYTES = 16  # what an entry of a list or map costs beside its content
_INT64 = range(-(1 << 63), 1 << 63)
_PUBLIC_LENGTH = 128
_OPTION_LENGTH = 64
_PRINTED_LIMIT = 1 << 512  # Python itself refuses to print integers of some thousand digits
_PLAIN = KeyPlan(None, TEXT)
_LISTS = (list, tuple, set, frozenset, deque)


@dataclass(slots=True)
class Visit:
    """The state of one walk: what was found, what may still be spent, and the containers being walked."""

    findings: Findings
    bytes_left: int = MAX_RECORD_BYTES
    open: set[int] = field(default_factory=set)


class Walker:
    """Walks values. Immutable and thread-safe; never raises."""

    def __init__(self, strings: Strings, plans: KeyPlans) -> None:
        self._strings = strings
        self._plans = plans

    def value(self, key: str, value: object, visit: Visit, depth: int = 0) -> AnyValue:
        """Return ``value`` redacted by what ``key`` says about it."""
        if key and self._strings.is_clean(key):
            visit.findings.place = key
        return self._guarded(key, value, self._plans.of(key), visit, depth)

    def members(
        self, items: Iterable[tuple[object, object]], path: str, visit: Visit, depth: int
    ) -> dict[str, AnyValue]:
        """Return the entries of a map, keys and values redacted. Keys that become alike are numbered."""
        result: dict[str, AnyValue] = {}
        for raw_key, value in islice(items, MAX_RECORD_BYTES // ITEM_BYTES):
            if visit.bytes_left <= 0:
                visit.findings.truncated += 1
                break
            visit.bytes_left -= ITEM_BYTES
            key = raw_key if type(raw_key) is str else self._printed(raw_key, visit)
            shown = self._charged("text", key, visit)
            if shown in result:
                shown = _numbered(shown, result)
            plan = self._plans.of_member(path, key) if path else self._plans.of(key)
            inner = f"{path}.{shown}"[-256:] if path else shown
            visit.findings.place = inner
            if plan.key_class is not None and plan.key_class.action == "drop" and _is_something(value):
                visit.findings.hit(plan.key_class.id)
                continue
            result[shown] = self._guarded(inner, value, plan, visit, depth)
        return result

    def _guarded(self, path: str, value: object, plan: KeyPlan, visit: Visit, depth: int) -> AnyValue:
        if type(value) is str:
            return self._text(value, plan, visit)
        try:
            return self._any(path, value, plan, visit, depth)
        except Exception:
            visit.findings.errors += 1
            return FAILED

    def _any(self, path: str, value: Any, plan: KeyPlan, visit: Visit, depth: int) -> AnyValue:
        # type() and not isinstance(): an object may lie about its __class__, or raise there.
        kind = type(value)
        if value is None or kind is bool:
            return value  # type: ignore[no-any-return]  # narrowed by identity and type
        if issubclass(kind, int):
            return self._integer(int.__index__(value), plan, visit)
        if issubclass(kind, float):
            return self._float(float.__float__(value), plan, visit)
        if issubclass(kind, str):
            return self._text(str.__str__(value), plan, visit)
        if issubclass(kind, (bytes, bytearray, memoryview)):
            return self._bytes(value, plan, visit)
        if issubclass(kind, Mapping):
            return self._container(path, value, plan, visit, depth, is_map=True)
        if issubclass(kind, _LISTS):
            return self._container(path, value, plan, visit, depth, is_map=False)
        return self._text(self._printed(value, visit), plan, visit)

    def _container(self, path: str, value: Any, plan: KeyPlan, visit: Visit, depth: int, *, is_map: bool) -> AnyValue:
        if id(value) in visit.open:
            visit.findings.repaired += 1
            return CYCLE
        if depth >= MAX_DEPTH:
            visit.findings.repaired += 1
            return TOO_DEEP
        visit.open.add(id(value))
        try:
            if is_map:
                if plan.key_class is not None and not plan.key_class.floor:
                    return self._whole(plan.key_class, value, visit)
                items = dict.items(value) if isinstance(value, dict) else value.items()
                return self.members(items, path, visit, depth + 1)
            return self._items(path, value, plan, visit, depth + 1)
        finally:
            visit.open.discard(id(value))

    def _items(self, path: str, items: Iterable[object], plan: KeyPlan, visit: Visit, depth: int) -> list[AnyValue]:
        result: list[AnyValue] = []
        option: KeyPlan | None = None
        for item in items:
            if visit.bytes_left <= 0:
                visit.findings.truncated += 1
                break
            visit.bytes_left -= ITEM_BYTES
            if option is not None and type(item) is str and not item.startswith("-"):
                result.append(self._guarded(path, item, option, visit, depth))
                option = None
                continue
            option = self._option(item)
            if type(item) in (list, tuple) and (pair := self._pair(path, item, visit, depth)) is not None:
                result.append(pair)
            else:
                result.append(self._guarded(path, item, plan, visit, depth))
        return result

    def _option(self, item: object) -> KeyPlan | None:
        """A command line may come as a list: ``--password`` then says what the next item is."""
        if type(item) is not str or not item.startswith("--") or len(item) > _OPTION_LENGTH:
            return None
        plan = self._plans.of(item[2:])
        return plan if plan.key_class is not None and not plan.key_class.floor else None

    def _pair(self, path: str, item: Any, visit: Visit, depth: int) -> AnyValue:
        """A map may come as a list of pairs, as headers do: the first then says what the second is."""
        if len(item) != 2 or type(item[0]) not in (str, bytes):
            return None
        name = item[0] if type(item[0]) is str else item[0].decode("latin-1")
        plan = self._plans.of_member(path, name)
        if plan.key_class is None:
            return None
        return [self._guarded(path, item[0], _PLAIN, visit, depth), self._guarded(path, item[1], plan, visit, depth)]

    def _whole(self, key_class: CompiledClass, value: Any, visit: Visit) -> AnyValue:
        """A map under a key that asks for masking goes as a whole; its parts need not be of one kind."""
        if not len(value):
            return {}
        visit.findings.hit(key_class.id)
        return marker(key_class.id)

    def _text(self, text: str, plan: KeyPlan, visit: Visit) -> str:
        if plan.key_class is not None:
            return self._by_class(plan.key_class, text, visit)
        if plan.reports is not None and plan.reports.masked(text) != text:
            visit.findings.report(plan.reports.id)
        if plan.kind == PUBLIC:
            if is_plain_public(text):
                return text
        elif plan.kind == ALLOWED:
            return self._strings.redact(ALLOWED, text, visit.findings)
        return self._charged(TEXT if plan.kind == PUBLIC else plan.kind, text, visit)

    def _charged(self, kind: str, text: str, visit: Visit) -> str:
        left = visit.bytes_left
        visit.bytes_left -= min(len(text), MAX_BYTES)
        if len(text) <= left:
            return self._strings.redact(kind, text, visit.findings)
        visit.findings.truncated += 1
        return TRUNCATED

    def _by_class(self, key_class: CompiledClass, text: str, visit: Visit) -> str:
        text = repaired(text[:MAX_BYTES], visit.findings)
        masked = key_class.masked(text)
        if masked != text:
            visit.findings.hit(key_class.id)
        # The beginning that truncate leaves is text like any other.
        return self._charged(TEXT, masked, visit) if key_class.action == "truncate" else masked

    def _integer(self, number: int, plan: KeyPlan, visit: Visit) -> AnyValue:
        if plan.key_class is not None or plan.reports is not None or number >= 10**13 or number not in _INT64:
            return self._number(number, plan, visit)
        return number

    def _float(self, number: float, plan: KeyPlan, visit: Visit) -> AnyValue:
        if plan.key_class is not None:
            return self._number(number, plan, visit)
        if 1e13 <= number < 1e19 and number.is_integer():
            shown = self._number(int(number), plan, visit)
            return shown if isinstance(shown, str) else number
        return number

    def _number(self, number: int | float, plan: KeyPlan, visit: Visit) -> AnyValue:
        fits = type(number) is float or number in _INT64
        if abs(number) > _PRINTED_LIMIT and not fits:
            visit.findings.repaired += 1
            return UNPRINTABLE
        digits = str(number)
        if plan.reports is not None and plan.reports.masked(digits) != digits:
            visit.findings.report(plan.reports.id)
        if plan.key_class is not None:
            masked = self._by_class(plan.key_class, digits, visit)
            return number if fits and masked == digits else masked
        if fits and (plan.kind == ALLOWED or not is_card_number(digits)):
            return number
        if not fits:
            visit.findings.repaired += 1
            return self._text(digits, plan, visit)
        masked = self._strings.redact(plan.kind if plan.kind != PUBLIC else TEXT, digits, visit.findings)
        return number if masked == digits else masked

    def _bytes(self, value: Any, plan: KeyPlan, visit: Visit) -> AnyValue:
        content = bytes(memoryview(value)[: MAX_BYTES + OVERLAP])  # a value across the limit is seen whole
        is_long = len(content) > MAX_BYTES
        if type(value) is not bytes:
            visit.findings.repaired += 1
        text, encoding = _decoded(content)
        own = Findings(place=visit.findings.place)
        masked = self._text(text, plan, Visit(own, visit.bytes_left))
        visit.bytes_left -= min(len(content), MAX_BYTES)
        if own.reported:
            visit.findings.merge(Findings(reported=own.reported, places=own.places if not own.hits else {}))
            own.reported = {}
        was_cut = bool(own.truncated) and (not is_long or masked == TRUNCATED)
        own.truncated = int(is_long or was_cut)
        if not own.hits and not own.errors and not was_cut:
            visit.findings.truncated += own.truncated
            return content[:MAX_BYTES]
        visit.findings.merge(own)
        return masked.encode(encoding, "replace")[:MAX_BYTES]

    def _printed(self, value: object, visit: Visit) -> str:
        visit.findings.repaired += 1
        return printed(value)


def is_plain_public(text: str) -> bool:
    """Whether a value of a public key need not be scanned."""
    return len(text) <= _PUBLIC_LENGTH and "@" not in text and text.isascii()


def _decoded(content: bytes) -> tuple[str, str]:
    """Return bytes as text and how they were read: as UTF-8, of which the end may have been cut, or byte by byte."""
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if len(content) > MAX_BYTES and error.start >= len(content) - 3:
            return content[: error.start].decode("utf-8"), "utf-8"
        return content.decode("latin-1"), "latin-1"


def printed(value: object) -> str:
    """Return ``str(value)`` as an exact string; the object's own code may do anything but interrupt the program."""
    try:
        return str.__str__(str(value))
    except KeyboardInterrupt:
        raise
    except BaseException:  # a SystemExit must not leave through a log line
        return UNPRINTABLE


def _is_something(value: object) -> bool:
    """Whether there is a value to drop: nothing, an empty text and an empty container say nothing."""
    return value is not None and not (type(value) in (str, bytes, list, tuple, dict, set, frozenset) and not value)


def _numbered(key: str, taken: Mapping[str, object]) -> str:
    number = 2
    while f"{key}#{number}" in taken:
        number += 1
    return f"{key}#{number}"
