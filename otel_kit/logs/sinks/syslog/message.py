"""A redacted record as a syslog message, RFC 5424 section 6. Total."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from typing import Any

from otel_kit.logs.sinks.fields import fields_of
from otel_kit.logs.sinks.text_lines import extras_line, safe
from otel_kit.settings.log_options import FACILITIES

# Section 6.2.1, table 2: RFC 5424 counts from 0, emergency, to 7, debug.
_SEVERITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
# 32473 is the private enterprise number for documentation (RFC 5612): otel-kit has none of its own.
_SD_ID = "otel_kit@32473"
_PARAMETERS = ("trace_id", "span_id", "request_id", "event", "user", "component", "environment")
_LONGEST_VALUE = 255
_BOM = b"\xef\xbb\xbf"
_NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]")
_TO_ESCAPE = re.compile(r'(["\\\]])')
_CUT = "…".encode()


def message(record: Any, facility: str, max_bytes: int) -> bytes:
    """Return a record as one message of at most ``max_bytes``; what is too long is cut at the end of its text."""
    fields = fields_of(record)
    priority = FACILITIES.index(facility) * 8 + _SEVERITIES[fields["level"]]
    header = " ".join(
        (
            f"<{priority}>1",
            fields["timestamp"],
            _header_field(socket.gethostname(), 255),
            _header_field(fields.get("service"), 48),
            str(os.getpid()),
            _header_field(fields.get("event"), 32),
            _structured_data(fields),
            "",
        )
    ).encode("utf-8")
    text = safe(str(fields.get("message", "")).replace("\r", "\\r").replace("\n", "\\n"))
    extras = extras_line(fields.get("attributes", {}))
    return header + _BOM + _cut(f"{text} {extras}".strip().encode("utf-8"), max_bytes - len(header) - len(_BOM))


def _header_field(value: Any, longest: int) -> str:
    """Return PRINTUSASCII (section 6), ``-`` when there is nothing."""
    return _NOT_PRINTABLE.sub("_", str(value or ""))[:longest] or "-"


def _structured_data(fields: Mapping[str, Any]) -> str:
    """Return one SD-ELEMENT (section 6.3), ``-`` when there is nothing to say."""
    given = ((name, fields[name]) for name in _PARAMETERS if name in fields)
    # Section 6.3.3: these three characters are escaped, and no others.
    parameters = [f'{name}="{_TO_ESCAPE.sub(_escaped, safe(str(value)[:_LONGEST_VALUE]))}"' for name, value in given]
    return f"[{' '.join((_SD_ID, *parameters))}]" if parameters else "-"


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[1]}"


def _cut(text: bytes, room: int) -> bytes:
    if len(text) <= room:
        return text
    return text[: max(0, room - len(_CUT))].decode("utf-8", "ignore").encode("utf-8") + _CUT
