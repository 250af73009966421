"""The fields of an event: what was given, compared with what was defined.

A misspelt field is taken as the nearest one that was not given; an unknown one stays under its own name; a missing one
is left out; a value of a wrong type is kept. Each is a fault that names the event, the field and the nearest one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from otel_kit.errors import Fault, nearest
from otel_kit.events.value_types import as_number, as_wanted, choices, fits, shown
from otel_kit.redaction.snapshot import text_of

_MAX_SURPLUS = 64
_MAX_NAMES_SHOWN = 12
_MAX_NAME = 64
_ALIKE = 0.6  # as ``errors.nearest``
_CLEARLY = 0.08


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event: its annotation, whether it must be given, and the attribute of one that is defined."""

    name: str
    wanted: Any
    required: bool
    attribute: str = ""


Fields = Mapping[str, Field]


@dataclass(slots=True)
class Mended:
    """What was given, put right: ``values`` by field, ``surplus`` what no field is near to."""

    values: dict[str, Any] = field(default_factory=dict)
    surplus: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def mended(event: str, fields: Fields, given: Mapping[str, Any], positional: tuple[Any, ...] = ()) -> Mended:
    """Compare what was given with ``fields``. Total; no fault quotes a value."""
    done = Mended()
    where = f"event {event}"
    names = list(fields)
    for index, value in enumerate(positional):
        if index < len(names):
            done.values[names[index]] = value
        else:
            done.faults.append(Fault(where, f"takes {len(names)} fields", f"{len(positional)} values were given"))
            break
    unknown: list[str] = []
    for name, value in given.items():
        if name in fields:
            done.values[name] = value
        else:
            unknown.append(name)
    for name in unknown[:_MAX_SURPLUS]:
        _take_unknown(where, fields, name, given[name], done)
    if len(unknown) > _MAX_SURPLUS:
        done.faults.append(Fault(where, f"was given {len(unknown)} unknown fields", f"{_MAX_SURPLUS} of them are kept"))
    for one in fields.values():
        if one.required and one.name not in done.values:
            done.faults.append(Fault(where, f"misses its field {one.name!r}", f"{shown(one.wanted)} is wanted"))
    for name, value in done.values.items():
        if fits(value, fields[name].wanted):
            done.values[name] = as_wanted(value, fields[name].wanted)
        else:
            done.values[name] = _wrong_value(where, fields[name], value, done.faults)
    return done


def _take_unknown(where: str, fields: Fields, name: str, value: Any, done: Mended) -> None:
    near, is_clear = _near(name, [one for one in fields if one not in done.values])
    known = "its fields are " + ", ".join(list(fields)[:_MAX_NAMES_SHOWN])
    mend = f"Did you mean {near!r}?" if near else ""
    done.faults.append(Fault(where, f"has no field {name[:_MAX_NAME]!r}", "" if near else known, mend))
    if near is not None and is_clear:
        done.values[near] = value
    else:
        done.surplus[text_of(name)] = value


def _near(name: str, candidates: Sequence[str]) -> tuple[str | None, bool]:
    """Return the name most like ``name``, and whether no other is nearly as much like it."""
    alike = [(difflib.SequenceMatcher(None, one, name[:_MAX_NAME]).ratio(), one) for one in candidates]
    near = sorted((pair for pair in alike if pair[0] >= _ALIKE), reverse=True)
    if not near:
        return None, False
    return near[0][1], len(near) == 1 or near[0][0] - near[1][0] >= _CLEARLY


def _wrong_value(where: str, one: Field, value: Any, faults: list[Fault]) -> Any:
    """Note that a value does not fit; returns what to take: the nearest of those known, the number in a text, or it."""
    known = choices(one.wanted)
    near = nearest(value, known) if known and type(value) is str else None
    got = "got another text" if known and type(value) is str else f"got {_kind_of(value)}"
    mend = f"Did you mean {near!r}?" if near else ""
    faults.append(Fault(where, f"has a field {one.name!r} for {shown(one.wanted)}", got, mend))
    number = as_number(value, one.wanted) if type(value) is str and not known else None
    return next((item for item in (near, number) if item is not None), value)


def _kind_of(value: Any) -> str:
    """Return the type of a value, and of the first key that is no text."""
    odd = next((key for key in list(value) if type(key) is not str), None) if type(value) is dict else None
    return type(value).__name__ + (f" with a key of type {type(odd).__name__}" if odd is not None else "")
