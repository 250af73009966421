"""What a file does to those before it: only adding is allowed, as the Collector replaces without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from otel_kit.errors import Fault
from otel_kit.stack.check.layers import SECTIONS, Layer, Place, Role, component_of, dotted, merge, names
from otel_kit.stack.check.variables import resolved

SAMPLING_SLOT: Final[Place] = ("service", "pipelines", "traces/sampled", "processors")
_SAMPLERS: Final = ("tail_sampling", "probabilistic_sampler")
# Where a component of the base may be completed: what these keys can say makes it only stricter, or says who may ask.
_MAY_BE_ADDED: Final[tuple[Place, ...]] = (
    ("receivers", "otlp", "protocols", "grpc", "tls"),
    ("receivers", "otlp", "protocols", "http", "tls"),
    ("receivers", "otlp", "protocols", "http", "cors"),
    ("service", "telemetry"),
    SAMPLING_SLOT,
)
_ABSENT: Final = object()


def replacements(layers: Sequence[Layer], environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield one fault for each component of another file that a file changes."""
    for number, layer in enumerate(layers):
        if layer.role is Role.BASE:
            continue
        before = layers[:number]
        told: set[tuple[Place, str]] = set()
        for place, value in _leaves(layer.data, ()):
            fault = _judged(layer, place, value, before)
            if fault is not None and (component_of(place), fault.wanted) not in told:
                told.add((component_of(place), fault.wanted))
                yield fault
        yield from _never_started(layer, layers)
        yield from _other_than_a_sampler(layer, environment)


def _judged(layer: Layer, place: Place, value: Any, before: Sequence[Layer]) -> Fault | None:
    owners = [one for one in before if _found(one.data, place) is not _ABSENT or _stops_short(one.data, place)]
    where = layer.document.where(*place)
    base = [one for one in before if one.role is Role.BASE]
    if any(one.role is Role.BASE for one in owners):
        owner = next(one for one in reversed(owners) if one.role is Role.BASE)
        theirs = _found(owner.data, place)
        # An empty mapping adds nothing; nothing at all, `receivers:`, would take the place of everything.
        if (value == {} and isinstance(theirs, dict)) or (value in (None, {}) and theirs is None):
            return None
        return _replaces_the_base(where, place, owner)
    if owners:
        owner = owners[-1]
        if value == _found(owner.data, place):
            return None
        return Fault(
            where,
            f"{dotted(place)} is already given, otherwise, by {owner.document.where(*place)}: "
            "the Collector would silently take the last one",
            "two files may only share what they say alike",
            f"Give {component_of(place)[-1]} a name of its own.",
        )
    component = component_of(place)
    in_base = any(_found(one.data, component) is not _ABSENT for one in base)
    if in_base and place != component and not any(place[: len(one)] == one for one in _MAY_BE_ADDED):
        return Fault(
            where,
            f"{dotted(place)} changes {component[-1]}, which belongs to the gateway",
            "an overlay adds components and pipelines of its own, nothing to those of the gateway",
            "Define one of your own instead, as type/name.",
        )
    return None


def _replaces_the_base(where: str, place: Place, owner: Layer) -> Fault:
    theirs = owner.document.where(*place)
    if place == ("service", "extensions"):
        return Fault(
            where,
            f"service.extensions replaces the list of {theirs}: guard, queues and health check would be off",
            "extensions stand in the gateway",
            "Remove it.",
        )
    what = f"{dotted(place)} replaces what {theirs} says"
    if place[:2] == ("service", "pipelines"):
        return Fault(
            where,
            f"{what}: a list of a later file takes the place of the one before",
            "a pipeline of your own has a name of its own",
            f"Rename {place[2]}, with receivers [forward/redacted] for a destination.",
        )
    return Fault(
        where,
        what,
        "an overlay adds, it does not replace what belongs to the gateway",
        "Set the variable that is meant for it, or give the component a name of its own (type/name).",
    )


def _never_started(layer: Layer, layers: Sequence[Layer]) -> Iterator[Fault]:
    started = merge([one for one in layers if one.role is Role.BASE]).section("service").get("extensions")
    known = started if isinstance(started, list) else []
    mine = layer.data.get("extensions")
    for name in mine if isinstance(mine, dict) else ():
        if name not in known:
            yield Fault(
                layer.document.where("extensions", name),
                f"extensions.{name} would never be started",
                "only the gateway has service.extensions",
                "Add it to gateway.yaml, or do without: headers of an exporter can hold a credential from a variable.",
            )


def _other_than_a_sampler(layer: Layer, environment: Mapping[str, str]) -> Iterator[Fault]:
    # A variable can hold the list, or one of its names.
    pipeline = resolved(_found(layer.data, SAMPLING_SLOT[:-1]), environment)
    for name in names(pipeline, "processors") if isinstance(pipeline, dict) else ():
        if name.partition("/")[0] not in _SAMPLERS:
            yield Fault(
                layer.document.where(*SAMPLING_SLOT),
                f"{dotted(SAMPLING_SLOT)} names {name}",
                f"only a sampler may stand there ({', '.join(_SAMPLERS)})",
                "Put the processor into a pipeline of your own.",
            )


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key))
    elif place and place[0] in (*SECTIONS, "service"):
        yield place, value


def _found(data: Any, place: Place) -> Any:
    for part in place:
        if not isinstance(data, Mapping) or part not in data:
            return _ABSENT
        data = data[part]
    return data


def _stops_short(data: Any, place: Place) -> bool:
    """Return whether something that is no mapping, and not nothing, stands where ``place`` wants to go through."""
    for part in place:
        if not isinstance(data, Mapping):
            return data is not None
        if part not in data:
            return False
        data = data[part]
    return False
