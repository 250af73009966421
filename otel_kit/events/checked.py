"""The shipped events' calls: type checkers see the function as it is written, at run time it takes what it is given."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast, get_type_hints

from otel_kit import semconv
from otel_kit.errors import EventError
from otel_kit.events.faults import report
from otel_kit.events.fields import Field, Mended, mended
from otel_kit.events.outlet import outlet
from otel_kit.events.value_types import plainer

P = ParamSpec("P")
R = TypeVar("R")
_MORE = "attributes"  # the parameter for what has no field of its own


def checked(event: str, *, otherwise: R) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function that emits ``event`` be called with any arguments; what does not fit is mended and reported.

    Its parameters are the event's fields. Those that must be given get None when they are not, and what no field is
    near to joins its parameter ``attributes``. What the function raises is counted, ``otherwise`` returned then.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        fields = _fields_of(function)
        required = [one.name for one in fields.values() if one.required]

        @functools.wraps(function)
        def call(*args: Any, **given: Any) -> Any:
            try:
                done = mended(event, fields, given, args)
                report(event, done.faults)
                arguments: dict[str, Any] = {**dict.fromkeys(required), **done.values}
                if done.faults:
                    arguments[_MORE] = _marked(done)
                return cast("Callable[..., R]", function)(**arguments)
            except EventError:
                raise
            except Exception as error:
                outlet().count_fault("event", error)
                return otherwise

        return cast("Callable[P, R]", call)

    return decorate


def _fields_of(function: Callable[..., Any]) -> Mapping[str, Field]:
    hints = get_type_hints(function, vars(sys.modules[function.__module__]), include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return {one.name: Field(one.name, hints[one.name], one.default is one.empty) for one in parameters}


def _marked(done: Mended) -> dict[str, Any]:
    given = done.values.get(_MORE)
    own = dict(given) if isinstance(given, Mapping) else {}
    return {**{name: plainer(value) for name, value in done.surplus.items()}, **own, semconv.REPAIRED: True}
