"""JSON schema of the part of Grafana's classic boards (schemaVersion 42) that we write: a field more is a mistake."""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final = {"type": "string", "minLength": 1}
_SOURCE: Final = {
    "type": "object",
    "required": ["type", "uid"],
    "properties": {"type": _TEXT, "uid": _TEXT},
    "additionalProperties": False,
}
_DATA_LINK: Final = {
    "type": "object",
    "required": ["title", "url"],
    "properties": {
        "title": _TEXT,
        "url": {"type": "string", "pattern": r"^/(d|explore|alerting|public/runbooks)/?\b"},
        "targetBlank": {"type": "boolean"},
    },
    "additionalProperties": False,
}
_STEPS: Final = {
    "type": "object",
    "required": ["mode", "steps"],
    "properties": {
        "mode": {"const": "absolute"},
        "steps": {
            "type": "array",
            "minItems": 1,
            "prefixItems": [{"properties": {"value": {"type": "null"}}}],
            "items": {
                "type": "object",
                "required": ["color", "value"],
                "properties": {"color": _TEXT, "value": {"type": ["number", "null"]}},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def _closed(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    """Return the schema of an object with these fields and no others."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "required": required.split(),
        "properties": {name: properties.get(name, {}) for name in names},
        "additionalProperties": False,
    }


_TARGETS: Final = {
    "prometheus": _closed(
        "datasource exemplar expr instant range refId",
        "legendFormat format",
        datasource=_SOURCE,
        expr=_TEXT,
        refId=_TEXT,
    ),
    "loki": _closed(
        "datasource expr queryType refId",
        "legendFormat maxLines",
        datasource=_SOURCE,
        expr=_TEXT,
        queryType={"enum": ["range", "instant"]},
        refId=_TEXT,
    ),
    "tempo": _closed(
        "datasource limit query queryType refId tableType",
        "filters spss",
        datasource=_SOURCE,
        query=_TEXT,
        queryType={"const": "traceql"},
        tableType={"enum": ["traces", "spans"]},
        refId=_TEXT,
    ),
}


def _target() -> dict[str, Any]:
    kind = {
        name: {"properties": {"datasource": {"properties": {"type": {"const": name}}}}, "required": ["datasource"]}
        for name in _TARGETS
    }
    return {
        "allOf": [{"if": kind[name], "then": schema} for name, schema in _TARGETS.items()],
        "properties": {"datasource": {"properties": {"type": {"enum": list(_TARGETS)}}}},
    }


_GRID: Final = _closed(
    "h w x y",
    h={"type": "integer", "minimum": 1},
    w={"type": "integer", "minimum": 1, "maximum": 24},
    x={"type": "integer", "minimum": 0, "maximum": 23},
    y={"type": "integer", "minimum": 0},
)
_ROW: Final = _closed(
    "collapsed gridPos id panels title type",
    gridPos=_GRID,
    panels={"maxItems": 0},
    title=_TEXT,
    collapsed={"const": False},
)
_PANEL: Final = _closed(
    "datasource description fieldConfig gridPos id links options targets title type",
    "transformations transparent",
    datasource=_SOURCE,
    description=_TEXT,
    gridPos=_GRID,
    id={"type": "integer", "minimum": 1},
    title={**_TEXT, "maxLength": 60},
    type={
        "enum": [
            "bargauge", "heatmap", "logs", "nodeGraph", "stat", "state-timeline", "table", "text", "timeseries",
        ]
    },
    targets={"type": "array", "items": _target()},
    transformations={"type": "array", "items": _closed("id options", "filter")},
    fieldConfig=_closed(
        "defaults overrides",
        defaults=_closed(
            "color noValue thresholds unit",
            "custom links mappings max min",
            noValue={**_TEXT, "pattern": r"[.?]$"},
            unit=_TEXT,
            thresholds=_STEPS,
            links={"type": "array", "items": _DATA_LINK},
        ),
        overrides={
            "type": "array",
            "items": _closed(
                "matcher properties",
                matcher=_closed("id options"),
                properties={
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["id", "value"],
                        "allOf": [
                            {
                                "if": {"properties": {"id": {"const": "links"}}},
                                "then": {"properties": {"value": {"items": _DATA_LINK}}},
                            },
                            {
                                "if": {"properties": {"id": {"const": "thresholds"}}},
                                "then": {"properties": {"value": _STEPS}},
                            },
                        ],
                    },
                },
            ),
        },
    ),
)  # fmt: skip
_VARIABLE: Final = {
    "type": "object",
    "required": ["name", "label", "type", "query", "current"],
    "properties": {
        "type": {"enum": ["query", "textbox", "custom"]},
        "name": {"pattern": "^[a-z_]+$"},
        "label": _TEXT,
    },
    "if": {"properties": {"type": {"const": "query"}}},
    "then": {
        "required": ["datasource", "definition", "refresh"],
        "properties": {"multi": {"const": True}, "includeAll": {"const": True}, "allValue": {"const": ".*"}},
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_closed(
        "annotations description editable graphTooltip links panels refresh schemaVersion tags templating time timezone"
        " title uid",
        "fiscalYearStartMonth",
        schemaVersion={"const": 42},
        uid={"type": "string", "pattern": "^otel-kit-[a-z]+$"},
        title=_TEXT,
        description=_TEXT,
        tags={"const": ["otel-kit"]},
        panels={
            "type": "array",
            "items": {"if": {"properties": {"type": {"const": "row"}}}, "then": _ROW, "else": _PANEL},
        },
        templating=_closed("list", list={"type": "array", "items": _VARIABLE}),
        links={"type": "array", "minItems": 1},
        annotations=_closed(
            "list",
            list={
                "type": "array",
                "prefixItems": [{"properties": {"builtIn": {"const": 1}}}],
                "minItems": 3,
                "items": {"not": {"required": ["placement"]}},
            },
        ),
    ),
}
