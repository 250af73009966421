"""Fields as one line of JSON: valid UTF-8, one line for any reader, nothing in it that moves a terminal's cursor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from otel_kit.logs.sinks.fields import fields_of
from otel_kit.logs.sinks.plain_values import plain, unwritable

# The same as plain_values.UNSAFE, in UTF-8. All of it stands inside strings, where JSON has an escape for it.
_UNSAFE_BYTES = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")


def json_line(record: Any) -> bytes:
    """Return a redacted record as one line of JSON with its line break. Total."""
    return line_of(fields_of(record))


def line_of(fields: Mapping[str, Any]) -> bytes:
    """Return fields as one line of JSON with its line break."""
    dumps = _dumps()
    try:
        line = dumps(fields)
    except Exception:  # bytes, numbers that JSON has not, lone surrogates: made plain only where they are
        try:
            line = dumps(plain(fields))
        except Exception as error:  # rather this line than none
            line = dumps({name: fields[name] for name in ("timestamp", "level")} | {"message": unwritable(error)})
    if not line.isascii() or b"\x7f" in line:
        line = _UNSAFE_BYTES.sub(_escaped_bytes, line)
    return line + b"\n"


def _escaped_bytes(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match[0].decode("utf-8"))


def _with_json(fields: Any) -> bytes:
    # allow_nan: what json would write for it is not JSON.
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


_dumps_in_use: list[Callable[[Any], bytes]] = []


def _dumps() -> Callable[[Any], bytes]:
    """Return orjson's function if it is installed, else the standard library's."""
    if not _dumps_in_use:
        try:
            import orjson
        except ImportError:
            _dumps_in_use.append(_with_json)
        else:
            _dumps_in_use.append(orjson.dumps)
    return _dumps_in_use[0]
