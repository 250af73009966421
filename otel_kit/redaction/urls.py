"""URLs and form data: query keys by their class, all else decoded once and twice and scanned."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import quote, unquote, unquote_plus

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.needles import Needles

Scan = Callable[[str, Findings], str]

_SEPARATORS = re.compile("([&;])")
_READABLE = "@*[]:/()-"  # the masks stay readable in a URL; what would end a value is encoded
_RUN = re.compile(r"""[^\s"'<>]+""")
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_FORM = re.compile(r"""=[^\s"'<>&=+]{0,200}[0-9A-Za-z]\+[0-9A-Za-z(]""")  # a=b+c: the plus is a space


class Urls:
    """Takes URLs apart. ``scan`` masks what it finds in plain text."""

    def __init__(self, classes: KeyClasses, scan: Scan) -> None:
        self._classes = classes
        self._scan = scan

    def url(self, text: str, findings: Findings) -> str:
        """Return an absolute or relative URL with its path, query and fragment redacted."""
        text = self._scan(text, findings)  # user and password stand beside the host, so the whole is looked at first
        rest, hash_sign, fragment = text.partition("#")
        path, question_mark, query = rest.partition("?")
        scheme, slashes, local = path.partition("://")
        if not slashes:
            scheme, local = "", path
        parts = [scheme, slashes, "/".join(self._piece(piece, findings, unquote) for piece in local.split("/"))]
        if question_mark:
            parts += ("?", self._pairs(query, findings))
        if hash_sign:
            parts += ("#", self._pairs(fragment, findings) if "=" in fragment else fragment)
        return "".join(parts)

    def query(self, text: str, findings: Findings) -> str:
        """Return a query string or form data, with or without a leading question mark, redacted."""
        return self._pairs(self._scan(text, findings), findings)

    def _pairs(self, text: str, findings: Findings) -> str:
        pieces = _SEPARATORS.split(text)
        for index in range(0, len(pieces), 2):
            name, equals, value = pieces[index].partition("=")
            name = self._piece(name, findings, unquote_plus)
            pieces[index] = name + equals + self._value(name.lstrip("?"), value, findings)
        return "".join(pieces)

    def _value(self, name: str, value: str, findings: Findings) -> str:
        if not value:
            return value
        compiled = self._classes.of(unquote_plus(name), in_query=True)
        if compiled is None:
            return self._piece(value, findings, unquote_plus)
        decoded = unquote_plus(value)
        masked = compiled.masked(decoded)
        if masked == decoded:
            return value
        findings.hit(compiled.id)
        return quote(masked, safe=_READABLE)

    def _piece(self, text: str, findings: Findings, decode: Callable[[str], str]) -> str:
        """Scan a piece decoded, and decoded again; encode it anew only if something was found there.

        As it stands it has been scanned with the whole.
        """
        decoded = text
        for _ in range(2):
            if "%" not in decoded and "+" not in decoded:
                break
            decoded = decode(decoded)
            masked = self._scan(decoded, findings)
            if masked != decoded:
                return quote(masked, safe=_READABLE)
        return text


class EncodedRuns:
    """A step of the scanner: percent-encoded pieces and forms in free text, such as a request line in a log message."""

    needles: ClassVar[Needles] = Needles((b"%", b"+"))
    signs: ClassVar[tuple[str, ...]] = (f"{_ENCODED.pattern}|{_FORM.pattern}",)

    def __init__(self, urls: Urls) -> None:
        self._urls = urls

    def may_apply(self, text: str) -> bool:
        """Whether anything is percent-encoded."""
        return _ENCODED.search(text) is not None

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with its percent-encoded runs redacted."""
        if _ENCODED.search(text) is None and _FORM.search(text) is None:
            return text
        return _RUN.sub(lambda run: self._run(run[0], findings), text)

    def _run(self, run: str, findings: Findings) -> str:
        if _ENCODED.search(run) is None and _FORM.search(run) is None:
            return run
        if "?" not in run and "=" in run:
            return self._urls.query(run, findings)
        return self._urls.url(run, findings)
