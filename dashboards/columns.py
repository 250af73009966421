"""Columns of tables, and the fields that traces and node graphs have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides as Override,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    MatcherConfig,
)

from dashboards import appearance
from dashboards.appearance import Mapped
from dashboards.limits import Limits
from dashboards.links import VALUE, Link, to_logs, to_trace

# Names of fields in what Tempo's search returns, and of what a graph's queries become.
_TRACE_ID_FIELDS = "/^(traceID|traceIdHidden|Trace ID)$/"
_EDGES, _NODES, _SECOND = "A", "B", "C"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: where it comes from and what it is called there."""

    field: str
    """A label, or ``Value #A`` of the first query, ``Value #B`` of the second; with one query ``Value``."""
    title: str
    unit: str = ""
    limits: Limits | None = None
    links: Sequence[Link] = ()
    """Use ``links.column("Title of a column")`` for what stands in the same row."""
    mapped: Mapped | None = None
    width: int | None = None


def transformations(columns: Sequence[Column], *, merged: bool) -> list[DataTransformerConfig]:
    """Return the steps from the answers to the table."""
    names = [one.field for one in columns]
    steps = [DataTransformerConfig(id_val="merge", options={})] if merged else []
    return [
        *steps,
        DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": names}}),
        DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {},
                "indexByName": {name: index for index, name in enumerate(names)},
                "renameByName": {one.field: one.title for one in columns},
            },
        ),
    ]


def overrides(column: Column) -> list[Override]:
    """Return what differs in a column."""
    properties: list[tuple[str, object]] = []
    if column.unit:
        properties.append(("unit", column.unit))
    if column.limits is not None:
        properties.append(("thresholds", column.limits.steps()))
        if column.limits.names:
            properties.append(("custom.cellOptions", {"type": "color-text"}))
    if column.links:
        properties.append(("links", [link.data_link() for link in column.links]))
    if column.mapped is not None:
        properties.append(("mappings", appearance.mappings(column.mapped)))
        properties.append(("custom.cellOptions", {"type": "color-text"}))
    if column.width is not None:
        properties.append(("custom.width", column.width))
    return [_override("byName", column.title, properties)] if properties else []


def trace_overrides() -> list[Override]:
    """Return the ways from a found trace to all of it, and to its log records."""
    logs = to_logs("Logs of the trace", f'{{service_name=~".+"}} | trace_id="{VALUE}"')
    links = [to_trace("Trace", VALUE).data_link(), logs.data_link()]
    return [_override("byRegexp", _TRACE_ID_FIELDS, [("links", links)])]


def graph_transformations() -> list[DataTransformerConfig]:
    """Return the steps from three answers to edges and nodes, by the names of fields that the panel knows."""
    nodes = MatcherConfig(id_val="byRefId", options=f"/^({_NODES}|{_SECOND})$/")
    return [
        DataTransformerConfig(id_val="joinByField", filter_val=nodes, options={"byField": "id", "mode": "outer"}),
        DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {"Time": True, "Time 1": True, "Time 2": True},
                "indexByName": {},
                "renameByName": {
                    "Value": "mainstat",
                    f"Value #{_EDGES}": "mainstat",
                    f"Value #{_NODES}": "mainstat",
                    f"Value #{_SECOND}": "secondarystat",
                },
            },
        ),
    ]


def graph_overrides(units: tuple[str, str]) -> list[Override]:
    """Return the units of the two figures of a node."""
    return [
        _override("byName", "mainstat", [("unit", units[0])]),
        _override("byName", "secondarystat", [("unit", units[1])]),
    ]


def _override(kind: str, name: str, properties: Sequence[tuple[str, object]]) -> Override:
    values = [DynamicConfigValue(id_val=key, value=value) for key, value in properties]
    return Override(matcher=MatcherConfig(id_val=kind, options=name), properties=values)
