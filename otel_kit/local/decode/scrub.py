"""The receiver's redaction: encoded attributes and texts in, redacted JSON and search tokens out.

What was redacted once is remembered by its encoded bytes, together with what was found in it: the same attribute costs
one dictionary lookup the next time, and is counted the next time as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage

from otel_kit.local import jsontext, tokens
from otel_kit.local.decode.rows import MalformedRequest, Resource, Scope
from otel_kit.local.decode.values import plain, search_texts, showable
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor
from otel_kit.semconv import SERVICE_NAME

BODY = "log.body"
_LONGEST_KEY = 512

K = TypeVar("K", str, bytes)
V = TypeVar("V")


class Attribute(NamedTuple):
    """One redacted attribute: ``"key":value`` as JSON, its tokens, what was found in it, and key and value."""

    json: str
    tokens: str
    findings: Findings | None
    key: str
    value: Any


class Text(NamedTuple):
    """One redacted text and what was found in it."""

    text: str
    findings: Findings | None


class Recall(Generic[K, V]):
    """Remembers at most ``2 * size`` results by key; what was not asked for lately goes first. One thread only."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return what is remembered of ``key``."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.keep(key, found)
        return found

    def keep(self, key: K, value: V) -> None:
        """Remember ``value``, unless its key is so long that it will hardly come again."""
        if len(key) > _LONGEST_KEY:
            return
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[key] = value


class Scrubber:
    """Redacts the parts of OTLP messages. For one thread, but ``use``, which any thread may call.

    ``findings`` are those of the resource that was asked for last.
    """

    def __init__(self, redactor: Redactor, remembered: int = 8192) -> None:
        self.findings = Findings()
        self._by_service: dict[str, Findings] = {}
        self._remembered = remembered
        self._redactor = self._wanted = redactor
        self._forget()

    @property
    def redactor(self) -> Redactor:
        """The redactor of what comes from now on."""
        return self._wanted

    def use(self, redactor: Redactor) -> None:
        """Redact by ``redactor`` from the next request on."""
        self._wanted = redactor

    def begin(self, findings: dict[str, Findings]) -> None:
        """Begin a request; what it held is put into ``findings``, by service."""
        self._by_service, self.findings = findings, Findings()
        if self._wanted is not self._redactor:
            self._redactor = self._wanted
            self._forget()

    def _forget(self) -> None:
        remembered = self._remembered
        self._attributes: Recall[bytes, Attribute] = Recall(2 * remembered)
        self._texts: Recall[str, Text] = Recall(remembered)
        self._bodies: Recall[bytes, tuple[str, bool, Findings | None]] = Recall(remembered)
        self._resources: Recall[bytes, tuple[Resource, Findings | None]] = Recall(256)
        self._scopes: Recall[bytes, tuple[Scope, Findings | None]] = Recall(256)

    def text(self, text: str, place: str = "") -> str:
        """Return free text redacted; ``place`` says where it stands, such as ``span.name``."""
        if not text:
            return text
        found = self._text(text, place)
        if found.findings is not None:
            self.findings.merge(found.findings)
        return found.text

    def _text(self, text: str, place: str) -> Text:
        name = f"{place} {text}"
        found = self._texts.get(name)
        if found is None:
            findings = Findings()
            found = Text(self._redactor.text(text, findings, place), _none_if_empty(findings))
            self._texts.keep(name, found)
        return found

    def attribute(self, raw: bytes) -> Attribute:
        """Return one encoded KeyValue redacted.

        Raises:
            MalformedRequest: the bytes are no KeyValue, or nested beyond 100 levels.
        """
        found = self._attributes.get(raw)
        if found is None:
            found = self._redacted(_parse(KeyValue, raw))
            self._attributes.keep(raw, found)
        if found.findings is not None:
            self.findings.merge(found.findings)
        return found

    def attributes(self, raw: Iterable[bytes]) -> str:
        """Return encoded attributes as one redacted JSON object."""
        return "{" + ",".join([self.attribute(each).json for each in raw]) + "}"

    def body(self, raw: bytes) -> tuple[str, bool]:
        """Return a log record's encoded body as redacted text, and whether that text is JSON of a structured body."""
        found = self._bodies.get(raw)
        if found is None:
            findings = Findings(place=BODY)
            value = plain(_parse(AnyValue, raw))
            if isinstance(value, str) or value is None:
                found = (self._redactor.text(value or "", findings, BODY), False, _none_if_empty(findings))
            else:
                safe = self._redactor.value("", value, findings)
                found = (jsontext.encode(showable(safe)), True, _none_if_empty(findings))
            self._bodies.keep(raw, found)
        if found[2] is not None:
            self.findings.merge(found[2])
        return found[0], found[1]

    def resource(self, raw: bytes) -> Resource:
        """Return an encoded resource redacted; what is found from now on is found in its service."""
        self.findings = Findings()
        resource = self._once(self._resources, raw, self._parse_resource)
        of_resource, self.findings = self.findings, self._by_service.setdefault(resource.service, Findings())
        self.findings.merge(of_resource)
        return resource

    def scope(self, raw: bytes) -> Scope:
        """Return an encoded instrumentation scope redacted."""
        return self._once(self._scopes, raw, self._parse_scope)

    def _once(self, recall: Recall[bytes, tuple[V, Findings | None]], raw: bytes, parse: Callable[[bytes], V]) -> V:
        found = recall.get(raw)
        if found is None:
            outer, self.findings = self.findings, Findings()
            try:
                found = (parse(raw), _none_if_empty(self.findings))
            finally:
                self.findings = outer
            recall.keep(raw, found)
        if found[1] is not None:
            self.findings.merge(found[1])
        return found[0]

    def _parse_resource(self, raw: bytes) -> Resource:
        attributes = self._all(_parse(ResourceMessage, raw).attributes)
        names = [each.value for each in attributes if each.key == SERVICE_NAME]
        return Resource(str(names[0]) if names else "", _object(attributes))

    def _parse_scope(self, raw: bytes) -> Scope:
        message = _parse(InstrumentationScope, raw)
        name, version = self.text(message.name, "scope.name"), self.text(message.version, "scope.version")
        return Scope(name, version, _object(self._all(message.attributes)))

    def _all(self, pairs: Iterable[KeyValue]) -> list[Attribute]:
        return [self.attribute(pair.SerializeToString()) for pair in pairs]

    def _redacted(self, pair: KeyValue) -> Attribute:
        findings = Findings()
        # Key and value apart, instead of Redactor.attributes: keys repeat, so their scan is remembered.
        safe_key = self._text(pair.key, "")
        if safe_key.findings is not None:
            findings.merge(safe_key.findings)
        key, value = safe_key.text, self._redactor.value(pair.key, plain(pair.value), findings)
        words = [tokens.attribute(key, text) for text in search_texts(value) if len(text) <= tokens.LONGEST_TEXT]
        pair_json = f"{jsontext.encode(key)}:{jsontext.encode(showable(value))}"
        return Attribute(pair_json, " ".join(words), _none_if_empty(findings), key, value)


def _object(attributes: Sequence[Attribute]) -> str:
    return "{" + ",".join([each.json for each in attributes]) + "}"


def _parse(message: Any, raw: bytes) -> Any:
    try:
        return message.FromString(raw)
    except DecodeError as error:
        raise MalformedRequest(f"not a valid {message.DESCRIPTOR.name}: {error}") from error


def _none_if_empty(findings: Findings) -> Findings | None:
    found = findings.hits or findings.reported or findings.repaired or findings.errors or findings.truncated
    return findings if found else None
