"""What a setting's value may look like: one kind, one parser from text or a plain YAML/Python value."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read. ``parse`` takes text or a plain value and raises ValueError when it does not fit."""

    wanted: str
    parse: Callable[[Any], Any]
    schema: Mapping[str, Any]


_LARGEST = (1 << 63) - 1
_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)?")
_SIZE_UNITS = {
    None: 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value.strip()


def _nonempty_text(value: Any) -> str:
    text = _text(value)
    if not text:
        raise ValueError
    return text


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = _text(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def parse_duration(value: Any) -> float:
    """Return seconds from a number of seconds or text such as ``24h``, ``500ms``. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, int | float):
        seconds = float(value)
    else:
        match = _DURATION.fullmatch(_text(value))
        if match is None:
            raise ValueError
        seconds = float(match[1]) * _DURATION_UNITS[match[2]]
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError
    return seconds


def _milliseconds(value: Any) -> float:
    """OpenTelemetry's own variables count in milliseconds; the kit counts in seconds."""
    text = _text(value)
    return parse_duration(float(text) / 1000.0)


def parse_size(value: Any) -> int:
    """Return bytes from a number of bytes or text such as ``1GiB``, ``500MB``. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, int):
        size = value
    else:
        match = _SIZE.fullmatch(_text(value))
        if match is None:
            raise ValueError
        size = int(float(match[1]) * _SIZE_UNITS[match[2]])
    if not 0 < size <= _LARGEST:
        raise ValueError
    return size


def _count(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError
    number = value if isinstance(value, int) else int(_text(value))
    if not 1 <= number <= _LARGEST:
        raise ValueError
    return number


def _port(value: Any) -> int:
    number = _count(value) if value not in (0, "0") else 0
    if number > 65535:
        raise ValueError
    return number


def _items(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value):
        return tuple(item.strip() for item in value)
    raise ValueError


def _patterns(value: Any) -> tuple[str, ...]:
    items = _items(value)
    for item in items:
        try:
            re.compile(item)
        except (re.error, OverflowError, RecursionError) as error:  # x{99999999999} overflows, (((( nests too deep
            raise ValueError from error
    return items


def _pairs(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and isinstance(item, str | int | float | bool) for key, item in value.items()):
            raise ValueError
        return {key.strip(): str(item) for key, item in value.items()}
    pairs: dict[str, str] = {}
    for item in _items(value):
        key, separator, text = item.partition("=")
        if not separator or not key.strip():
            raise ValueError
        # Percent-decoding is what the OTLP exporter and resource specifications ask for.
        pairs[unquote(key.strip())] = unquote(text.strip())
    return pairs


def _url(value: Any) -> str:
    text = _nonempty_text(value)
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError
    _ = parts.port  # raises ValueError when it is no port
    return text


_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@|^[^/?#\s]*@")
_QUERY = re.compile(r"\?.+", re.DOTALL)


def without_credentials(text: str) -> str:
    """Return a URL with its user, password and query masked, whether or not the rest of it is a URL."""
    return _QUERY.sub("?***", _CREDENTIALS.sub("***@", text))


def _trust(value: Any) -> str | tuple[str, ...]:
    items = _items(value)
    if len(items) == 1 and items[0] in {"private", "none", "all"}:
        return items[0]
    if not items:
        raise ValueError
    return tuple(str(ipaddress.ip_network(item, strict=False)) for item in items)


def choice(*allowed: str) -> Kind:
    """One of the given words."""

    def parse(value: Any) -> str:
        # YAML reads a bare on, off, yes or no as a boolean.
        text = ("on" if value else "off") if isinstance(value, bool) else _text(value).lower()
        if text not in allowed:
            raise ValueError
        return text

    return Kind(f"one of {', '.join(allowed)} is needed", parse, {"enum": list(allowed)})


def choices(*allowed: str) -> Kind:
    """A list of the given words."""

    def parse(value: Any) -> tuple[str, ...]:
        items = tuple(item.lower() for item in _items(value))
        if not set(items) <= set(allowed):
            raise ValueError
        return items

    wanted = f"a list out of {', '.join(allowed)} is needed"
    return Kind(wanted, parse, {"type": "array", "items": {"enum": list(allowed)}})


TEXT = Kind("text is needed", _text, {"type": "string"})
NAME = Kind("text that is not empty is needed", _nonempty_text, {"type": "string", "minLength": 1})
BOOLEAN = Kind("true or false is needed", _boolean, {"type": "boolean"})
DURATION = Kind(
    "a time such as 2s, 500ms or 24h is needed", parse_duration, {"type": ["number", "string"], "minimum": 0}
)
MILLISECONDS = Kind("a number of milliseconds is needed", _milliseconds, {"type": "number", "minimum": 0})
SIZE = Kind("a size such as 64MiB is needed", parse_size, {"type": ["integer", "string"], "minimum": 1})
COUNT = Kind("a whole number from 1 on is needed", _count, {"type": "integer", "minimum": 1})
PORT = Kind("a port number is needed", _port, {"type": "integer", "minimum": 0, "maximum": 65535})
ITEMS = Kind("a list of texts is needed", _items, {"type": "array", "items": {"type": "string"}})
PATTERNS = Kind("a list of regular expressions is needed", _patterns, {"type": "array", "items": {"type": "string"}})
PAIRS = Kind("a map, or text such as key=value,key=value, is needed", _pairs, {"type": "object"})
URL = Kind("a URL such as http://localhost:4318 is needed", _url, {"type": "string"})
TRUST = Kind(
    "one of private, none, all or a list of networks such as 10.0.0.0/8 is needed",
    _trust,
    {"type": ["string", "array"]},
)
