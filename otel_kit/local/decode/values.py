"""OTLP's AnyValue as Python values, as JSON, and as the text that a search compares."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue


def plain(value: AnyValue) -> Any:
    """Return what ``value`` holds: None, bool, int, float, str, bytes, list or dict."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: plain(item.value) for item in value.kvlist_value.values}
    return getattr(value, kind)


def showable(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: bytes as ``{"base64": text}``, NaN and infinities as their names."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: showable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [showable(item) for item in value]
    return value


def search_texts(value: Any) -> Iterator[str]:
    """Yield the texts by which an attribute's value is found: booleans as true and false, lists item by item."""
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)):
        yield repr(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            if not isinstance(item, (list, tuple, dict)):
                yield from search_texts(item)
