"""How each kind of text is treated: free text, URLs, queries, SQL, cookies, addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Sequence
from typing import Any

from otel_kit.redaction.any_value import AnyValue
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.key_plans import ALLOWED, EXCEPT, TEXT
from otel_kit.redaction.masks import ip
from otel_kit.redaction.prefilter.scanner import Prefilter, Scanner
from otel_kit.redaction.rules import CompiledRule
from otel_kit.redaction.strings import Treatment
from otel_kit.redaction.texts.cookies import redact_cookies, redact_set_cookie
from otel_kit.redaction.texts.escapes import Escapes
from otel_kit.redaction.texts.json_text import looks_like_json, redact_json
from otel_kit.redaction.texts.key_values import KeyValues
from otel_kit.redaction.texts.markup import Markup
from otel_kit.redaction.texts.segments import Segments
from otel_kit.redaction.texts.sql import redact_sql
from otel_kit.redaction.texts.sql_in_text import SqlInText
from otel_kit.redaction.texts.urls import EncodedRuns, Urls

ADDRESS = "address"

WalkJson = Callable[[Any, Findings], AnyValue]


class TextTreatments:
    """The treatments of every kind of text by one set of rules and key classes. Immutable and thread-safe."""

    def __init__(
        self,
        rules: Sequence[CompiledRule],
        classes: KeyClasses,
        markers: frozenset[str],
        walk_json: WalkJson,
        json_is_clean: Callable[[str, Collection[int]], bool],
        prefilter: Prefilter,
        without: frozenset[str] = frozenset(),
    ) -> None:
        """Rules named in ``without`` are left out; ``prefilter`` numbers the steps as if they were there."""
        held = [rule if rule.id not in without else None for rule in rules]
        names, markup = KeyValues(classes), Markup(classes)
        searches = [SqlInText(), names, markup, *held]
        inner = Scanner(searches, prefilter)
        urls = Urls(classes, inner)
        segments = Segments(inner.scan, [rule for rule in held if rule is not None and rule.rule.encodings])
        self.scanner = Scanner([*searches, segments, EncodedRuns(urls), Escapes(inner.scan)], prefilter)
        self._walk_json = walk_json
        self._json_is_clean = json_is_clean
        self._masks_addresses = any(rule is not None and rule.id == "ip" for rule in held)
        self.by_kind: dict[str, Treatment] = {
            TEXT: self._text,
            ALLOWED: lambda text, _findings: text,
            ADDRESS: self._address,
            "url": lambda text, findings: urls.url(self._text(text, findings), findings),
            "query": lambda text, findings: urls.query(self._text(text, findings), findings),
            "path": lambda text, findings: urls.url(self._text(text, findings), findings),
            "sql": self._sql,
            "cookie": lambda text, findings: redact_cookies(text, findings, markers),
            "set_cookie": lambda text, findings: redact_set_cookie(text, findings, markers),
        }

    def _text(self, text: str, findings: Findings) -> str:
        called = self.scanner.called(text)
        if looks_like_json(text):
            called = self.scanner.narrowed(text, called) if called else called
            if not self._json_is_clean(text, called):
                redacted = redact_json(text, findings, self._walk_json)
                if redacted != text:
                    return self.scanner.scan(redacted, findings)
        return self.scanner.run(text, called, findings) if called else text

    def _sql(self, text: str, findings: Findings) -> str:
        if not looks_like_json(text):
            text = redact_sql(text, findings)
        return self._text(text, findings)

    def _address(self, text: str, findings: Findings) -> str:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return self._text(text, findings)
        masked = ip(text)
        if masked == text or not self._masks_addresses:
            return text
        findings.hit("ip")
        return masked


class Kinds(dict[str, Treatment]):
    """Treatments by kind; those without some rules (``text except card``) are made when a key first asks for them.

    Thread-safe: two threads may make the same one, which does no harm.
    """

    def __init__(self, base: TextTreatments, make: Callable[[frozenset[str]], TextTreatments]) -> None:
        super().__init__(base.by_kind)
        self._make = make

    def __missing__(self, kind: str) -> Treatment:
        base, separator, exceptions = kind.partition(EXCEPT)
        if not separator:
            raise KeyError(kind)
        treatments = self._make(frozenset(exceptions.split("+"))).by_kind
        for name, treatment in treatments.items():
            self.setdefault(name + separator + exceptions, treatment)
        return self[base + separator + exceptions]
