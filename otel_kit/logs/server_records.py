"""Access lines of uvicorn and gunicorn, and warnings that logging captured, as attributes of the conventions.

The servers fill a line from values that the record still has: uvicorn as a tuple, gunicorn as its table of atoms.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from otel_kit import semconv
from otel_kit.logs.messages import message_of
from otel_kit.redaction.snapshot import text_of

# uvicorn's "%s - "%s %s HTTP/%s" %d".
_UVICORN_PARTS = 5
_ABSENT = ("-", "", None)
_WARNING = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+): (?P<category>\w+): ")


def attributes_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """Return what the record of a server or of a warning says in its arguments; empty for any other. Total."""
    read = _READERS.get(record.name) if type(record.name) is str else None
    if read is None:
        return {}
    try:
        return {key: value for key, value in read(record).items() if value not in _ABSENT}
    except Exception:  # the name does not say that the record is what it should be
        return {}


def _uvicorn(record: logging.LogRecord) -> dict[str, Any]:
    arguments = record.args
    if not isinstance(arguments, tuple) or len(arguments) != _UVICORN_PARTS:
        return {}
    client, method, target, version, status = arguments
    address, _, port = text_of(client).rpartition(":")
    path, _, query = text_of(target).partition("?")
    return {
        semconv.CLIENT_ADDRESS: address.strip("[]"),
        semconv.CLIENT_PORT: _number(port),
        semconv.HTTP_REQUEST_METHOD: text_of(method),
        semconv.URL_PATH: path,
        semconv.URL_QUERY: query,
        semconv.NETWORK_PROTOCOL_VERSION: text_of(version),
        semconv.HTTP_RESPONSE_STATUS_CODE: _number(status),
    }


def _gunicorn(record: logging.LogRecord) -> dict[str, Any]:
    atoms: Any = record.args
    if not isinstance(atoms, Mapping):
        return {}
    address = text_of(atoms.get("h", "-"))
    return {
        semconv.CLIENT_ADDRESS: address,
        semconv.HTTP_REQUEST_METHOD: text_of(atoms.get("m", "-")),
        semconv.URL_PATH: text_of(atoms.get("U", "-")),
        semconv.URL_QUERY: text_of(atoms.get("q", "-")),
        semconv.NETWORK_PROTOCOL_VERSION: text_of(atoms.get("H", "-")).removeprefix("HTTP/"),
        semconv.HTTP_RESPONSE_STATUS_CODE: _number(atoms.get("s")),
        semconv.HTTP_RESPONSE_BODY_SIZE: _number(atoms.get("B", atoms.get("b"))),
        semconv.USER_AGENT_ORIGINAL: text_of(atoms.get("a", "-")),
    }


def _warning(record: logging.LogRecord) -> dict[str, Any]:
    """Read what ``logging.captureWarnings`` makes of a warning: the text that would have been printed."""
    match = _WARNING.match(message_of(record))
    if match is None:
        return {}
    return {
        semconv.WARNING_CATEGORY: match["category"],
        semconv.CODE_FILE_PATH: match["file"],
        semconv.CODE_LINE_NUMBER: int(match["line"]),
    }


def _number(value: Any) -> int | None:
    if isinstance(value, int):
        return int(value)
    text = value.split()[0] if isinstance(value, str) and value.strip() else ""
    return int(text) if text.isascii() and text.isdigit() else None


_READERS = {"uvicorn.access": _uvicorn, "gunicorn.access": _gunicorn, "py.warnings": _warning}
NAMES = frozenset(_READERS)
