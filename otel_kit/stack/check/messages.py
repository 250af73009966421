"""The words of the Collector's `validate`, turned into file, line and what would mend it.

*Source:* seen on 0.158; a line of another form is passed on as it is, with the nearest place that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from otel_kit.errors import Fault, nearest
from otel_kit.stack.check.layers import Merged, Place, dotted

# 'receivers' error reading configuration for "otlp": ...
_READING: Final = re.compile(r"'(?P<section>\w+)' error reading configuration for \"(?P<name>[^\"]+)\": ?(?P<rest>.*)")
# 'exporters' unknown type: "kafkaa" for id: "kafkaa/x" (valid values: [kafka debug])
_UNKNOWN_TYPE: Final = re.compile(
    r"'(?P<section>\w+)' unknown type: \"(?P<type>[^\"]+)\" for id: \"(?P<name>[^\"]+)\""
    r"(?: \(valid values: \[(?P<known>[^\]]*)\]\))?"
)
# 'configgrpc.ServerConfig' has invalid keys: a, b
_INVALID_KEYS: Final = re.compile(r"has invalid keys: (?P<keys>.+)")
_PIPELINE: Final = re.compile(r"'service\.pipelines\[(?P<name>[^\]]+)\]'")
# service::pipelines::traces/x: references exporter "y" which is not configured
_PATHED: Final = re.compile(r"(?P<place>[a-z]+(?:::[^:\s]+)+): (?P<what>.+)")
_QUOTED: Final = re.compile(r"'(?P<single>[\w./]+)'|\"(?P<double>[\w./]+)\"")
_HEAD: Final = re.compile(r"(Error: )?(failed to get config: )?(cannot (unmarshal|resolve) the configuration: )?")
_ONLY_A_HEAD: Final = "decoding failed due to the following error(s):"


@dataclass(frozen=True, slots=True)
class Message:
    """One fault that the Collector named. ``unknown``: the place of a key that it does not know."""

    fault: Fault
    unknown: Place = ()


def explained(text: str, merged: Merged) -> Iterator[Message]:
    """Yield what the lines of ``validate`` say."""
    place: Place = ()
    for raw in text.splitlines():
        line = raw.strip()
        line = line[_HEAD.match(line).end() :].strip()  # type: ignore[union-attr]  # it matches nothing, too
        if unknown := _UNKNOWN_TYPE.match(line):
            yield Message(_unknown_type(unknown, merged))
            continue
        if pathed := _PATHED.match(line):
            yield Message(_at(tuple(pathed["place"].split("::")), pathed["what"], merged))
            continue
        if reading := _READING.match(line):
            place, line = (reading["section"], reading["name"]), reading["rest"]
        elif pipeline := _PIPELINE.match(line):
            place = ("service", "pipelines", pipeline["name"])
        elif line.startswith("'service'"):
            place = ("service",)
        elif line.startswith("'otelcol.configSettings'"):
            place = ()
        if not line or line.endswith(_ONLY_A_HEAD):
            continue
        if keys := _INVALID_KEYS.search(line):
            yield from (_unknown_key(key.strip(), place, merged) for key in keys["keys"].split(","))
        else:
            where = _nearest(line, place, merged)
            yield Message(Fault(where, f"{dotted(place)} is refused by the Collector: {line}".lstrip()))


def _unknown_type(said: re.Match[str], merged: Merged) -> Fault:
    close = nearest(said["type"], (said["known"] or "").split())
    return Fault(
        merged.where(said["section"], said["name"]),
        f"{said['section']}.{said['name']} has a type that this Collector does not have: {said['type']}",
        f"did you mean {close}?" if close else f"it has {(said['known'] or 'none').replace(' ', ', ')}",
    )


def _at(place: Place, what: str, merged: Merged) -> Fault:
    return Fault(merged.where(*place), f"{dotted(place)} {what}")


def _unknown_key(key: str, place: Place, merged: Merged) -> Message:
    within = _place_of(key, place, merged) or (*place, key)
    known = f"the keys of {place[-1]}" if place else "the sections of a configuration"
    fault = Fault(
        merged.where(*within), f"{dotted(within)} is unknown to the Collector", mend=f"Mistyped? See {known}."
    )
    return Message(fault, within)


def _nearest(line: str, place: Place, merged: Merged) -> str:
    for quoted in _QUOTED.finditer(line):
        name = (quoted["single"] or quoted["double"]).rpartition(".")[2]
        if found := _place_of(name, place, merged):
            return merged.where(*found)
    return merged.where(*place)


def _place_of(key: str, place: Place, merged: Merged) -> Place | None:
    """Return where a key stands below ``place`` in one of the files."""
    for layer in reversed(merged.layers):
        for one in layer.document.lines:
            if one[: len(place)] == place and one[-1:] == (key,):
                return one
    return None
