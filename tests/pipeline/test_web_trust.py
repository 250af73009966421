"""The trust rule on the wire: a peer's trace is continued or linked, its baggage kept or dropped."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import baggage, propagate
from opentelemetry.propagators.textmap import TextMapPropagator

from tests.asgi_client import request
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink, Span

_TRACE, _PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
_LOOPBACK, _PRIVATE, _PUBLIC = ("127.0.0.1", 5), ("10.3.2.1", 5), ("8.8.4.4", 5)


def traceparent(flags: str = "01") -> dict[str, str]:
    """Return the headers of a peer that has a trace."""
    return {"traceparent": f"00-{_TRACE}-{_PARENT}-{flags}", "baggage": "tenant=acme"}


def app_with_baggage() -> tuple[FastAPI, list[Any]]:
    """Return an application and what its handler sees of the baggage."""
    app = FastAPI()
    seen: list[Any] = []

    @app.get("/")
    async def root() -> None:
        seen.append(baggage.get_baggage("tenant"))

    return app, seen


def span_of(otlp: OtlpSink) -> Span:
    """Return the request's span."""
    (span,) = [span for span in otlp.spans() if span.kind == "SERVER"]
    return span


@pytest.mark.parametrize(
    ("trust", "client", "headers", "continued"),
    [
        ("private", _LOOPBACK, {}, True),
        ("private", _PRIVATE, {}, True),
        ("private", ("192.168.7.7", 5), {}, True),
        ("private", ("169.254.3.3", 5), {}, True),
        ("private", ("::1", 5), {}, True),
        ("private", ("fd12::9", 5), {}, True),
        ("private", ("fe80::1%eth0", 5), {}, True),
        ("private", None, {}, True),
        ("private", ("testclient", 5), {}, True),
        ("private", _PUBLIC, {}, False),
        ("private", ("2606:4700::1", 5), {}, False),
        ("private", _PRIVATE, {"x-forwarded-for": "10.9.9.9"}, True),
        ("private", _PRIVATE, {"x-forwarded-for": "8.8.8.8"}, False),
        ("private", _PRIVATE, {"x-real-ip": "8.8.8.8"}, False),
        ("private", _PRIVATE, {"forwarded": "for=8.8.8.8"}, False),
        ("private", _LOOPBACK, {"forwarded": "for=_hidden"}, False),
        ("private", None, {"x-forwarded-for": "8.8.8.8"}, False),
        ("private", _PUBLIC, {"x-forwarded-for": "10.0.0.1"}, False),
        ("none", _LOOPBACK, {}, False),
        ("all", _PUBLIC, {}, True),
        ("all", _PUBLIC, {"x-forwarded-for": "8.8.8.8"}, True),
        ("8.8.4.0/24", _PUBLIC, {}, True),
        ("8.8.4.0/24", _PRIVATE, {}, False),
        ("8.8.4.0/24", None, {}, False),
    ],
)
def test_a_peers_trace_is_continued_or_linked(
    kit: StartKit,
    otlp: OtlpSink,
    trust: str,
    client: tuple[str, int] | None,
    headers: dict[str, str],
    continued: bool,
) -> None:
    """A stranger's context becomes a link, and its baggage is dropped."""
    running = kit(settings={"trust": trust})
    app, seen = app_with_baggage()

    request(running.instrument_app(app), client=client, headers={**traceparent(), **headers})

    assert running.flush()
    span = span_of(otlp)
    if continued:
        assert (span.trace_id, span.parent_span_id, span.links, seen) == (_TRACE, _PARENT, (), ["acme"])
    else:
        assert (span.trace_id != _TRACE, span.parent_span_id, seen) == (True, "", [None])
        (link,) = span.links
        assert (link.trace_id, link.span_id) == (_TRACE, _PARENT)
        assert link.attributes == {"otel_kit.link.reason": "untrusted_peer"}


@pytest.mark.parametrize(
    ("trust", "client", "recorded"),
    [
        ("private", _LOOPBACK, True),
        ("private", _PRIVATE, True),
        ("private", _PUBLIC, True),
        ("none", _LOOPBACK, True),
        ("all", _PUBLIC, False),
        ("10.0.0.0/8", _PRIVATE, False),
        ("10.0.0.0/8", _PUBLIC, True),
    ],
)
def test_only_named_peers_may_switch_tracing_off(
    kit: StartKit, otlp: OtlpSink, trust: str, client: tuple[str, int], recorded: bool
) -> None:
    """sampled=0 of a merely private peer is not obeyed: else any neighbour could hide what it does."""
    running = kit(settings={"trust": trust})
    app, _ = app_with_baggage()

    request(running.instrument_app(app), client=client, headers=traceparent("00"))

    assert running.flush()
    assert len(otlp.spans()) == (1 if recorded else 0)


def test_without_a_context_a_new_trace_begins(kit: StartKit, otlp: OtlpSink) -> None:
    """Also for strangers, without a link."""
    running = kit()
    app, seen = app_with_baggage()

    request(running.instrument_app(app), client=_PUBLIC, headers={"baggage": "tenant=acme"})

    assert running.flush()
    assert (span_of(otlp).parent_span_id, span_of(otlp).links, seen) == ("", (), [None])


@pytest.mark.parametrize("bad", ["", "00-0-0-01", "ff" + "0" * 60, f"00-{'0' * 32}-{_PARENT}-01", "\xff"])
@pytest.mark.parametrize("client", [_LOOPBACK, _PUBLIC])
def test_a_malformed_context_is_no_context(kit: StartKit, otlp: OtlpSink, client: tuple[str, int], bad: str) -> None:
    """Neither parent nor link."""
    running = kit()
    app, _ = app_with_baggage()

    assert request(running.instrument_app(app), client=client, headers={"traceparent": bad}).status == 200

    assert running.flush()
    assert (span_of(otlp).parent_span_id, span_of(otlp).links) == ("", ())


class _Failing(TextMapPropagator):
    """Reads a header of its own, and fails."""

    @property
    def fields(self) -> set[str]:
        return {"X-Own-Trace"}

    def inject(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""

    def extract(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("cannot read it")


def test_a_propagator_set_later_is_asked_and_may_fail(kit: StartKit, otlp: OtlpSink) -> None:
    """The application may change the global propagator at any time; its failure is counted."""
    running = kit()
    app, _ = app_with_baggage()
    running.instrument_app(app)
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(_Failing())
    try:
        reply = request(app, headers={"x-own-trace": "1"})
    finally:
        propagate.set_global_textmap(before)

    assert running.flush()
    assert (reply.status, running.status().faults) == (200, {"extract": 1})
    assert span_of(otlp).parent_span_id == ""
