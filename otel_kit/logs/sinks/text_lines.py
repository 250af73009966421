"""Fields as text for a terminal: one record a line, stacks below it, nothing that could steer the terminal.

20:15:30.123 WARNING  orders.payment  card was refused  order=17 attempt=2  trace=4bf92f35
    | Traceback (most recent call last):
    |   ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from otel_kit import semconv
from otel_kit.logs.sinks.fields import fields_of
from otel_kit.logs.sinks.plain_values import compact

# C0, DEL, C1, line and paragraph separators, marks of direction (Unicode TR 36), lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BARE = re.compile(r"[^\s\"'=\\]+")
_MAX_VALUE = 500
_MAX_MESSAGE = 16_384
_MARGIN = "    | "
# Shown otherwise or of no use to a person who looks at the line.
_NOT_SHOWN = frozenset(
    {
        semconv.EXCEPTION_TYPE,
        semconv.EXCEPTION_MESSAGE,
        semconv.EXCEPTION_STACKTRACE,
        semconv.CODE_FILE_PATH,
        semconv.CODE_FUNCTION_NAME,
        semconv.CODE_LINE_NUMBER,
    }
)
# An event's name says as much.
_OF_THE_EVENT = frozenset({semconv.EVENT_CATEGORY, semconv.RETENTION_TIER})
# Select graphic rendition (ECMA-48 section 8.3.117).
_RESET, _DIM, _BOLD = "\x1b[0m", "\x1b[2m", "\x1b[1m"
_LEVEL_COLOURS = {
    "debug": "\x1b[2m", "info": "\x1b[32m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;37;41m",
}  # fmt: skip
_SHORT_TRACE = 8


def text_lines(record: Any, *, coloured: bool) -> str:
    """Return a redacted record as text that ends with a line break. Total."""
    return lines_of(fields_of(record), coloured=coloured)


def lines_of(fields: Mapping[str, Any], *, coloured: bool) -> str:
    """Return fields as text that ends with a line break."""
    paint = _paint if coloured else _leave
    level = fields["level"]
    first, *more = _LINE_ENDS.split(_cut(str(fields.get("message", "")), _MAX_MESSAGE))
    attributes = fields.get("attributes", {})
    parts = [
        paint(_DIM, fields["timestamp"][11:23]),
        paint(_LEVEL_COLOURS[level], f"{level.upper():<8}"),
        paint(_DIM, _shown(fields.get("component", "-"))),
        paint(_BOLD, safe(first)) if level in ("error", "critical") else safe(first),
    ]
    extras = [f"{paint(_DIM, name + '=')}{value}" for name, value in _extras(fields, attributes)]
    if extras:
        parts.append(" ".join(extras))
    if place := _place(attributes):
        parts.append(paint(_DIM, place))
    below = [*more, *_stack(attributes)]
    return "".join(["  ".join(parts), "\n", *(f"{paint(_DIM, _MARGIN)}{safe(line)}\n" for line in below)])


def extras_line(attributes: Mapping[str, Any]) -> str:
    """Return the attributes as ``name=value`` pairs on one line, an exception by its type and message."""
    return " ".join(
        f"{_shown(str(name))}={_shown(value)}" for name, value in [*_plain(attributes), *_error(attributes)]
    )


def safe(text: str) -> str:
    """Return text with every character escaped that a terminal would obey, line breaks included."""
    return _UNSAFE.sub(_escaped, text)


def _extras(fields: Mapping[str, Any], attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    # The short trace id finds all that belongs to a request.
    ids = ("event", "user") if "trace_id" in fields else ("event", "user", "request_id")
    named = [(name, fields[name]) for name in ids if name in fields]
    others = [pair for pair in _plain(attributes) if pair[0] not in _OF_THE_EVENT]
    error = [] if semconv.EXCEPTION_STACKTRACE in attributes else _error(attributes)
    pairs = [(_shown(str(name)), _shown(value)) for name, value in [*named, *others, *error]]
    if trace_id := fields.get("trace_id"):
        pairs.append(("trace", trace_id[:_SHORT_TRACE]))
    return pairs


def _plain(attributes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in attributes.items() if key not in _NOT_SHOWN]


def _error(attributes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    names = (("exception", semconv.EXCEPTION_TYPE), ("exception.message", semconv.EXCEPTION_MESSAGE))
    return [(name, attributes[key]) for name, key in names if attributes.get(key)]


def _place(attributes: Mapping[str, Any]) -> str:
    path, line = attributes.get(semconv.CODE_FILE_PATH), attributes.get(semconv.CODE_LINE_NUMBER)
    if not path or line is None or semconv.EXCEPTION_STACKTRACE in attributes:
        return ""
    name = re.split(r"[/\\]", str(path))[-1]
    return f"({safe(name)}:{_shown(line)})"


def _stack(attributes: Mapping[str, Any]) -> list[str]:
    stack = attributes.get(semconv.EXCEPTION_STACKTRACE)
    return _LINE_ENDS.split(str(stack).rstrip()) if stack else []


def _shown(value: Any) -> str:
    """Return a value as it stands behind its name: bare where nothing can be mistaken, else as JSON text."""
    if isinstance(value, str):
        text = _cut(value, _MAX_VALUE)
        return text if _BARE.fullmatch(text) and not _UNSAFE.search(text) else safe(compact(text))
    return _cut(safe(compact(value)), _MAX_VALUE)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\t":
        return "    "
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… (+{len(text) - longest})"


def _paint(colour: str, text: str) -> str:
    return f"{colour}{text}{_RESET}"


def _leave(_colour: str, text: str) -> str:
    return text
