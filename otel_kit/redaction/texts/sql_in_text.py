"""SQL that database errors quote: ``[SQL: INSERT INTO users VALUES ('jane')]`` loses its literals."""

from __future__ import annotations

from typing import ClassVar

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.needles import Needles
from otel_kit.redaction.texts.sql import redact_sql

_OPENING = "[SQL: "
_CLOSINGS = ("]\n", "]\r\n", "]\\n")  # the end of a line, also where a log has written it out


class SqlInText:
    """A step of the scanner: statements as SQLAlchemy puts them into the texts of its exceptions."""

    needles: ClassVar[Needles] = Needles((b"[sql: ",))
    signs: ClassVar[tuple[str, ...]] = (r"\[SQL: ",)

    def may_apply(self, text: str) -> bool:
        """Whether a statement is quoted."""
        return _OPENING in text

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with the literals of quoted statements as ``?``."""
        pieces: list[str] = []
        done = 0
        while (start := text.find(_OPENING, done)) >= 0:
            start += len(_OPENING)
            end = _end(text, start)
            pieces += (text[done:start], redact_sql(text[start:end], findings))
            done = end
        return "".join([*pieces, text[done:]]) if pieces else text


def _end(text: str, start: int) -> int:
    """Return where the statement ends: where its line closes it, or with the text, which may have been cut."""
    found = [end for closing in _CLOSINGS if (end := text.find(closing, start)) >= 0]
    return min(found, default=len(text) - text.endswith("]"))
