"""The real Collector, asked what it has and what it says to the files."""

from __future__ import annotations

import copy
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.errors import Fault, OtelKitError
from otel_kit.stack.check.layers import SECTIONS, Merged, Place, component_type
from otel_kit.stack.check.messages import explained

_TIMEOUT_S: Final = 60
_ROUNDS: Final = 8


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

    The Collector names the first fault of a section and hides the others: unknown keys are taken away and it is asked
    again, so that all of them are told at once.
    """
    found: dict[str, Fault] = {}
    said = _run([str(binary), "validate", *(f"--config={path}" for path in paths)], environment)
    data = copy.deepcopy(merged.data)
    for _round in range(_ROUNDS):
        if said.returncode == 0:
            break
        text = "\n".join(line for line in said.stderr.splitlines() if not line.startswith("{"))
        messages = list(explained(text, merged))
        found |= {str(one.fault): one.fault for one in messages}
        taken = [one.unknown for one in messages if one.unknown and _take_away(data, one.unknown)]
        if not taken:
            break
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as rest:
            yaml.safe_dump(data, rest)
            rest.flush()
            said = _run([str(binary), "validate", f"--config={rest.name}"], environment)
    if not found and said.returncode != 0:
        what = f"is refused by the Collector: {said.stderr.strip()[-2000:]}"
        return (Fault(merged.layers[-1].document.name, what),)
    return tuple(found.values())


def printed(binary: Path, paths: Sequence[Path], environment: Mapping[str, str]) -> str:
    """Return the configuration that a Collector makes of these files, as JSON; empty if it prints none. Blocks."""
    options = ["--mode=unredacted", "--format=json", "--validate=false", *(f"--config={path}" for path in paths)]
    said = _run([str(binary), "print-config", *options], environment)
    return said.stdout if said.returncode == 0 else ""


def _take_away(data: Any, place: Place) -> bool:
    for part in place[:-1]:
        data = data.get(part) if isinstance(data, dict) else None
    return isinstance(data, dict) and data.pop(place[-1], None) is not None


def _run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a binary that the user named, or that this kit built
            command, env=dict(environment), capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except OSError as error:
        raise OtelKitError(f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise OtelKitError(f"{command[0]} {command[1]} has not ended within {_TIMEOUT_S} s") from error
