"""References to variables: what they become, and which have no value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from otel_kit.errors import Fault, nearest
from otel_kit.stack.check.layers import Layer, Place, dotted
from otel_kit.stack.variables import by_name

# An even number of dollars before it are escaped ones. *Source:* the Collector's confmap 1.64, expand.go.
_REFERENCE: Final = re.compile(r"(?<!\$)(?:\$\$)*\$\{(?:env:)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<rest>:-[^{}]*)?\}")


def missing(layers: Sequence[Layer], environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for each variable without a value, once for each file: where it is used first, and for what."""
    known = by_name()
    for layer in layers:
        seen = set()
        for place, text in _texts(layer.data, ()):
            for match in _REFERENCE.finditer(text):
                name = match["name"]
                if match["rest"] is not None or environment.get(name) or name in seen:
                    continue
                seen.add(name)
                state = "is empty" if name in environment else "is not set"
                # What a part of the stack knows is set for that part, and not by mistake for this one.
                strange = (one for one in environment if one not in known)
                close = nearest(name, (one for one in strange if one.partition("_")[0] == name.partition("_")[0]))
                yield Fault(
                    layer.document.where(*place),
                    f"{dotted(place)} needs the variable {name}, which {state}",
                    mend=f"Set {name} in .env"
                    + (f"; {close} is set, is that it?" if close else f", or do not load {layer.document.name}."),
                )


def required(layer: Layer) -> set[str]:
    """Return the variables that a file uses without a default."""
    return {
        match["name"]
        for _place, text in _texts(layer.data, ())
        for match in _REFERENCE.finditer(text)
        if match["rest"] is None
    }


def expanded(value: Any, environment: Mapping[str, str]) -> Any:
    """Return ``value`` with its references replaced, as the Collector reads them: alone they are YAML, else text."""
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        text = _value(whole, environment)
        try:
            return yaml.safe_load(text) if text else text
        except yaml.YAMLError:
            return text
    return _REFERENCE.sub(lambda match: _value(match, environment), value)


def resolved(value: Any, environment: Mapping[str, str]) -> Any:
    """Return a whole configuration with its references to variables replaced."""
    if isinstance(value, dict):
        return {key: resolved(inner, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, environment) for inner in value]
    return expanded(value, environment)


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    return environment.get(match["name"], (match["rest"] or "")[2:])


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*place, number))
