"""What other libraries and handlers print: the same text without what the policy hides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from otel_kit.logs.messages import without_colours
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor

RedactorInForce = Callable[[], Redactor]


def redacted_text(text: str, redactor: Redactor) -> str:
    """Return a printed text redacted; it keeps its colours only where there was nothing to hide.

    What is found is not added to the counts: the exported record has the same values and counts them once.
    """
    plain = without_colours(text)
    shown = redactor.text(plain, Findings())
    return text if shown == plain else shown


def redacted_values(value: Any, redactor: Redactor) -> Any:
    """Return what a printer is given - text, bytes, tuples, lists, mappings - redacted; other objects as they are."""
    if isinstance(value, str):
        return redacted_text(value, redactor)
    if isinstance(value, bytes | bytearray):
        return redacted_text(bytes(value).decode("utf-8", "backslashreplace"), redactor).encode()
    if isinstance(value, dict):
        return redactor.attributes(value, Findings())
    if isinstance(value, tuple):
        return tuple(redacted_values(item, redactor) for item in value)
    if isinstance(value, list):
        return [redacted_values(item, redactor) for item in value]
    return value
