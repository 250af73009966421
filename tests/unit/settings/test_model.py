"""The table of settings: complete, consistent, and the only place a setting is declared."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

import pytest

from otel_kit.settings import Export, Settings, all_rows
from otel_kit.settings.kinds import MILLISECONDS
from otel_kit.settings.option import Row

_ROWS = all_rows()


@pytest.mark.parametrize("row", _ROWS, ids=[row.option.key for row in _ROWS])
def test_each_row_is_whole(row: Row) -> None:
    """Its default is what its own kind makes of it, and it says what it means."""
    option = row.option

    if option.default is not None:
        assert option.default == option.kind.parse(option.default)
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", option.key)
    assert option.doc.endswith(".")
    assert option.kind.wanted
    assert all(variable.name.startswith("OTEL_") for variable in option.standard)


def test_keys_and_variables_are_unique() -> None:
    """No two options share a key, and no variable sets two, except those that OpenTelemetry means for several."""
    keys = Counter(row.option.key for row in _ROWS)
    variables = Counter(
        name for row in _ROWS for name in (row.option.variable, *(item.name for item in row.option.standard))
    )

    assert [name for counted in (keys, variables) for name, count in counted.items() if count > 1] == []


def test_no_key_is_the_section_of_another() -> None:
    """``a`` and ``a.b`` could not stand in one file."""
    keys = {row.option.key for row in _ROWS}

    assert [key for key in keys for other in keys if other.startswith(f"{key}.")] == []


@pytest.mark.parametrize("cls", [Settings, Export])
def test_every_field_stands_in_the_table(cls: type) -> None:
    """There is no setting that ``explain`` does not show."""
    fields = {field.name for field in dataclasses.fields(cls)}

    paths = [row.path if cls is Settings else row.path[1:] for row in _ROWS if cls is Settings or "export" in row.path]
    assert fields == {path[0] for path in paths}


def test_settings_are_immutable() -> None:
    """A reload builds new ones."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().service_name = "x"  # type: ignore[misc]


def test_every_standard_time_is_in_milliseconds() -> None:
    """OpenTelemetry's variables for times count in milliseconds, the kit in seconds."""
    times = [row for row in _ROWS if row.path[-1].endswith("_s")]

    assert times
    assert [item.name for row in times for item in row.option.standard if item.kind is not MILLISECONDS] == []


def test_none_among_exporters_means_nowhere() -> None:
    """Whatever else is named."""
    assert Settings(traces_exporter=("none", "otlp")).exporters("traces") == ()
