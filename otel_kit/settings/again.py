"""Settings read anew while the kit runs: what may change does, what may not is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from otel_kit.errors import Fault
from otel_kit.settings.load import Loaded, all_rows, load_leniently
from otel_kit.settings.model import Settings
from otel_kit.settings.option import build


@dataclass(frozen=True, slots=True)
class LoadedAgain:
    """The settings from now on: ``changed`` names the keys that have another value than before.

    With ``faults`` nothing has changed. ``needs_restart`` names keys whose sources say something new that only a new
    process will follow.
    """

    loaded: Loaded
    changed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def load_again(before: Loaded, more: Mapping[str, Any] | None = None) -> LoadedAgain:
    """Read the sources of ``before`` anew; ``more`` goes before all of them, and stays for the next time.

    A key of ``more`` that no reload reaches is a fault.
    """
    asked: object = more
    if asked is not None and not isinstance(asked, Mapping):
        wanted = 'settings by key such as {"logs.level": "debug"} are needed'
        return LoadedAgain(before, faults=(Fault("reload(...)", f"was given a {type(asked).__name__}", wanted),))
    rows = {row.option.key: row for row in all_rows()}
    faults = [
        Fault(f"reload({key}=...)", "cannot change while the kit runs", "restart the process to change it")
        for key in more or {}
        if key in rows and not rows[key].option.reloadable
    ]
    arguments = {**before.arguments, **(more or {})}
    now = load_leniently(arguments, config=before.config)
    # What was wrong at the start and still is has been said.
    faults += [_said_of_call(fault, more or {}) for fault in now.faults if fault not in before.faults]
    if faults:
        return LoadedAgain(before, faults=tuple(faults))
    differing = [key for key in rows if now.values[key] != before.values[key]]
    changed = tuple(key for key in differing if rows[key].option.reloadable)
    values = {key: (now if row.option.reloadable else before).values[key] for key, row in rows.items()}
    origins = {key: (now if row.option.reloadable else before).origins[key] for key, row in rows.items()}
    settings: Settings = build(Settings, {row.path: values[key] for key, row in rows.items()})
    loaded = replace(now, settings=settings, origins=origins, values=values, explicit=before.explicit | now.explicit)
    return LoadedAgain(loaded, changed, tuple(key for key in differing if key not in changed))


def _said_of_call(fault: Fault, more: Mapping[str, Any]) -> Fault:
    """Return a fault of an argument under the name of the call that it was given to."""
    key = fault.where.removeprefix("init(").removesuffix("=...)")
    return replace(fault, where=f"reload({key}=...)") if key in more else fault
