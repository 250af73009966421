"""Events of one's own: ``@event.define`` makes a class with annotated fields one, ``event.emit`` sends it.

Type checkers see a dataclass with keyword-only fields (PEP 681), so that a misspelt field is an error in the editor.
At run time the constructor takes what it is given: see ``fields``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from otel_kit import semconv
from otel_kit.errors import Fault, nearest
from otel_kit.events.emission import SEVERITIES
from otel_kit.events.emission import emit as emit_record
from otel_kit.events.faults import report
from otel_kit.events.fields import Field, Mended, mended
from otel_kit.events.outlet import outlet
from otel_kit.events.value_types import MISSING, fits, plainer

T = TypeVar("T")
Category = Literal[
    "audit", "security", "performance", "api", "database", "business", "interaction", "system", "llm", "alert", "health"
]
Severity = Literal["debug", "info", "warning", "error", "critical"]
Tier = Literal["debug", "default", "security", "audit", "interaction"]
Outcome = Literal["success", "failure", "unknown"]
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_MAX_NAME = 100
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OWN = "otel_kit."
_TOLD = {
    "severity": Field("severity", Severity | None, False),
    "outcome": Field("outcome", Outcome | None, False),
}
_homes: dict[str, str] = {}  # of each name, the class that had it first
_DEFINITION = "__otel_kit_event__"
_MENDED = "__otel_kit_mended__"


@dataclass(frozen=True, slots=True)
class attribute:  # noqa: N801 - used like a function, within an annotation
    """For ``Annotated``: the attribute's name of a field, such as ``user.id`` of the semantic conventions."""

    name: str


@dataclass(slots=True)
class Definition:
    """A defined event; its fields are read when they are first needed, as annotations may name later classes."""

    cls: type
    name: str
    category: str
    severity: str
    tier: str
    prefix: str
    faults: tuple[Fault, ...]
    _fields: Mapping[str, Field] | None = None

    def fields(self) -> Mapping[str, Field]:
        """Return the fields by name, in the order of the class."""
        if self._fields is None:  # two threads may both read them: without a lock, which a fork could leave held
            self._fields = self._read()
        return self._fields

    def _read(self) -> Mapping[str, Field]:
        try:
            hints = get_type_hints(self.cls, include_extras=True)
        except Exception:  # a name that only type checkers import: such a field takes anything
            hints = {}
        found = {}
        for one in dataclasses.fields(self.cls):
            wanted = hints.get(one.name, Any)
            required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            found[one.name] = Field(one.name, wanted, required, _named(wanted) or f"{self.prefix}.{one.name}")
        return found


@overload
def define(cls: type[T], /) -> type[T]: ...


@overload
def define(
    *,
    name: str | None = None,
    category: Category = "business",
    severity: Severity = "info",
    tier: Tier = "default",
    prefix: str | None = None,
) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(kw_only_default=True, field_specifiers=(dataclasses.field,))
def define(
    cls: type[Any] | None = None,
    /,
    *,
    name: str | None = None,
    category: Category = "business",
    severity: Severity = "info",
    tier: Tier = "default",
    prefix: str | None = None,
) -> Any:
    """Make a class with annotated fields an event; ``event.emit(...)`` sends its instances.

    Args:
        cls: the class, when used without parentheses.
        name: the event's name in dotted lower case, such as ``shop.order.placed``; else from module and class.
        category: what ``event.category`` says.
        severity: that of the log record, unless ``emit`` is given another.
        tier: how long the record is kept, ``retention.tier``.
        prefix: what the attributes of the fields start with; else the name without its last word, so that the field
            ``total`` of ``shop.order.placed`` and of ``shop.order.cancelled`` is ``shop.order.total``.

    Returns the class itself, with a constructor that takes keywords. What is wrong with the definition is reported
    when an event of it is first made.
    """

    def make(plain_class: type[T]) -> type[T]:
        derived = _derived_name(plain_class)
        used, faults = _checked(derived, name, {"category": category, "severity": severity, "tier": tier})
        home = f"{plain_class.__module__}.{plain_class.__qualname__}"
        other = _homes.setdefault(used["name"], home)
        if other != home:  # the same class again is a module that was loaded again
            faults = (
                *faults,
                Fault(f"@event.define {derived}", f"has the name {used['name']!r}", f"{other} has it, too"),
            )
        start = used["name"].rpartition(".")[0] if prefix is None else prefix
        made: Any = dataclasses.dataclass(kw_only=True)(plain_class)
        chosen = (used["category"], used["severity"], used["tier"])
        definition = Definition(made, used["name"], *chosen, start, faults)
        setattr(made, _DEFINITION, definition)
        made.__init__ = _lenient(made.__init__, definition)
        return cast("type[T]", made)

    return make if cls is None else make(cls)


