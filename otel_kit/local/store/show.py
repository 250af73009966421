"""Rows as the API shows them."""

from __future__ import annotations

from typing import Any

from otel_kit.local import jsontext
from otel_kit.local.decode.logs import severity_rank

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")
RANKS = ("", "trace", "debug", "info", "warn", "error", "fatal")


def ms(nanoseconds: int) -> float:
    """Return milliseconds; at today's dates a float of them is exact to a quarter of a microsecond."""
    return nanoseconds / 1e6


def kind(number: int) -> str:
    """Return the name of a span kind."""
    return KINDS[number] if 0 <= number < len(KINDS) else KINDS[0]


def status(code: int, message: str | None) -> dict[str, Any]:
    """Return a span's status."""
    return {"code": STATUSES[code] if 0 <= code < len(STATUSES) else STATUSES[0], "message": message}


def severity(number: int) -> str:
    """Return the name of a severity number; a record without one counts as info."""
    return RANKS[severity_rank(number)] or "info"


def identity(raw: bytes | None) -> str | None:
    """Return an id as lower-case hexadecimal digits."""
    return raw.hex() if raw else None


def scope(name: str, version: str, attributes: str) -> dict[str, Any]:
    """Return an instrumentation scope."""
    return {"name": name, "version": version, "attributes": jsontext.decode(attributes)}
