"""What the file exporter wrote, as plain dicts: one for each span, log record and metric point."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Attributes = dict[str, Any]


def spans(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield each span of ``folder/traces.jsonl``.

    Keys: ``resource``, ``scope``, ``attributes`` (plain dicts; a scope has its ``schema_urls`` too, that of the
    resource first), ``name``, ``trace_id``, ``span_id``,
    ``parent_span_id``, ``kind``, ``status`` (code and message), ``trace_state``, ``events`` and ``links`` (each with
    plain ``attributes``).
    """
    for resource, scope, span in _items(folder / "traces.jsonl", "resourceSpans", "scopeSpans", "spans"):
        yield {
            "resource": resource,
            "scope": scope,
            "name": span.get("name", ""),
            "trace_id": span.get("traceId", ""),
            "span_id": span.get("spanId", ""),
            "parent_span_id": span.get("parentSpanId", ""),
            "trace_state": span.get("traceState", ""),
            "kind": span.get("kind", 0),
            "status": span.get("status", {}),
            "attributes": plain_attributes(span.get("attributes")),
            "events": [_with_plain_attributes(event) for event in span.get("events", ())],
            "links": [_with_plain_attributes(link) for link in span.get("links", ())],
        }


def logs(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield each log record of ``folder/logs.jsonl``.

    Keys: ``resource``, ``scope``, ``attributes``, ``body`` (plain value), ``event_name``, ``severity_text``,
    ``severity_number``, ``time_unix_nano``, ``trace_id``, ``span_id``.
    """
    for resource, scope, record in _items(folder / "logs.jsonl", "resourceLogs", "scopeLogs", "logRecords"):
        yield {
            "resource": resource,
            "scope": scope,
            "attributes": plain_attributes(record.get("attributes")),
            "body": plain_value(record.get("body", {})),
            "event_name": record.get("eventName", ""),
            "severity_text": record.get("severityText", ""),
            "severity_number": record.get("severityNumber", 0),
            "time_unix_nano": int(record.get("timeUnixNano", 0)),
            "trace_id": record.get("traceId", ""),
            "span_id": record.get("spanId", ""),
        }


def points(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield each metric point of ``folder/metrics.jsonl``.

    Keys: ``resource``, ``scope``, ``metric`` (its name), ``description``, ``unit``, ``type`` (``sum``, ``gauge``,
    ``histogram``, ...), ``attributes``, ``exemplars`` (as in OTLP JSON), ``point`` (the rest, as in OTLP JSON).
    """
    for resource, scope, metric in _items(folder / "metrics.jsonl", "resourceMetrics", "scopeMetrics", "metrics"):
        for kind in ("gauge", "sum", "histogram", "exponentialHistogram", "summary"):
            for point in metric.get(kind, {}).get("dataPoints", ()):
                yield {
                    "resource": resource,
                    "scope": scope,
                    "metric": metric.get("name", ""),
                    "description": metric.get("description", ""),
                    "unit": metric.get("unit", ""),
                    "type": kind,
                    "attributes": plain_attributes(point.get("attributes")),
                    "exemplars": point.get("exemplars", []),
                    "point": point,
                }


def raw_text(folder: Path) -> str:
    """Return every complete line that was written, as one text: what is not in it did not come through."""
    return "\n".join(line for path in sorted(folder.glob("*.jsonl")) for line in _complete_lines(path))


def plain_attributes(attributes: list[dict[str, Any]] | None) -> Attributes:
    """Return OTLP JSON's list of key and value as a dict of plain values."""
    return {item["key"]: plain_value(item.get("value", {})) for item in attributes or ()}


def plain_value(value: dict[str, Any]) -> Any:
    """Return OTLP JSON's AnyValue as str, bool, int, float, list, dict, or None; bytes stay base64 text."""
    if not value:
        return None
    ((kind, content),) = value.items()
    match kind:
        case "intValue":
            return int(content)
        case "doubleValue":
            return float(content)
        case "arrayValue":
            return [plain_value(item) for item in content.get("values", ())]
        case "kvlistValue":
            return plain_attributes(content.get("values"))
        case _:
            return content


def _items(
    path: Path, resources: str, scopes: str, items: str
) -> Iterator[tuple[Attributes, dict[str, Any], dict[str, Any]]]:
    for line in _complete_lines(path):
        for resource_group in json.loads(line).get(resources, ()):
            resource = plain_attributes(resource_group.get("resource", {}).get("attributes"))
            for scope_group in resource_group.get(scopes, ()):
                scope = _with_plain_attributes(scope_group.get("scope", {}))
                scope["schema_urls"] = [group.get("schemaUrl", "") for group in (resource_group, scope_group)]
                for item in scope_group.get(items, ()):
                    yield resource, scope, item


def _complete_lines(path: Path) -> list[str]:
    """Return the lines that are written whole: the Collector may be in the middle of the last one."""
    if not path.exists():
        return []
    return path.read_text().split("\n")[:-1]


def _with_plain_attributes(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "attributes": plain_attributes(item.get("attributes"))}