def emit(one: object, /, *, severity: Severity | None = None, outcome: Outcome | None = None) -> None:
    """Emit an event that was made from a class with ``@event.define``. Thread-safe, never blocks on I/O.

    ``severity`` replaces that of the definition; ``outcome`` becomes ``event.outcome``.

    Raises:
        EventError: only when the kit is strict, and ``one`` is no event.
    """
    definition = getattr(type(one), _DEFINITION, None)
    if not isinstance(definition, Definition):
        wanted = "an instance of a class with @event.define is wanted"
        report(semconv.OTHER, [Fault("event.emit()", f"got {type(one).__name__}", wanted)])
        return
    told = mended(definition.name, _TOLD, {"severity": severity, "outcome": outcome})
    report(definition.name, told.faults)
    wanted_severity = told.values["severity"]
    try:
        attributes = _attributes(one, definition)
    except Exception as error:  # a field's own code
        outlet().count_fault("event", error)
        return
    emit_record(
        definition.name,
        category=definition.category,
        attributes={**attributes, semconv.REPAIRED: True} if told.faults else attributes,
        severity=wanted_severity if fits(wanted_severity, Severity) else definition.severity,
        tier=definition.tier,
        outcome=told.values["outcome"],
    )


def _attributes(one: object, definition: Definition) -> dict[str, Any]:
    noted: Mended | None = getattr(one, _MENDED, None)
    attributes: dict[str, Any] = {}
    for about in definition.fields().values():
        value = getattr(one, about.name, MISSING)
        if value is not MISSING and value is not None:
            attributes[about.attribute] = plainer(value)
    if noted is not None and noted.faults:
        for name, value in noted.surplus.items():
            attributes.setdefault(name, plainer(value))
        attributes[semconv.REPAIRED] = True
    return attributes


def _lenient(init: Callable[..., None], definition: Definition) -> Callable[..., None]:
    @functools.wraps(init)
    def construct(self: Any, *args: Any, **given: Any) -> None:
        done = mended(definition.name, definition.fields(), given, args)
        report(definition.name, [*definition.faults, *done.faults])
        missing = {one.name: MISSING for one in definition.fields().values() if one.required}
        init(self, **{**missing, **done.values})
        if done.faults:
            with contextlib.suppress(AttributeError):  # a class with slots
                setattr(self, _MENDED, done)

    construct.__signature__ = inspect.signature(init)  # type: ignore[attr-defined]
    return construct


def _checked(derived: str, name: str | None, chosen: Mapping[str, str]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Return what of a definition can be used, and what is wrong with the rest."""
    where, faults = f"@event.define {derived}", []
    used = {"name": derived if name is None else name}
    if name is not None and (not _NAME.fullmatch(name) or len(name) > _MAX_NAME):
        faults.append(
            Fault(where, f"has the name {name!r}", "at least two words in lower case with dots between are wanted")
        )
        used["name"] = derived
    elif name is not None and name.startswith(_OWN):
        faults.append(Fault(where, f"has the name {name!r}", f"names that start with {_OWN} are the kit's"))
        used["name"] = derived
    known = {"category": semconv.EVENT_CATEGORIES, "severity": tuple(SEVERITIES), "tier": semconv.RETENTION_TIERS}
    other = {"category": "business", "severity": "info", "tier": "default"}
    for what, value in chosen.items():
        used[what] = value
        if value not in known[what]:
            near = nearest(str(value), known[what])
            mend = f"Did you mean {near!r}?" if near else ""
            faults.append(Fault(where, f"has the {what} {value!r}", "one of " + ", ".join(known[what]), mend))
            used[what] = near or other[what]
    return used, tuple(faults)


def _derived_name(cls: type) -> str:
    """Return module and class in dotted lower case: ``shop.orders.order_placed``."""
    words = [*cls.__module__.strip("_").split("."), cls.__name__]
    name = ".".join(re.sub(r"[^a-z0-9_]", "_", _WORD.sub("_", word).lower()).strip("_") or "x" for word in words)
    return name[-_MAX_NAME:].lstrip("._0123456789") if "." in name else f"app.{name}"


def _named(wanted: Any) -> str | None:
    """Return the attribute's name that an annotation gives, also one within ``... | None``."""
    if get_origin(wanted) is Annotated:
        return next((item.name for item in wanted.__metadata__ if isinstance(item, attribute)), None)
    return next((found for item in get_args(wanted) if (found := _named(item))), None)
