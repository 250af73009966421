"""JSON inside a string: parsed, so that escapes hide nothing and key classes apply; written anew only if altered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from otel_kit.redaction.findings import Findings

_MAX_CHARACTERS = 1 << 16


def looks_like_json(text: str) -> bool:
    """Whether ``text`` starts as a JSON object or list does."""
    return text.lstrip(" \t\r\n")[:1] in ("{", "[")


def redact_json(text: str, findings: Findings, walk: Callable[[Any, Findings], Any]) -> str:
    """Return ``text`` with ``walk`` applied to its content, in compact form; unaltered if nothing was found.

    What is no JSON, is too long or nested too deeply comes back as it is: the caller scans it as plain text.
    """
    if len(text) > _MAX_CHARACTERS:
        return text
    doubled: list[bool] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) != len(pairs):
            doubled.append(True)
        return content

    try:
        content = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        return text
    own = Findings(place=findings.place)
    redacted = walk(content, own)
    if own == Findings() and not doubled:
        return text
    findings.merge(own)
    return json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))
