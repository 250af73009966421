r"""Escapes in text that is no JSON as a whole: ``bob\u0040example.com``, ``b\u00fccher.example``, ``bob&#64;x.org``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.needles import Needles

_ESCAPE = re.compile(
    r"\\{1,8}(?:u00|x)(?P<hex>[0-9A-Fa-f]{2})|&#(?:x(?P<entity>[0-9A-Fa-f]{2})|(?P<decimal>[0-9]{2,3}));"
)
_PLAIN = frozenset("@.+-_ :=/%()")  # beside letters and digits; a quote or a bracket would change what stands around it


class Escapes:
    """A step of the scanner: reads escapes of single characters and scans what they hide."""

    needles: ClassVar[Needles] = Needles((b"\\u00", b"\\x", b"&#"))
    signs: ClassVar[tuple[str, ...]] = (r"\\u00|\\x|&#",)

    def __init__(self, scan: Callable[[str, Findings], str]) -> None:
        self._scan = scan

    def may_apply(self, _text: str) -> bool:
        """Whether there may be something to do; what the prefilter said is all there is to say."""
        return True

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text as it is, unless something is found in it once its escapes are read."""
        read = _ESCAPE.sub(_character, text)
        if read == text:
            return text
        own = Findings(place=findings.place)
        masked = self._scan(read, own)
        if masked == read:
            return text
        findings.merge(own)
        return masked


def _character(escape: re.Match[str]) -> str:
    digits, base = (escape["decimal"], 10) if escape["decimal"] else (escape["hex"] or escape["entity"], 16)
    character = chr(int(digits, base)) if int(digits, base) < 256 else ""
    return character if character.isalnum() or character in _PLAIN else escape[0]
