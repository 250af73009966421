"""Base64 segments: what is readable once decoded is scanned too, and a segment that holds a value goes as a whole."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import marker
from otel_kit.redaction.prefilter.needles import Needles, needles_of
from otel_kit.redaction.rules import CompiledRule

_SHORTEST = 16
_SEGMENT = re.compile(rf"[A-Za-z0-9+/_-]{{{_SHORTEST},}}={{0,2}}", re.ASCII)
_JSON = re.compile(rf"\beyJ[A-Za-z0-9+/_-]{{{_SHORTEST - 3},}}={{0,2}}", re.ASCII)  # what every JSON object begins with
_STANDARD = str.maketrans("-_", "+/")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Segments:
    """A step of the scanner. JSON in base64 is scanned by all rules, other segments by those that name base64."""

    def __init__(self, scan: Callable[[str, Findings], str], naming: Sequence[CompiledRule]) -> None:
        self._scan = scan
        self._naming = tuple(naming)
        self.needles = Needles() if naming else needles_of(_JSON.pattern)
        self.signs = ((_SEGMENT if naming else _JSON).pattern,)

    def may_apply(self, _text: str) -> bool:
        """Whether there may be something to do; what the prefilter said is all there is to say."""
        return True

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with segments that hold a value replaced by the marker of what was found first."""
        pattern = _SEGMENT if self._naming else _JSON
        pieces: list[str] = []
        done = 0
        for match in pattern.finditer(text):
            found = self._found_in(match[0])
            if found is not None:
                pieces += (text[done : match.start()], marker(found))
                done = match.end()
                findings.hit(found)
        if not done:
            return text
        pieces.append(text[done:])
        return "".join(pieces)

    def _found_in(self, segment: str) -> str | None:
        """Return the id of a rule or key class that finds something in the decoded segment, or None."""
        content = _decoded(segment)
        if content is None:
            return None
        own = Findings()
        if segment.startswith("eyJ"):
            self._scan(content, own)
        for rule in self._naming:
            rule.apply(content, own)
        return next(iter(own.hits), None)


def _decoded(segment: str) -> str | None:
    """Return the text that stands in base64 or base64url, or None if it is none. *Source:* RFC 4648."""
    bare = segment.rstrip("=").translate(_STANDARD)
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]  # a segment that was cut
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return None if _CONTROL.search(text) else text
