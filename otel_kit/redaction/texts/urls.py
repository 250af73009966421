"""URLs and form data: query keys by their class, all else decoded once and twice and scanned."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import ClassVar
from urllib.parse import quote, unquote, unquote_plus

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.prefilter.needles import Needles
from otel_kit.redaction.prefilter.scanner import Scanner

_SEPARATORS = re.compile("([&;])")
_READABLE = "@*[]:/()-"  # the masks stay readable in a URL; what would end a value is encoded
_RUN = re.compile(r"""[^\s"'<>]+""")
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_FORM = re.compile(r"""=[^\s"'<>&=+]{0,200}[0-9A-Za-z]\+[0-9A-Za-z(]""")  # a=b+c: the plus is a space


class Urls:
    """Takes URLs apart that were scanned as they stand; ``scanner`` masks what it finds in decoded pieces."""

    def __init__(self, classes: KeyClasses, scanner: Scanner) -> None:
        self._classes = classes
        self._scanner = scanner

    def url(self, text: str, findings: Findings) -> str:
        """Return an absolute or relative URL with its path, query and fragment redacted."""
        called = self._called(text)
        rest, hash_sign, fragment = text.partition("#")
        path, question_mark, query = rest.partition("?")
        scheme, slashes, local = path.partition("://")
        if not slashes:
            scheme, local = "", path
        if called:
            local = "/".join(self._piece(piece, called, findings, unquote) for piece in local.split("/"))
        parts = [scheme, slashes, local]
        if question_mark:
            parts += ("?", self._pairs(query, called, findings))
        if hash_sign:
            parts += ("#", self._pairs(fragment, called, findings) if "=" in fragment else fragment)
        return "".join(parts)

    def query(self, text: str, findings: Findings) -> str:
        """Return a query string or form data, with or without a leading question mark, redacted."""
        return self._pairs(text, self._called(text), findings)

    def _called(self, text: str) -> Collection[int]:
        """Return the steps that may find something in any piece of ``text`` once that is decoded.

        Pieces end at characters that no encoding reaches across, so the whole, decoded, holds every piece, decoded.
        """
        variants: list[str] = []
        for decode in (unquote, unquote_plus) if "+" in text else (unquote,):
            decoded = text
            for _ in range(2):
                if "%" not in decoded and "+" not in decoded:
                    break
                decoded = decode(decoded)
                variants.append(decoded)
        joined = "\n".join(variants)
        called = self._scanner.called(joined) if variants else ()
        return self._scanner.narrowed(joined, called) if called else ()

    def _pairs(self, text: str, called: Collection[int], findings: Findings) -> str:
        pieces = _SEPARATORS.split(text)
        for index in range(0, len(pieces), 2):
            name, equals, value = pieces[index].partition("=")
            name = self._piece(name, called, findings, unquote_plus)
            pieces[index] = name + equals + self._value(name.lstrip("?"), value, called, findings)
        return "".join(pieces)

    def _value(self, name: str, value: str, called: Collection[int], findings: Findings) -> str:
        if not value:
            return value
        name = unquote_plus(name)
        compiled = self._classes.of(name, in_query=True)
        if compiled is None:
            counting = self._classes.reporting(name, in_query=True)
            if counting is not None and counting.masked(value) != value:
                findings.report(counting.id)
            return self._piece(value, called, findings, unquote_plus)
        decoded = unquote_plus(value)
        masked = compiled.masked(decoded)
        if masked == decoded:
            return value
        findings.hit(compiled.id)
        return quote(masked, safe=_READABLE)

    def _piece(self, text: str, called: Collection[int], findings: Findings, decode: Callable[[str], str]) -> str:
        """Scan a piece decoded, and decoded again; encode it anew only if something was found there.

        As it stands it has been scanned with the whole.
        """
        decoded = text
        for _ in range(2 if called else 0):
            if "%" not in decoded and "+" not in decoded:
                break
            decoded = decode(decoded)
            masked = self._scanner.run(decoded, called, findings)
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
        return _ENCODED.search(text) is not None or _FORM.search(text) is not None

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
