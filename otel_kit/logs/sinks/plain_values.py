"""Values that JSON and a terminal can hold.

What comes here is redacted: plain values within limits. What the redactor may have left - bytes, numbers that JSON has
not, with redaction switched off anything else - becomes text.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from otel_kit.redaction.snapshot import plain as snapshot
from otel_kit.redaction.snapshot import text_of

# DEL and C1 steer terminals, U+0085, U+2028 and U+2029 end lines for some readers, and the marks of direction make
# text look like another (Unicode TR 36). What is below U+0020 JSON escapes itself.
UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(value: Any) -> Any:
    """Return a value that JSON can hold in UTF-8: exact strings, finite numbers, no cycle, within limits. Total."""
    return _plain(snapshot(value))


def compact(value: Any) -> str:
    """Return a value as JSON text on one line, for people. Total."""
    try:
        text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    except Exception as error:
        text = unwritable(error)
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def unwritable(error: Exception) -> str:
    """Return what stands in the place of a value that could not be written."""
    return f"[not written: {type(error).__name__}]"


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 64 else text_of(value)
    if kind is float:
        return value if math.isfinite(value) else text_of(value)
    if kind is bytes:
        return value.decode("utf-8", "backslashreplace")
    if kind is dict:
        return {_plain(key): _plain(item) for key, item in value.items()}
    if kind is list:
        return [_plain(item) for item in value]
    return value
