"""The ids of a request in the headers of its response, for callers, browsers and users who report an error."""

from __future__ import annotations

from collections.abc import Collection

from opentelemetry.trace import SpanContext

from otel_kit.instrument.request_attributes import HEADERS, RawHeaders


def response_ids(
    wanted: Collection[str], context: SpanContext, request_id: str, present: RawHeaders
) -> list[tuple[bytes, bytes]]:
    """Return the headers that are wanted and that the application has not set itself.

    ``traceresponse``: W3C Trace Context level 2, draft. ``server-timing``: W3C Server Timing, with the description that
    agents in browsers read; a header of its own beside the application's, as RFC 9110 section 5.3 allows for lists. It
    names no duration: headers leave before the response is complete.
    """
    names = {name.lower() for name, _ in present}
    more = []
    if context.is_valid:
        text = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        if "traceresponse" in wanted and b"traceresponse" not in names:
            more.append((b"traceresponse", text.encode()))
        if "server-timing" in wanted and not _names_the_trace(names, present):
            more.append((b"server-timing", f'traceparent;desc="{text}"'.encode()))
    if "x-request-id" in wanted and b"x-request-id" not in names:
        more.append((b"x-request-id", request_id.encode()))
    return more


def _names_the_trace(names: set[bytes], present: RawHeaders) -> bool:
    if b"server-timing" not in names:
        return False
    return any("traceparent" in value.lower() for value in HEADERS.get(present, "server-timing") or ())
