"""The files as the Collector loads them: one over the other, with the place of every key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias

from otel_kit.errors import ConfigError, Fault
from otel_kit.settings.document import Document, read_document

Place: TypeAlias = tuple[str | int, ...]

BASE_FILES: Final = 2
"""The gateway and the rendered policy come first on every command line."""
SECTIONS: Final = ("receivers", "processors", "exporters", "connectors", "extensions")
_PIPELINE_DEPTH: Final = 3
_COMPONENT_DEPTH: Final = 2


class Role(Enum):
    """Who wrote a file, which decides what it may do."""

    BASE = "base"
    OVERLAY = "overlay"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of the command line."""

    role: Role
    document: Document

    @property
    def data(self) -> Mapping[str, Any]:
        """What it says; empty if it is no mapping, which the binary refuses."""
        return self.document.data if isinstance(self.document.data, dict) else {}


@dataclass(frozen=True, slots=True)
class Merged:
    """All files as one configuration."""

    layers: Sequence[Layer]
    data: Mapping[str, Any]

    @property
    def base(self) -> Merged:
        """The configuration of the base files alone."""
        return merge([layer for layer in self.layers if layer.role is Role.BASE])

    def where(self, *place: str | int) -> str:
        """Return ``file:line`` of what has the last word at ``place``, or of the nearest key above it."""
        for end in range(len(place), 0, -1):
            for layer in reversed(self.layers):
                if place[:end] in layer.document.lines:
                    return layer.document.where(*place[:end])
        return self.layers[-1].document.name if self.layers else ""

    def section(self, name: str) -> Mapping[str, Any]:
        """Return the components of a section by their names."""
        found = self.data.get(name)
        return found if isinstance(found, dict) else {}

    def pipelines(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the pipelines by their names, those that are no mapping left out."""
        service = self.section("service").get("pipelines")
        rows = service if isinstance(service, dict) else {}
        return {name: row for name, row in rows.items() if isinstance(row, dict)}


def read_layers(paths: Sequence[Path], users: Path | None, faults: list[Fault]) -> list[Layer]:
    """Read the files; what cannot be read or is no YAML goes to ``faults``.

    ``users`` is the folder whose files are the user's own.
    """
    layers = []
    for number, path in enumerate(paths):
        role = Role.BASE if number < BASE_FILES else Role.USER if path.parent == users else Role.OVERLAY
        try:
            layers.append(Layer(role, read_document(path, faults, merges=True)))
        except ConfigError as error:
            faults += error.faults
    return layers


def merge(layers: Sequence[Layer]) -> Merged:
    """Return the layers as one, as the Collector makes it: mappings merge, anything else is replaced."""
    data: dict[str, Any] = {}
    for layer in layers:
        _merge_into(data, layer.data)
    return Merged(tuple(layers), data)


def component_of(place: Place) -> Place:
    """Return the place of the component, the pipeline or the part of ``service`` that ``place`` belongs to."""
    if place[:2] == ("service", "pipelines"):
        return place[:_PIPELINE_DEPTH]
    return place[:_COMPONENT_DEPTH]


def dotted(place: Place) -> str:
    """Return a place as people write it."""
    return ".".join(str(part) for part in place)


def component_type(name: str) -> str:
    """Return the type of a component: what stands before the slash."""
    return name.partition("/")[0]


def names(pipeline: Mapping[str, Any], role: str) -> list[str]:
    """Return the components that a pipeline names as its ``receivers``, ``processors`` or ``exporters``."""
    found = pipeline.get(role)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _merge_into(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    for key, value in source.items():
        present = target.get(key)
        if isinstance(value, dict):
            inner = dict(present) if isinstance(present, dict) else {}
            _merge_into(inner, value)
            target[key] = inner
        else:
            target[key] = value
