"""What the real Collector says to the files, with its words turned into file and line."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from otel_kit.errors import Fault, OtelKitError
from otel_kit.stack.check.layers import SECTIONS, Merged, Place, component_type

_TIMEOUT_S: Final = 60
# 'receivers' error reading configuration for "otlp": ...
_READING: Final = re.compile(
    r"^'(?P<section>\w+)' error reading configuration for \"(?P<name>[^\"]+)\": ?(?P<rest>.*)$"
)
# 'protocols.grpc' decoding failed ...; 'configgrpc.ServerConfig' has invalid keys: a, b
_INVALID_KEYS: Final = re.compile(r"has invalid keys: (?P<keys>.+)$")
_PIPELINE: Final = re.compile(r"service\.pipelines\[(?P<name>[^\]]+)\]")
# exporters::kafka: ..., service::pipelines::traces/x: references exporter "y" which is not configured
_PATHED: Final = re.compile(r"^(?P<place>[a-z]+(?:::[^:\s]+)+): (?P<what>.+)$")
_QUOTED: Final = re.compile(r"'(?P<single>[\w./]+)'|\"(?P<double>[\w./]+)\"")
_NOISE: Final = re.compile(r"^(Error: )?(failed to get config: )?(cannot (unmarshal|resolve) the configuration: )?")
_EMPTY_PHRASES: Final = ("decoding failed due to the following error(s):",)


def components(binary: Path) -> Mapping[str, frozenset[str]]:
    """Return the component types that a Collector has, by the section of the configuration. Blocks.

    Raises:
        OtelKitError: it does not say.
    """
    said = _run([str(binary), "components"], {})
    if said.returncode != 0:
        raise OtelKitError(f"{binary} does not list its components: {said.stderr.strip()[-200:]}")
    found: dict[str, set[str]] = {section: set() for section in SECTIONS}
    section = ""
    for line in said.stdout.splitlines():
        if line and not line.startswith(" "):
            section = line.rstrip(":")
        elif section in found and (match := re.match(r"\s+- name: (\S+)", line)):
            found[section].add(match[1])
    return {name: frozenset(types) for name, types in found.items()}


def lacking(merged: Merged, available: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Return section and name of the components whose type a Collector does not have."""
    return [
        (section, name)
        for section in SECTIONS
        for name in merged.section(section)
        if component_type(name) not in available[section]
    ]


def validated(binary: Path, paths: Sequence[Path], merged: Merged, environment: Mapping[str, str]) -> Sequence[Fault]:
    """Return what ``validate`` says to these files. Blocks.

    The Collector names one component of a section at a time: after mending, there may be more.
    """
    said = _run([str(binary), "validate", *(f"--config={path}" for path in paths)], environment)
    if said.returncode == 0:
        return ()
    text = "\n".join(line for line in said.stderr.splitlines() if not line.startswith("{"))
    found = tuple(_faults(text, merged))
    return found or (Fault(merged.layers[-1].document.name, f"is refused by the Collector: {text.strip()[-2000:]}"),)


def _run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a binary that the user named, or that this kit built
            command, env=dict(environment), capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except OSError as error:
        raise OtelKitError(f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise OtelKitError(f"{command[0]} {command[1]} has not ended within {_TIMEOUT_S} s") from error


def _faults(text: str, merged: Merged) -> Iterator[Fault]:
    place: Place = ()
    for raw in text.splitlines():
        line = _NOISE.sub("", raw.strip()).strip()
        if reading := _READING.match(line):
            place = (reading["section"], reading["name"])
            line = reading["rest"]
        elif pipeline := _PIPELINE.search(line):
            place = ("service", "pipelines", pipeline["name"])
        elif pathed := _PATHED.match(line):
            yield Fault(
                merged.where(*pathed["place"].split("::")), f"{pathed['place'].replace('::', '.')}: {pathed['what']}"
            )
            continue
        elif line.startswith("'service'"):
            place = ("service",)
        if not line or any(line.endswith(phrase) for phrase in _EMPTY_PHRASES):
            continue
        if keys := _INVALID_KEYS.search(line):
            yield from (_unknown_key(key.strip(), place, merged) for key in keys["keys"].split(","))
        else:
            yield Fault(
                _nearest(line, place, merged),
                f"is refused by the Collector: {'.'.join(map(str, place))} {line}".rstrip(),
            )


def _unknown_key(key: str, place: Place, merged: Merged) -> Fault:
    within = _place_of(key, place, merged)
    return Fault(
        merged.where(*(within or place or (key,))),
        f"{'.'.join(map(str, within or (*place, key)))} is unknown to the Collector",
        mend=f"Mistyped? Its documentation names the keys of {place[-1] if place else 'a configuration'}.",
    )


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
