"""Kinds of values that only settings of logs have: maps by logger, and the address of a syslog server."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from otel_kit.settings.kinds import PAIRS, Kind, parse_size

T = TypeVar("T")
_RATE = re.compile(r"(\d+)\s*/\s*(s|m|min|h)")
_PER = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_SYSLOG_PORTS = {"udp": 514, "tcp": 601, "tls": 6514}  # RFC 5426, 6587 (with 3195's number) and 5425


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds."""

    count: int
    seconds: float

    def __str__(self) -> str:
        unit = {1.0: "s", 60.0: "m", 3600.0: "h"}[self.seconds]
        return f"{self.count}/{unit}"


@dataclass(frozen=True, slots=True)
class SyslogAddress:
    """Where a syslog server listens; ``transport`` is udp, tcp or tls."""

    transport: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"


def _level(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    name = value.strip().lower()
    if logging.getLevelNamesMapping().get(name.upper(), logging.CRITICAL) > logging.ERROR:
        raise ValueError  # unknown, or errors would be lost
    return name


def _ratio(text: str) -> float:
    ratio = float(text)
    if not 0.0 <= ratio <= 1.0:
        raise ValueError
    return ratio


def _rate(text: str) -> Rate:
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError
    return Rate(int(match[1]), _PER[match[2]])


def _by_logger(parse: Callable[[str], T]) -> Callable[[Any], dict[str, T]]:
    return lambda value: {name: parse(text) for name, text in PAIRS.parse(value).items()}


def _size_or_zero(value: Any) -> int:
    if isinstance(value, str):
        value = value.strip()
    return 0 if value == "0" or (type(value) is int and value == 0) else parse_size(value)


def _syslog_address(value: Any) -> SyslogAddress:
    if not isinstance(value, str):
        raise ValueError
    parts = urlsplit(value.strip())
    if parts.scheme not in _SYSLOG_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError
    return SyslogAddress(parts.scheme, parts.hostname, parts.port or _SYSLOG_PORTS[parts.scheme])


_NO_HIGHER = "error at most, as errors are never left out"
LEVEL = Kind(
    f"one of debug, info, warning, error is needed: {_NO_HIGHER}",
    _level,
    {"enum": ["debug", "info", "warning", "error"]},
)
LEVELS = Kind(
    f"a level by logger such as sqlalchemy=warning is needed: {_NO_HIGHER}",
    _by_logger(_level),
    {"type": ["object", "string"]},
)
RATIOS = Kind(
    "a number from 0 to 1 by logger such as uvicorn.access=0.1 is needed",
    _by_logger(_ratio),
    {"type": ["object", "string"]},
)
RATES = Kind("a rate by logger such as orders=100/s is needed", _by_logger(_rate), {"type": ["object", "string"]})
SIZE_OR_ZERO = Kind(
    "a size such as 64MiB, or 0, is needed", _size_or_zero, {"type": ["integer", "string"], "minimum": 0}
)
SYSLOG_ADDRESS = Kind(
    "an address such as udp://127.0.0.1:514, tcp://host:601 or tls://host:6514 is needed",
    _syslog_address,
    {"type": "string"},
)
