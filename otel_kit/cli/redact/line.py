"""One line of bytes, redacted: always one line of valid UTF-8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import TRUNCATED

Treatment = Callable[[str, Findings], str]

BOM: Final = b"\xef\xbb\xbf"
# A byte that is not UTF-8 is read as Latin-1, which such files mostly are; its control characters are not printed.
_FOREIGN: Final = {
    0xDC00 + byte: chr(byte) if byte >= 0xA0 else "\N{REPLACEMENT CHARACTER}" for byte in range(128, 256)
}


class NotJson(ValueError):
    """A line is no JSON. The text says why in words that hold nothing of the line."""


@dataclass(slots=True)
class Seen:
    """What is to be said about one line."""

    not_json: str = ""
    cut: bool = False
    foreign: bool = False


@dataclass(slots=True)
class LineRedactor:
    """Redacts lines by ``treat``; with ``treat_json`` each line is JSON, and text only if it is none.

    ``prepare`` is to be called when there are many lines: it starts what pays only then.
    """

    treat: Treatment
    treat_json: Treatment | None = None
    prepare: Callable[[], None] = lambda: None
    findings: Findings = field(default_factory=Findings)

    def line(self, raw: bytes, *, ended: bool) -> tuple[bytes, Seen | None]:
        """Return ``raw`` (without its LF) redacted, and what is to be said about it, mostly None.

        The CR of a CRLF stays, as does a byte order mark.
        """
        start = BOM if raw.startswith(BOM) else b""
        end = b"\r" if ended and raw.endswith(b"\r") else b""
        body = raw[len(start) : len(raw) - len(end)]
        if not body:
            return raw, None
        foreign = False
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = body.decode("utf-8", "surrogateescape").translate(_FOREIGN)
            foreign = True
        truncated = self.findings.truncated
        redacted, not_json = self._redacted(text)
        self.findings.places.clear()  # keys of a stream without end are not to be remembered
        if "\n" in redacted:
            redacted = redacted.replace("\n", "\\n")  # one line in, one line out
        cut = self.findings.truncated > truncated or (TRUNCATED in redacted and TRUNCATED not in text)
        seen = Seen(not_json, cut, foreign) if not_json or cut or foreign else None
        return start + redacted.encode("utf-8", "backslashreplace") + end, seen

    def _redacted(self, text: str) -> tuple[str, str]:
        not_json = ""
        if self.treat_json is not None and not text.isspace():
            try:
                return self.treat_json(text, self.findings), ""
            except NotJson as error:
                not_json = str(error)
        redacted = self.treat(text, self.findings)
        if "\0" in redacted:
            # UTF-16, or a secret with NULs in between: read again without them, what is then found may not go out.
            bare = redacted.replace("\0", "")
            found = self.treat(bare, self.findings)
            redacted = redacted if found == bare else found
        return redacted, not_json
