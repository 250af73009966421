"""Settings from all their sources. The first that sets an option wins:

1. arguments of ``init``
2. ``OTEL_KIT_*`` variables
3. ``OTEL_*`` variables
4. ``otel-kit.yaml``
5. the default
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.settings.document import Document, read_document
from otel_kit.settings.kinds import URL, without_credentials
from otel_kit.settings.model import Settings
from otel_kit.settings.option import MASK, Option, Row, build, rows

FILE_VARIABLE = "OTEL_KIT_CONFIG"
DEFAULT_FILE = "otel-kit.yaml"
# Variables of the kit that are no settings: where the file is, and what the tests read.
_OTHER_VARIABLES = frozenset({FILE_VARIABLE, "OTEL_KIT_REQUIRE"})
# Sections of the file that the stack reads, not the SDK: alert rules (docs/alert-rules.md).
_OTHER_SECTIONS = frozenset({"alerting"})
_PLAIN = (str, int, float, bool, list, tuple, dict)  # what can be printed in a fault; anything else by its type


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for each key where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    explicit: frozenset[str]  # keys that an argument of init set
    faults: tuple[Fault, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)  # by key, secrets as they are
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)  # what a reload reads again, with the file
    config: str | Path | None = None
    file: Path | None = None  # the settings file, if there is one


def all_rows() -> tuple[Row, ...]:
    """Return the whole table, in the order in which it is explained."""
    return tuple(rows(Settings))


def load(
    arguments: Mapping[str, Any] | None = None,
    *,
    config: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Read every source and return the settings with their origins.

    ``arguments`` maps keys of the table to values; None means "not given". A faulty source is skipped for the option it
    concerns, so that the result is always usable.

    Raises:
        ConfigError: with every fault at once.
    """
    loaded = load_leniently(arguments, config=config, environ=environ)
    if loaded.faults:
        raise ConfigError(loaded.faults)
    return loaded


def load_leniently(
    arguments: Mapping[str, Any] | None = None,
    *,
    config: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Like ``load``, but the faults are in the result and their options keep the next source's value."""
    env = os.environ if environ is None else environ
    given = {str(key): value for key, value in (arguments or {}).items() if value is not None}
    table = {row.option.key: row for row in all_rows()}
    faults: list[Fault] = []
    faults += _unknown_arguments(given, table)
    faults += _unknown_variables(env, table)
    document = _document(config, env, faults)
    in_file = dict(_leaves(document, table, faults)) if document else {}

    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for key, row in table.items():
        if overruled_by := _overruled_by(key, given):
            values[key], origins[key] = row.option.default, f"init({overruled_by}=...)"
        else:
            values[key], origins[key] = _first(row.option, given, env, in_file, document, faults)
    explicit = frozenset(given) & frozenset(table)
    settings: Settings = build(Settings, {row.path: values[key] for key, row in table.items()})
    return Loaded(settings, origins, explicit, tuple(faults), values, given, config, _file(config, env))


def _overruled_by(key: str, given: Mapping[str, Any]) -> str | None:
    """Return the general ``export.*`` argument that goes before a signal's own value of a lower source."""
    match key.split("."):
        case ["export", _, name] if key not in given and f"export.{name}" in given:
            return f"export.{name}"
    return None


def _first(
    option: Option,
    given: Mapping[str, Any],
    env: Mapping[str, str],
    in_file: Mapping[str, Any],
    document: Document | None,
    faults: list[Fault],
) -> tuple[Any, str]:
    for kind, raw, where, inverted in _candidates(option, given, env, in_file, document):
        try:
            value = kind.parse(raw)
        except (ValueError, TypeError, ArithmeticError):
            faults.append(Fault(where, f"is {_raw(option, raw)}", kind.wanted, f"It sets {option.key}: {option.doc}"))
            continue
        return (not value if inverted else value), where
    return option.default, "default"


def _raw(option: Option, raw: Any) -> str:
    """Return what was given, short, without a secret."""
    if option.secret:
        return MASK
    if option.kind is URL and isinstance(raw, str):
        raw = without_credentials(raw)
    return repr(raw)[:120] if isinstance(raw, _PLAIN) else type(raw).__name__


def _candidates(
    option: Option,
    given: Mapping[str, Any],
    env: Mapping[str, str],
    in_file: Mapping[str, Any],
    document: Document | None,
) -> Iterator[tuple[Any, Any, str, bool]]:
    if option.key in given:
        yield option.kind, given[option.key], f"init({option.key}=...)", False
    # An empty variable counts as unset, as the OpenTelemetry specification says.
    if env.get(option.variable, "").strip():
        yield option.kind, env[option.variable], option.variable, False
    for variable in option.standard:
        if env.get(variable.name, "").strip():
            yield variable.kind or option.kind, env[variable.name], variable.name, variable.inverted
    if option.key in in_file and document is not None:
        where = document.where(*option.key.split("."))
        yield option.kind, in_file[option.key], f"{option.key} in {where}", False


def _document(config: str | Path | None, env: Mapping[str, str], faults: list[Fault]) -> Document | None:
    path = _file(config, env)
    if path is None:
        return None
    try:
        return read_document(path)
    except ConfigError as error:
        faults += error.faults
        return None


def _file(config: str | Path | None, env: Mapping[str, str]) -> Path | None:
    """Return the settings file: the one that is named, else the one in the working directory if it is there."""
    named = config or env.get(FILE_VARIABLE)
    path = Path(named) if named else Path(DEFAULT_FILE)
    return path if named or path.is_file() else None


def _leaves(document: Document, table: Mapping[str, Row], faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    sections = {key.rsplit(".", depth)[0] for key in table for depth in range(1, key.count(".") + 1)}

    def walk(data: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        key = ".".join(path)
        if key in _OTHER_SECTIONS:
            return
        if key in table:
            yield key, data
        elif isinstance(data, Mapping) and (not path or key in sections):
            for name, value in data.items():
                yield from walk(value, (*path, name))
        elif data is None and key in sections:
            return
        else:
            problem = "is not a map" if key in sections or not path else "is unknown"
            where = document.where(*path)
            faults.append(_unknown(f"{key} in {where}" if key else where, key, table, problem))

    yield from walk(document.data, ())


def _unknown(where: str, key: str, known: Mapping[str, Any], problem: str = "is unknown") -> Fault:
    near = nearest(key, known)
    return Fault(where, problem, f"did you mean {near}?" if near else "", "`otel-kit explain` lists every setting.")


def _unknown_arguments(given: Mapping[str, Any], table: Mapping[str, Row]) -> list[Fault]:
    return [_unknown(f"init({key}=...)", key, table) for key in given if key not in table]


def _unknown_variables(env: Mapping[str, str], table: Mapping[str, Row]) -> list[Fault]:
    known = {row.option.variable for row in table.values()} | _OTHER_VARIABLES
    return [
        _unknown(name, name, dict.fromkeys(known)) for name in env if name.startswith("OTEL_KIT_") and name not in known
    ]
