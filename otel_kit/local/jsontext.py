"""JSON in and out: orjson where the extra ``fast`` is installed, else the standard library."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

encode: Callable[[Any], str]
"""Return compact JSON text. Values are None, bool, int of 64 bits, finite float, str, list and dict."""
decode: Callable[[str | bytes], Any]
"""Return the value of JSON text; ValueError (RecursionError without orjson) if it is none."""

try:
    import orjson
except ImportError:

    def _encode(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    encode, decode = _encode, json.loads
else:

    def _encode(value: Any) -> str:
        text: str = orjson.dumps(value).decode()
        return text

    encode, decode = _encode, orjson.loads
