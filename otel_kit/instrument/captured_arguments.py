"""Arguments of a function as attributes: those that are named, found without binding the whole call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from otel_kit import semconv
from otel_kit.errors import nearest
from otel_kit.redaction.snapshot import plain

_MISSING = object()
_Way = Literal["one", "rest", "more"]  # a parameter, *rest, **more
_WAYS: dict[Any, _Way] = {inspect.Parameter.VAR_POSITIONAL: "rest", inspect.Parameter.VAR_KEYWORD: "more"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter whose argument becomes an attribute."""

    name: str
    attribute: str
    way: _Way = "one"
    position: int | None = None
    default: Any = _MISSING
    others: frozenset[str] = frozenset()  # parameters that are not part of **more

    def of(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Return the argument of a call, or its default; ``_MISSING`` when the call has none."""
        if self.way == "rest":
            return args[self.position :]
        if self.way == "more":
            return {name: value for name, value in kwargs.items() if name not in self.others}
        if self.position is not None and self.position < len(args):
            return args[self.position]
        return kwargs.get(self.name, self.default)


def arguments_to_capture(function: Callable[..., Any], names: Iterable[str]) -> tuple[Argument, ...]:
    """Return how to find the arguments ``names`` in a call of ``function``.

    Raises:
        ValueError: the function has no such parameter; the nearest one is named.
    """
    wanted = (names,) if isinstance(names, str) else tuple(names)
    if not wanted:
        return ()
    parameters = inspect.signature(function).parameters
    return tuple(_argument(name, parameters, getattr(function, "__qualname__", repr(function))) for name in wanted)


def captured(arguments: Iterable[Argument], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call as attributes, copied within limits; redaction comes when they leave. Total."""
    found = ((argument.attribute, argument.of(args, kwargs)) for argument in arguments)
    return {attribute: plain(value) for attribute, value in found if value is not _MISSING}


def _argument(name: str, parameters: Mapping[str, inspect.Parameter], function: str) -> Argument:
    attribute = f"{semconv.FUNCTION_ARGUMENT}.{name}"
    parameter = parameters.get(name)
    if parameter is None:
        if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
            return Argument(name, attribute)
        meant = nearest(str(name), parameters)
        hint = f"did you mean {meant!r}?" if meant else f"it has {', '.join(parameters) or 'none'}"
        raise ValueError(f"capture: {function} has no parameter {name!r}; {hint}")
    places = list(parameters)
    return Argument(
        name,
        attribute,
        _WAYS.get(parameter.kind, "one"),
        None if parameter.kind is parameter.KEYWORD_ONLY else places.index(name),
        _MISSING if parameter.default is parameter.empty else parameter.default,
        frozenset(places),
    )
