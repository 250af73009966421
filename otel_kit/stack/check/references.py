"""What pipelines are made of: names that stand for nothing, and what cannot be looked into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from otel_kit.errors import Fault, nearest
from otel_kit.stack.check.layers import SECTIONS, Merged, Place, component_type, dotted, names

# A connector is the exporter of one pipeline and the receiver of another.
_SECTIONS: Final = {
    "receivers": ("receivers", "connectors"),
    "processors": ("processors",),
    "exporters": ("exporters", "connectors"),
}


def hidden(merged: Merged) -> Iterator[Fault]:
    """Yield a fault for each part that is text here and might be more when it is loaded (``${file:x}``)."""
    for place, value, kind in (*_components(merged), *_pipelines(merged), *_protocols(merged)):
        if value is None or isinstance(value, kind):
            continue
        yield Fault(
            merged.where(*place),
            f"{dotted(place)} is {'text' if isinstance(value, str) else type(value).__name__}",
            f"a {'mapping' if kind is dict else 'list'} is needed: what is in a file that is named here nobody checks",
            "Write it out, or load the file with a --config of its own.",
        )
    yield from _no_names(merged)


def _no_names(merged: Merged) -> Iterator[Fault]:
    """Yield a fault for each item of a pipeline's list that is no text: the Collector may make a name of it."""
    for pipeline, row in merged.pipelines().items():
        for role in _SECTIONS:
            listed = row.get(role)
            for item in listed if isinstance(listed, list) else ():
                if not isinstance(item, str):
                    place = ("service", "pipelines", pipeline, role)
                    yield Fault(merged.where(*place), f"{dotted(place)} holds {item!r}", "names of components, as text")


def _components(merged: Merged) -> Iterator[tuple[Place, Any, type]]:
    for section in SECTIONS:
        yield (section,), merged.data.get(section), dict
        for name, row in merged.section(section).items():
            yield (section, name), row, dict


def _pipelines(merged: Merged) -> Iterator[tuple[Place, Any, type]]:
    place: Place = ("service", "pipelines")
    yield place[:1], merged.data.get("service"), dict
    pipelines = merged.section("service").get("pipelines")
    yield place, pipelines, dict
    for name, row in pipelines.items() if isinstance(pipelines, dict) else ():
        yield (*place, name), row, dict
        for role in _SECTIONS:
            yield (*place, name, role), row.get(role) if isinstance(row, dict) else None, list


def _protocols(merged: Merged) -> Iterator[tuple[Place, Any, type]]:
    for name, row in merged.section("receivers").items():
        if component_type(name) != "otlp" or not isinstance(row, dict):
            continue
        place: Place = ("receivers", name, "protocols")
        protocols = row.get("protocols")
        yield place, protocols, dict
        for protocol, settings in protocols.items() if isinstance(protocols, dict) else ():
            yield (*place, protocol), settings, dict


def undefined(merged: Merged) -> Iterator[Fault]:
    """Yield a fault for each name in a pipeline that no section defines."""
    base = merged.base.pipelines()
    for pipeline, row in merged.pipelines().items():
        for role, sections in _SECTIONS.items():
            # What the base names itself it defines as well, unless a file took that away: a fault of its own.
            theirs = names(base.get(pipeline, {}), role)
            known = theirs + [name for section in sections for name in merged.section(section)]
            for name in names(row, role):
                if name in known:
                    continue
                close = nearest(name, known)
                yield Fault(
                    merged.where("service", "pipelines", pipeline, role),
                    f"pipeline {pipeline} names {name} in {role}, which no file defines",
                    f"did you mean {close}?" if close else "",
                    "" if close else f"Define it under {' or '.join(sections)}, or load the overlay that does.",
                )
