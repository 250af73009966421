"""What a field may hold: whether a value fits its annotation, and what it becomes on its way out."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import re
import types
import typing
import uuid
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from otel_kit.redaction.snapshot import plain, text_of

_MAX_DEPTH = 8
_EXACT = 1 << 53
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST_NUMBER = 18
_MAX_MEMBERS = 1024
_MAX_VALUES = 4096  # of one value, all levels together
_TEXTS = (uuid.UUID, decimal.Decimal, PurePath)
_DATES = (datetime.date, datetime.time)  # a datetime is a date
_ANYTHING = (Any, object)


@dataclass(frozen=True, slots=True)
class Between:
    """For ``Annotated``: the numbers that a field takes, both ends included."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


def fits(value: Any, wanted: Any) -> bool:
    """Whether ``value`` may stand in a field annotated with ``wanted``; what cannot be checked fits. Total."""
    try:
        return _fits(value, wanted, 0)
    except Exception:  # an object's own code, or an annotation that isinstance() refuses
        return True


def shown(wanted: Any) -> str:
    """Return an annotation as a user would write it."""
    if get_origin(wanted) is Annotated:
        limits = [str(item) for item in wanted.__metadata__ if isinstance(item, Between)]
        return " of ".join([shown(wanted.__origin__), *limits])
    if get_origin(wanted) is Literal:
        return "one of " + ", ".join(repr(item) for item in get_args(wanted))
    if _is_union(wanted):
        return " or ".join("None" if item is type(None) else shown(item) for item in get_args(wanted))
    if get_origin(wanted) is not None or not isinstance(wanted, type):
        return str(wanted).replace("typing.", "").replace("collections.abc.", "")
    return wanted.__name__


def choices(wanted: Any) -> tuple[str, ...]:
    """Return the texts that a field takes, if it takes only such."""
    if _is_union(wanted):
        return tuple(text for item in get_args(wanted) for text in choices(item))
    if get_origin(wanted) is Annotated:
        return choices(wanted.__origin__)
    return tuple(item for item in get_args(wanted) if isinstance(item, str)) if get_origin(wanted) is Literal else ()


def as_wanted(value: Any, wanted: Any) -> Any:
    """Return a whole number as a float where only those are wanted, so that the attribute keeps its kind."""
    if type(value) is not int or abs(value) > _EXACT:
        return value
    kinds = _kinds(wanted)
    return float(value) if float in kinds and int not in kinds else value


def as_number(text: str, wanted: Any) -> int | float | None:
    """Return the number that ``text`` is, if one is wanted; None otherwise."""
    kinds = _kinds(wanted)
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text) or not {int, float} & set(kinds):
        return None
    if int in kinds and text.lstrip("-").isdigit():
        return int(text)
    return float(text) if float in kinds else None


def plainer(value: Any) -> Any:
    """Return ``value`` as texts, numbers, booleans, lists and dictionaries of such. Total.

    Dates and times become RFC 3339 texts, durations seconds, enumerations their values, UUIDs, decimals and paths
    texts, instances of dataclasses dictionaries; anything else its text.
    """
    return plain(_Plainer().of(value, 0))


class _Plainer:
    def __init__(self) -> None:
        self._left = _MAX_VALUES

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if value is None or type(value) in (str, int, float, bool, bytes):
            return value
        if depth > _MAX_DEPTH or self._left <= 0:
            return "[truncated]"
        try:
            return self._converted(value, depth + 1)
        except Exception:
            return text_of(value)

    def _converted(self, value: Any, depth: int) -> Any:
        if isinstance(value, enum.Enum):
            return self.of(value.value, depth)
        if isinstance(value, _DATES):
            return value.isoformat()
        if isinstance(value, datetime.timedelta):
            return value.total_seconds()
        if isinstance(value, _TEXTS):
            return str(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: self.of(getattr(value, field.name), depth) for field in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return {text_of(key): self.of(item, depth) for key, item in list(islice(value.items(), _MAX_MEMBERS))}
        if isinstance(value, list | tuple | Set):
            return [self.of(item, depth) for item in list(islice(value, _MAX_MEMBERS))]
        return value


def _fits(value: Any, wanted: Any, depth: int) -> bool:
    if wanted in _ANYTHING or isinstance(wanted, typing.TypeVar | str) or depth > _MAX_DEPTH:
        return True
    if wanted is None or wanted is type(None):
        return value is None
    origin = get_origin(wanted)
    if origin is Annotated:
        return _fits(value, wanted.__origin__, depth) and _within(value, wanted.__metadata__)
    if origin is Literal:
        return any(type(value) is type(item) and value == item for item in get_args(wanted))
    if _is_union(wanted):
        return any(_fits(value, item, depth) for item in get_args(wanted))
    if isinstance(wanted, typing.NewType):
        return _fits(value, wanted.__supertype__, depth)
    if wanted is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if typing.is_typeddict(wanted):
        return isinstance(value, dict)
    if origin is None:
        return not isinstance(wanted, type) or isinstance(value, wanted)
    return _members_fit(value, origin, get_args(wanted), depth + 1)


def _members_fit(value: Any, origin: Any, inner: tuple[Any, ...], depth: int) -> bool:
    if not isinstance(value, origin) or (isinstance(value, str | bytes) and origin not in (str, bytes)):
        return False
    if issubclass(origin, Mapping) and len(inner) == 2:
        few = islice(value.items(), _MAX_MEMBERS)
        return all(_fits(key, inner[0], depth) and _fits(item, inner[1], depth) for key, item in few)
    if issubclass(origin, tuple) and not (len(inner) == 2 and inner[1] is Ellipsis):
        return len(value) == len(inner) and all(_fits(*pair, depth) for pair in zip(value, inner, strict=True))
    if issubclass(origin, Collection) and inner:
        return all(_fits(item, inner[0], depth) for item in islice(value, _MAX_MEMBERS))
    return True


def _kinds(wanted: Any) -> list[Any]:
    """Return what an annotation is a choice of."""
    inner = get_args(wanted) if _is_union(wanted) else (wanted,)
    return [item.__origin__ if get_origin(item) is Annotated else item for item in inner]


def _is_union(wanted: Any) -> bool:
    return get_origin(wanted) in (Union, types.UnionType)


def _within(value: Any, metadata: tuple[Any, ...]) -> bool:
    limits = [item for item in metadata if isinstance(item, Between)]
    return value is None or all(limit.low <= value <= limit.high for limit in limits)


class _Missing:
    def __repr__(self) -> str:
        return "<missing>"


MISSING: Final = _Missing()  # stands in a field that was not given
