"""One string on its way out: repaired, scanned by its kind until nothing is left to find, cut at its size limit."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Final

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import FAILED, TRUNCATED

MAX_BYTES: Final = 1 << 16
_SPARE = 256  # masks may be longer than what they mask: each further cut leaves more room
OVERLAP: Final = 4096  # scanned beyond the limit, so that a value across it is seen whole
_MAX_ROUNDS = 8
_LONGEST_MARKER = 80
_CACHED_LENGTH = 256
_CACHED_STRINGS = 4096

Treatment = Callable[[str, Findings], str]


class _NotClean(Exception):
    """The string is not known to be clean. Raised, since lru_cache keeps nothing of a call that raises."""


class Strings:
    """Redacts strings by kind (``text``, ``url``, ``sql`` ...). Thread-safe; remembers short clean strings."""

    def __init__(self, treatments: Mapping[str, Treatment]) -> None:
        self._treatments = treatments
        self._assert_clean = functools.lru_cache(maxsize=_CACHED_STRINGS)(self._check)

    def redact(self, kind: str, text: str, findings: Findings) -> str:
        """Return ``text`` redacted as ``kind``: valid UTF-8 of at most 64 KiB, clean by this same treatment.

        Total: if the treatment fails, the string is dropped and counted as an error.
        """
        try:
            if len(text) <= _CACHED_LENGTH:
                try:
                    self._assert_clean(kind, text)
                except _NotClean:
                    pass
                else:
                    return text
            return self._settle(self._treatments[kind], text, findings)
        except Exception:
            findings.errors += 1
            return FAILED

    def is_clean(self, text: str) -> bool:
        """Whether ``text`` would come back as it is."""
        return self.redact("text", text, Findings()) == text

    def _check(self, kind: str, text: str) -> None:
        own = Findings()
        if not is_utf8(text) or self._treatments[kind](text, own) != text or own.reported:
            raise _NotClean

    def _settle(self, treat: Treatment, text: str, findings: Findings) -> str:
        text = repaired(text, findings)
        cut = len(text) > MAX_BYTES + OVERLAP
        if cut:
            text = _cut(treat(text[: MAX_BYTES + OVERLAP], findings)[:-OVERLAP])
        # What a first pass writes may complete something else, and so may a cut: only what stays as it is may go.
        for rounds in range(_MAX_ROUNDS):
            later = findings if not rounds and not cut else Findings(place=findings.place)
            treated = treat(text, later)
            if later is not findings:
                _add_without_reports(later, findings)
            if len(treated) * 4 > MAX_BYTES and len(treated.encode()) > MAX_BYTES:
                text, cut = _cut(treated, spare=rounds * _SPARE), True
                continue
            if treated == text:
                findings.truncated += cut
                return text
            text = treated
        findings.errors += 1
        return FAILED


def _add_without_reports(later: Findings, findings: Findings) -> None:
    """Add what a later round altered; what rules in report mode find, the first round has counted."""
    later.places = {where: count for where, count in later.places.items() if where[0] in later.hits}
    later.reported = {}
    findings.merge(later)


def repaired(text: str, findings: Findings) -> str:
    r"""Return ``text`` fit for UTF-8: lone surrogates are written as ``\udc80``."""
    if is_utf8(text):
        return text
    findings.repaired += 1
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_utf8(text: str) -> bool:
    """Whether ``text`` has no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _cut(text: str, spare: int = 0) -> str:
    """Return the beginning of ``text``, marked as cut, with ``spare`` bytes less than the limit."""
    room = MAX_BYTES - spare - len(TRUNCATED.encode())
    head = text.removesuffix(TRUNCATED).encode("utf-8")[:room].decode("utf-8", "ignore")
    opened = head.rfind("[", max(0, len(head) - _LONGEST_MARKER))
    if opened >= 0 and "]" not in head[opened:]:
        head = head[:opened]  # half a marker would be taken for a value
    return head + TRUNCATED
