"""The line that people read of an event; redacted as any text."""

from __future__ import annotations

from typing import Any

from otel_kit.redaction.snapshot import text_of


def sentence(*parts: Any) -> str:
    """Return the parts that are there, with blanks between."""
    return " ".join(text_of(part) for part in parts if part is not None and part != "")
