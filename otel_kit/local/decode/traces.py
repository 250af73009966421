"""``/v1/traces`` requests as span rows."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from otel_kit.local import jsontext, tokens
from otel_kit.local.decode.rows import Batch, Entry, MalformedRequest, Resource, Scope, SpanRow
from otel_kit.local.decode.scrub import Attribute, Scrubber
from otel_kit.local.decode.shallow import TracesData
from otel_kit.semconv import HTTP_REQUEST_METHOD, HTTP_ROUTE

SERVER = 2
ERROR = 2
LAST_TIME = (1 << 63) - 1
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)


def decode_traces(body: bytes, scrub: Scrubber, batch: Batch) -> None:
    """Add the spans of one encoded request to ``batch``; spans without usable ids or start are rejected there.

    Raises:
        MalformedRequest: the bytes are no traces request.
    """
    try:
        request = TracesData.FromString(body)
    except DecodeError as error:
        raise MalformedRequest(f"not a valid traces request: {error}") from error
    for of_resource in request.resource_spans:
        resource = scrub.resource(of_resource.resource)
        for of_scope in of_resource.scope_spans:
            scope = scrub.scope(of_scope.scope)
            for span in of_scope.spans:
                _add(span, resource, scope, scrub, batch)


def _add(span: Any, resource: Resource, scope: Scope, scrub: Scrubber, batch: Batch) -> None:
    trace_id, span_id, start = span.trace_id, span.span_id, span.start_time_unix_nano
    if len(trace_id) != 16 or trace_id == _NO_TRACE:
        return batch.reject("bad_trace_id")
    if len(span_id) != 8 or span_id == _NO_SPAN:
        return batch.reject("bad_span_id")
    if not 0 < start <= LAST_TIME or span.end_time_unix_nano > LAST_TIME:
        return batch.reject("bad_time")
    name, kind, status = scrub.text(span.name, "span.name"), span.kind, span.status
    attributes = [scrub.attribute(raw) for raw in span.attributes]
    words = [tokens.service(resource.service), tokens.span_name(name), *[each.tokens for each in attributes]]
    events = _events(span, scrub, words) if span.events else None
    code = status.code
    if code == ERROR:
        words.append(tokens.ERROR)
    parent = span.parent_span_id
    batch.spans.append(
        SpanRow(
            trace_id,
            span_id,
            parent if len(parent) == 8 and parent != _NO_SPAN else None,
            resource,
            scope,
            name,
            kind,
            start,
            max(0, span.end_time_unix_nano - start),
            code,
            scrub.text(status.message, "span.status") or None,
            scrub.text(span.trace_state, "tracestate") or None,
            _entry(resource, name, attributes) if kind == SERVER else None,
            "{" + ",".join([each.json for each in attributes]) + "}",
            events,
            _links(span, scrub) if span.links else None,
            _dropped(span),
            " ".join(words),
        )
    )
    return None


def _entry(resource: Resource, name: str, attributes: list[Attribute]) -> Entry:
    method, route = "", name
    for each in attributes:
        if each.key == HTTP_ROUTE:
            route = str(each.value)
        elif each.key == HTTP_REQUEST_METHOD:
            method = str(each.value)
    return Entry(resource.service, method, route)


def _events(span: Any, scrub: Scrubber, words: list[str]) -> str:
    shown = []
    for event in span.events:
        attributes = [scrub.attribute(raw) for raw in event.attributes]
        words.extend(each.tokens for each in attributes)
        name, inner = (
            jsontext.encode(scrub.text(event.name, "event.name")),
            ",".join([each.json for each in attributes]),
        )
        shown.append(f'{{"time":{event.time_unix_nano},"name":{name},"attributes":{{{inner}}}}}')
    return f"[{','.join(shown)}]"


def _links(span: Any, scrub: Scrubber) -> str:
    shown = []
    for link in span.links:
        state = jsontext.encode(scrub.text(link.trace_state, "tracestate") or None)
        shown.append(
            f'{{"trace_id":"{link.trace_id.hex()}","span_id":"{link.span_id.hex()}","trace_state":{state},'
            f'"attributes":{scrub.attributes(link.attributes)}}}'
        )
    return f"[{','.join(shown)}]"


def _dropped(span: Any) -> str | None:
    counts = {
        "attributes": span.dropped_attributes_count,
        "events": span.dropped_events_count,
        "links": span.dropped_links_count,
    }
    return jsontext.encode(counts) if any(counts.values()) else None
