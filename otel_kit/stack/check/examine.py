"""All rules on one set of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from otel_kit.errors import Fault
from otel_kit.stack.check import binary as collector
from otel_kit.stack.check.exporters import crashing, forgetful
from otel_kit.stack.check.exposed import exposed
from otel_kit.stack.check.flow import counted_after_sampling, unredacted
from otel_kit.stack.check.layers import BASE_FILES, merge, read_layers
from otel_kit.stack.check.receivers import everywhere, keyless, unguarded
from otel_kit.stack.check.references import hidden, undefined
from otel_kit.stack.check.replaced import replacements
from otel_kit.stack.check.spelling import misread
from otel_kit.stack.check.variables import missing, resolved
from otel_kit.stack.check.witness import read_otherwise


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, and what should be known but is no fault."""

    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()


def check(configurations: Sequence[Path], environment: Mapping[str, str], binary: Path | None) -> Sequence[Fault]:
    """Return every fault of these files, in the order of the command line: gateway, rendered policy, overlays, user's.

    Files in a folder ``local.d`` count as the user's. ``binary``: a Collector whose ``validate`` has the last word;
    None: own rules only. Blocks while it runs.

    Raises:
        OtelKitError: the binary cannot be run.
    """
    return examine(configurations, environment, binary).faults


def examine(
    configurations: Sequence[Path], environment: Mapping[str, str], binary: Path | None, *, in_container: bool = False
) -> Findings:
    """Return faults and notes of these files, as ``check``; ``in_container`` leaves out the notes on addresses."""
    faults: list[Fault] = []
    users = next((path.parent for path in configurations if path.parent.name == "local.d"), None)
    layers = read_layers(configurations, users, faults)
    is_whole = len(layers) == len(configurations)
    # Without the gateway everything else would look wrong; without another file the rest can still be told.
    if not is_whole and [layer.document.name for layer in layers[:BASE_FILES]] != [
        str(path) for path in configurations[:BASE_FILES]
    ]:
        return Findings(tuple(faults))
    unresolved = merge(layers)
    # A variable can hold a list of exporters, or a receiver.
    merged = replace(unresolved, data=resolved(unresolved.data, environment))
    faults += missing(layers, environment)
    faults += misread(layers, environment)
    faults += replacements(layers, environment)
    faults += hidden(merged)
    if is_whole:
        faults += undefined(merged)
    faults += unredacted(merged)
    faults += unguarded(merged, environment)
    faults += crashing(merged)
    notes = [
        *forgetful(merged, environment),
        *counted_after_sampling(merged),
        *keyless(merged, environment),
        *exposed(merged, environment),
        *(() if in_container else everywhere(merged, environment)),
    ]
    # What lacks a variable it would only say again, in other words and without its name.
    if binary is not None and not faults:
        faults += collector.validated(binary, configurations, unresolved, environment)
        if not faults:
            faults += read_otherwise(binary, configurations, merged, environment)
    return Findings(tuple(faults), tuple(notes))
