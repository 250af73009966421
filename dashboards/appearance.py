"""The part of a panel that all kinds share: texts, unit, limits, links, colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides as Override,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColor,
    FieldColorModeId,
    FieldConfig,
    FieldConfigSource,
    MatcherConfig,
    Panel,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.facts import Facts
from dashboards.queries import Query, reference

Mapped: TypeAlias = Mapping[str, tuple[str, str]]
"""What a value means and its colour: ``{"1": ("healthy", "green")}``."""


def state(panel: Panel, facts: Facts) -> None:
    """Write the facts into the panel."""
    panel.title, panel.description = facts.title, facts.description()
    panel.links = [link.model() for link in facts.links if not link.needs_a_value]
    found = defaults(panel)
    found.unit, found.no_value, found.thresholds = facts.unit, facts.empty, facts.limits.steps()
    found.color = colour_by(FieldColorModeId.THRESHOLDS)
    found.links = [link.model() for link in facts.links]


def config(panel: Panel) -> FieldConfigSource:
    """Return the field configuration of a panel, made if it has none."""
    if panel.field_config is None:
        panel.field_config = FieldConfigSource(defaults=FieldConfig(), overrides=[])
    return panel.field_config


def defaults(panel: Panel) -> FieldConfig:
    """Return what holds for all fields of a panel."""
    return config(panel).defaults


def options(panel: Panel) -> dict[str, Any]:
    """Return the options of a panel as the raw mapping that it becomes, so that what the builders lack can be set."""
    shown = panel.options
    made = cast("Any", shown).to_json() if hasattr(shown, "to_json") else dict(cast("Mapping[str, Any]", shown or {}))
    panel.options = made
    return cast("dict[str, Any]", made)


def source_of(queries: Sequence[Query]) -> DataSourceRef:
    """Return the data source of a panel; several are Grafana's mixed one."""
    names = {query.source for query in queries}
    if not names:
        return DataSourceRef(type_val="grafana", uid="-- Grafana --")
    if len(names) > 1:
        return DataSourceRef(type_val="datasource", uid="-- Mixed --")
    return reference(names.pop())


def colour_by(mode: FieldColorModeId) -> FieldColor:
    """Return the way in which fields get their colour."""
    return FieldColor(mode=mode)


def mappings(mapped: Mapped) -> list[ValueMapping]:
    """Return what values mean."""
    results = {
        found: ValueMappingResult(text=shown, color=colour, index=index)
        for index, (found, (shown, colour)) in enumerate(mapped.items())
    }
    return [ValueMap(options=results)]


def coloured(colours: Mapping[str, str]) -> list[Override]:
    """Return a fixed colour for each of these names."""
    return [
        Override(
            matcher=MatcherConfig(id_val="byName", options=name),
            properties=[DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})],
        )
        for name, colour in colours.items()
    ]
