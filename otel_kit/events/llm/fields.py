"""Fields of what a client library answers with, by name: mappings and objects alike, never raising."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any, Final

_MAX_TEXT: Final = 256
_MAX_MEMBERS: Final = 128
_MAX_JSON: Final = 4 << 20


def field(value: Any, *names: str) -> Any:
    """Return the first of these fields that is there and not None, else None."""
    for name in names:
        found = _one(value, name)
        if found is not None:
            return found
    return None


def members(value: Any) -> Iterator[Any]:
    """Yield the members of a list or tuple, the first 128; of anything else none."""
    if isinstance(value, (list, tuple)):
        yield from islice(value, _MAX_MEMBERS)


def short_text(value: Any) -> str | None:
    """Return a text of at most 256 characters; None for nothing, for an empty text and for what is no text."""
    if isinstance(value, Enum):
        value = value.value
    if type(value) is not str or not value.strip():
        return None
    return value.strip()[:_MAX_TEXT]


def opened(value: Any) -> Any:
    """Return ``value``, or what it holds if it is JSON text of at most 4 MiB, also as a line of a stream of events."""
    if isinstance(value, (str, bytes)) and len(value) <= _MAX_JSON:
        line = b"data:" if isinstance(value, bytes) else "data:"
        try:
            return json.loads(value.removeprefix(line))  # type: ignore[arg-type]  # of the same kind
        except (ValueError, RecursionError):
            return None
    return value


def _one(value: Any, name: str) -> Any:
    try:
        if type(value) is dict or isinstance(value, Mapping):
            return value.get(name)
        return getattr(value, name, None)
    except Exception:  # a property of somebody else's object may do anything
        return None
