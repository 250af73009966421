"""The kit's engine for web requests: one SERVER span, stable conventions, the trust rule, response headers.

HTTP semantic conventions 1.44 (stable). State of a request lives in a ``_Request``, never on the middleware.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.metrics import Histogram, MeterProvider, UpDownCounter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer, TracerProvider

from otel_kit import semconv
from otel_kit.context import with_request_scope
from otel_kit.instrument.asgi_types import ASGIApp, Message, Receive, Scope, Send
from otel_kit.instrument.baggage import guard_in_force, propagation_headers
from otel_kit.instrument.exceptions import record_exception
from otel_kit.instrument.lifespan import Lifespan, silence_mounted
from otel_kit.instrument.request_attributes import (
    HEADERS,
    RawHeaders,
    client_of,
    metric_attributes,
    span_attributes,
    span_method,
)
from otel_kit.instrument.request_ids import request_id_of
from otel_kit.instrument.response_ids import response_ids
from otel_kit.instrument.routes import entry_of, route_of
from otel_kit.instrument.trust import TrustRule
from otel_kit.logs.exceptions import exception_type
from otel_kit.logs.origins import remember
from otel_kit.metrics.routes import RouteSummary
from otel_kit.metrics.websockets import WebsocketConnections
from otel_kit.version import __version__

_SEEN = "otel_kit.request"


@dataclass(frozen=True, slots=True)
class Web:
    """What the middleware needs: where to record, whom to trust, what to leave out."""

    tracer: Tracer
    duration: Histogram
    active: UpDownCounter
    websockets: WebsocketConnections
    summary: RouteSummary
    trust: TrustRule
    excluded: tuple[re.Pattern[str], ...]
    request_headers: tuple[str, ...]
    response_headers: tuple[str, ...]
    response_ids: frozenset[str]
    count_fault: Callable[[str, BaseException], None]


def build_web(
    tracer_provider: TracerProvider,
    meter_provider: MeterProvider,
    trust: TrustRule,
    excluded_urls: Sequence[str],
    headers: tuple[Sequence[str], Sequence[str]],
    response_ids: Iterable[str],
    count_fault: Callable[[str, BaseException], None],
) -> Web:
    """Create the instruments once and return what every middleware of the process shares."""
    meter = meter_provider.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
    return Web(
        tracer=tracer_provider.get_tracer(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL),
        duration=meter.create_histogram(
            semconv.HTTP_SERVER_REQUEST_DURATION,
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=semconv.HTTP_DURATION_BOUNDARIES,
        ),
        active=meter.create_up_down_counter(
            semconv.HTTP_SERVER_ACTIVE_REQUESTS, unit="{request}", description="Number of active HTTP server requests."
        ),
        websockets=WebsocketConnections(meter),
        summary=RouteSummary(),
        trust=trust,
        excluded=tuple(re.compile(pattern) for pattern in excluded_urls),
        request_headers=tuple(name.lower() for name in headers[0]),
        response_headers=tuple(name.lower() for name in headers[1]),
        response_ids=frozenset(response_ids),
        count_fault=count_fault,
    )


class OtelKitMiddleware:
    """ASGI middleware around a whole application. ``app`` is public because servers and FastAPI walk that chain."""

    def __init__(self, app: ASGIApp, web: Web, lifespan: Lifespan, sign: ASGIApp | None = None) -> None:
        # ``sign`` tells a framework with telemetry of its own to step aside; requests pass it by.
        self.app = sign or app
        self._inner = app
        self._web = web
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan.serve(self._inner, scope, receive, send)
            return
        # A mounted application with a middleware of its own is part of the same request.
        if scope["type"] not in ("http", "websocket") or _SEEN in scope:
            await self._inner(scope, receive, send)
            return
        scope[_SEEN] = True
        silence_mounted(scope)
        request = None
        try:
            if not self._is_excluded(scope):
                request = _Request(self._web, scope)
        except Exception as error:
            self._web.count_fault("asgi_request", error)
        if request is None:
            await self._inner(scope, receive, send)
            return
        await request.serve(self._inner, receive, send)

    def _is_excluded(self, scope: Scope) -> bool:
        if not self._web.excluded:
            return False
        # The server's own address and no query: with the Host header, which contrib takes, a caller could hide.
        server = scope.get("server") or ("", None)
        port = "" if server[1] in (None, 80) else f":{server[1]}"
        url = f"{scope.get('scheme', 'http')}://{server[0]}{port}{scope.get('path', '')}"
        return any(pattern.search(url) for pattern in self._web.excluded)


class _Request:
    """One request or websocket connection, from its first message to its last."""

    def __init__(self, web: Web, scope: Scope) -> None:
        self._web = web
        self._scope = scope
        self._is_websocket = scope["type"] == "websocket"
        self._status: int | None = None
        self._ended = False
        self._finished: tuple[float, int] | None = None  # perf_counter and time_ns of the complete response
        self._entry = entry_of(scope)
        self._started = time.perf_counter()
        self._span_method = span_method(scope)
        self._metric_attributes = metric_attributes(scope)
        headers: RawHeaders = scope.get("headers") or ()
        is_trusted = web.trust.trusts(client_of(scope), headers)
        parent, links = self._parent(headers, is_trusted)
        request_id, claimed = request_id_of(HEADERS.get(headers, "x-request-id"), is_trusted)
        self._request_id = request_id
        attributes = span_attributes(scope, headers, web.request_headers)
        if claimed is not None:
            attributes[semconv.CLIENT_REQUEST_ID] = claimed
        attributes[semconv.REQUEST_ID] = request_id
        self.span = web.tracer.start_span(
            self._span_method, context=parent, kind=SpanKind.SERVER, attributes=attributes, links=links
        )
        values = {**(guard_in_force().bound_by(parent) if parent else {}), semconv.REQUEST_ID: request_id}
        self._context = with_request_scope(trace.set_span_in_context(self.span, parent), values, self.span)
        if not self._is_websocket:
            web.active.add(1, self._metric_attributes)

    async def serve(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        """Run the application within the span; its exceptions go through untouched."""

        async def watched_send(message: Message) -> None:
            try:
                message = self._before_send(message)
            except Exception as error:
                self._web.count_fault("asgi_send", error)
            await send(message)
            if self._is_last(message):
                self._answered()

        token = otel_context.attach(self._context)
        failure: BaseException | None = None
        try:
            await app(self._scope, receive, watched_send)
        except asyncio.CancelledError:
            raise  # the server or the client gave the request up; that is not the application's error
        except BaseException as error:
            failure = error
            remember(error, self._context)
            raise
        finally:
            self._end(failure)
            otel_context.detach(token)

    def _parent(self, headers: RawHeaders, is_trusted: bool) -> tuple[otel_context.Context, list[Link]]:
        """Return the context to continue; a stranger's becomes a link and its baggage is dropped.

        Without one it is empty, not the current one: a server's tasks inherit whatever was current when it started.
        """
        fields = propagation_headers(propagate.get_global_textmap())
        if not any(name.lower() in fields for name, _ in headers):
            return otel_context.Context(), []
        try:
            extracted = propagate.extract(headers, context=otel_context.Context(), getter=HEADERS)
        except Exception as error:
            self._web.count_fault("extract", error)
            return otel_context.Context(), []
        remote = trace.get_current_span(extracted).get_span_context()
        if not is_trusted:
            links = [Link(remote, {semconv.LINK_REASON: semconv.LINK_UNTRUSTED_PEER})] if remote.is_valid else []
            return otel_context.Context(), links
        may_switch_off = self._web.trust.obeys_sampling(client_of(self._scope))
        if remote.is_valid and not remote.trace_flags.sampled and not may_switch_off:
            flags = trace.TraceFlags(remote.trace_flags | trace.TraceFlags.SAMPLED)
            sampled = trace.SpanContext(remote.trace_id, remote.span_id, True, flags, remote.trace_state)
            extracted = trace.set_span_in_context(trace.NonRecordingSpan(sampled), extracted)
        return extracted, []

    def _before_send(self, message: Message) -> Message:
        """Note what the message tells and return it with the kit's headers; the application's own stays as it is."""
        kind = message["type"]
        if kind == "http.response.start":
            self._status = int(message["status"])
            headers = list(message.get("headers") or ())
            for name in self._web.response_headers:
                if values := HEADERS.get(headers, name):
                    self.span.set_attribute(f"http.response.header.{name}", values)
            ids = response_ids(self._web.response_ids, self.span.get_span_context(), self._request_id, headers)
            return {**message, "headers": headers + ids}
        if kind == "websocket.accept":
            if self._status is None:
                self._web.websockets.opened()
            self._status = 101
        elif kind == "websocket.close" and self._status is None:
            self._status = 403  # ASGI specification: a close before accept is answered with 403
        return message

    def _is_last(self, message: Message) -> bool:
        kind = message["type"]
        if kind == "http.response.body":
            return not message.get("more_body", False)
        return kind in ("http.response.pathsend", "websocket.close")

    def _answered(self) -> None:
        """The response is complete: background tasks that still run are not part of it.

        A 5xx waits for the application to return: the error handler answers first and raises the exception after.
        """
        self._finished = (time.perf_counter(), time.time_ns())
        if self._status is not None and self._status < 500:
            self._end(None)

    def _end(self, failure: BaseException | None) -> None:
        if self._ended:
            return
        self._ended = True
        try:
            self._record(failure)
        except Exception as error:
            self._web.count_fault("asgi_end", error)

    def _record(self, failure: BaseException | None) -> None:
        span = self.span
        done, end_time = self._finished or (time.perf_counter(), None)
        route = route_of(self._scope, self._entry)
        status = self._status
        if failure is not None and status is None:
            status = 500  # what the server answers when the application fails before it has
        attributes = dict(self._metric_attributes)
        if route:
            attributes[semconv.HTTP_ROUTE] = route
            span.update_name(f"{self._span_method} {route}")
            span.set_attribute(semconv.HTTP_ROUTE, route)
        if status is not None:
            attributes[semconv.HTTP_RESPONSE_STATUS_CODE] = status
            span.set_attribute(semconv.HTTP_RESPONSE_STATUS_CODE, status)
        if version := self._scope.get("http_version"):
            attributes[semconv.NETWORK_PROTOCOL_VERSION] = version
        failed = failure is not None or (status is not None and status >= 500)
        if failure is not None:
            record_exception(span, failure, end_time)
            attributes[semconv.ERROR_TYPE] = exception_type(failure)
        elif status is not None and status >= 500:
            attributes[semconv.ERROR_TYPE] = str(status)
            span.set_attribute(semconv.ERROR_TYPE, str(status))
            span.set_status(Status(StatusCode.ERROR))
        if self._is_websocket:
            if status == 101:
                self._web.websockets.closed()
        else:
            seconds = max(0.0, done - self._started)
            self._web.summary.record(f"{self._span_method} {route or semconv.OTHER}", seconds, failed)
            # With the span as context, so that the exemplar has its ids.
            self._web.duration.record(seconds, attributes, context=self._context)
            self._web.active.add(-1, self._metric_attributes)
        span.end(end_time)
