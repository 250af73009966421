"""inject() and extract(): what goes over a queue, and what is made of what comes out of one."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider

from otel_kit.context import bind, bound, current
from otel_kit.instrument.baggage import BaggageGuard
from otel_kit.instrument.carriers import extract, inject

TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
PARENT = f"00-{TRACE:032x}-{SPAN:016x}-01"
faults: list[tuple[str, str]] = []


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    """An empty context, and a guard that lets ``tenant``, ``user.id``, ``request_id`` and ``plan`` out."""
    faults.clear()
    before = propagate.get_global_textmap()

    def redact(_name: str, value: object) -> object:
        return value.replace("ada@", "a***@") if isinstance(value, str) else value

    allowed = frozenset({"tenant", "user.id", "request_id", "plan"})
    count = lambda place, error: faults.append((place, type(error).__name__))  # noqa: E731
    propagate.set_global_textmap(BaggageGuard(before, allowed, redact, count))
    token = otel_context.attach(Context())
    yield
    otel_context.detach(token)
    propagate.set_global_textmap(before)


def within_a_trace() -> object:
    """Enter a trace for the rest of the test."""
    remote = trace.SpanContext(TRACE, SPAN, True, trace.TraceFlags(1))
    return otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote)))


def members(header: str) -> set[str]:
    """Return the members of a baggage header."""
    return set(header.split(","))


def test_without_a_trace_nothing_goes_in() -> None:
    """Nothing to say, nothing said."""
    assert inject() == {}


def test_trace_and_allowed_values_go_in_redacted() -> None:
    """Bound values by their name in ``bind`` or as attributes; others stay."""
    within_a_trace()
    bind(tenant="acme", user_id="ada@example.com", session_id="s", request_id="r-1", plan=["no", "scalar"])
    otel_context.attach(baggage.set_baggage("role", "admin"))

    fields = inject()

    assert fields["traceparent"] == PARENT
    assert members(fields["baggage"]) == {"tenant=acme", "user.id=a%2A%2A%2A%40example.com", "request_id=r-1"}
    assert set(fields) == {"traceparent", "baggage"}


def test_baggage_of_the_application_goes_before_what_is_bound() -> None:
    """It was put there for others."""
    bind(tenant="bound")
    otel_context.attach(baggage.set_baggage("tenant", "carried"))

    assert inject() == {"baggage": "tenant=carried"}


class Headers(UserDict[str, str]):
    """Some library's mapping."""


class Immutable(dict[str, str]):
    """Refuses."""

    def update(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError


@pytest.mark.parametrize(
    ("carrier", "filled"),
    [
        ({"own": "1"}, {"own": "1", "traceparent": PARENT}),
        ({"Traceparent": "old", "TRACEPARENT": "older"}, {"traceparent": PARENT}),
        (Headers(own="1"), Headers(own="1", traceparent=PARENT)),
        ([], [("traceparent", PARENT.encode())]),
        ([("k", b"v")], [("k", b"v"), ("traceparent", PARENT.encode())]),
        ([("k", "v")], [("k", "v"), ("traceparent", PARENT)]),
        ([(b"k", b"v"), (b"TraceParent", b"old")], [(b"k", b"v"), (b"traceparent", PARENT.encode())]),
        ([None, "odd", ("k", b"v")], [None, "odd", ("k", b"v"), ("traceparent", PARENT.encode())]),
    ],
)
def test_carriers_are_filled_in_their_own_way(carrier: Any, filled: Any) -> None:
    """Once, in place, and in what is there already."""
    within_a_trace()

    assert inject(carrier) is carrier
    assert inject(carrier) == filled
    assert faults == []


@pytest.mark.parametrize("carrier", [(), "text", b"bytes", 7, object(), frozenset(), Immutable()])
def test_what_cannot_be_filled_comes_back_and_is_counted(carrier: Any) -> None:
    """The message is sent without its trace."""
    within_a_trace()

    assert inject(carrier) is carrier
    assert [place for place, _ in faults] == ["inject"]


FORMS: dict[str, Any] = {
    "dict": {"traceparent": PARENT, "baggage": "tenant=acme,role=admin"},
    "other case": {"TraceParent": PARENT, "Baggage": "tenant=acme,role=admin"},
    "bytes": {"traceparent": PARENT.encode(), b"baggage": b"tenant=acme"},
    "lists as values": {"traceparent": [PARENT], "baggage": ["role=admin", b"tenant=acme"]},
    "pairs": [("traceparent", PARENT.encode()), ("baggage", b"tenant=acme")],
    "pairs of bytes": [(b"traceparent", PARENT.encode()), (b"baggage", b"tenant=acme")],
    "a tuple of lists": (["traceparent", PARENT], ["baggage", "tenant=acme"]),
    "baggage twice": [("baggage", b"role=admin"), ("traceparent", PARENT.encode()), ("Baggage", b"tenant=acme")],
    "the same traceparent twice": [("traceparent", PARENT), ("Traceparent", PARENT), ("baggage", "tenant=acme")],
    "among others": {"x": object(), None: 1, 5: {}, "traceparent": PARENT, "baggage": "tenant=acme,=,;,,tenant"},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_carrier_is_read(form: str) -> None:
    """The trace goes on, the allowed baggage is there and bound, the rest of it is not."""
    with extract(FORMS[form]) as received:
        assert (current().trace_id, current().span_id) == (f"{TRACE:032x}", f"{SPAN:016x}")
        assert dict(baggage.get_all()) == {"tenant": "acme"}
        assert bound() == {"otel_kit.tenant": "acme"}
    assert received.links == ()
    assert (current().trace_id, dict(bound()), faults) == (None, {}, [])


def test_what_goes_in_comes_out() -> None:
    """Through either kind of carrier."""
    within_a_trace()
    bind(tenant="acme", user_id="7", request_id="r-1")
    bind(session_id="not allowed")

    for carrier in ({}, [], [(b"k", b"v")]):
        inject(carrier)  # type: ignore[arg-type]
        fresh = Context()
        token = otel_context.attach(fresh)
        with extract(carrier):
            assert current().trace_id == f"{TRACE:032x}"
            assert bound() == {"otel_kit.tenant": "acme", "user.id": "7", "otel_kit.request_id": "r-1"}
        otel_context.detach(token)


def test_a_strangers_trace_is_linked_and_its_baggage_dropped() -> None:
    """The link is there for the span that handles the message."""
    with extract(FORMS["dict"], trusted=False) as received:
        assert (current().trace_id, dict(baggage.get_all()), dict(bound())) == (None, {}, {})
    (link,) = received.links
    assert (link.context.trace_id, link.context.span_id) == (TRACE, SPAN)
    assert dict(link.attributes or {}) == {"otel_kit.link.reason": "untrusted_peer"}
    assert extract({}, trusted=False).links == ()


@pytest.mark.parametrize("trusted", [True, False])
def test_the_consumers_own_span_is_not_the_messages_parent(trusted: bool) -> None:
    """Its trace and baggage do not go into the message's; what the process has bound does."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")
    bind(worker="w-1")
    with tracer.start_as_current_span("poll"):
        otel_context.attach(baggage.set_baggage("tenant", "consumer"))
        with extract({}, trusted=trusted):
            assert (current().trace_id, dict(baggage.get_all()), dict(bound())) == (None, {}, {"worker": "w-1"})


def test_it_is_a_context_for_opentelemetrys_own_calls() -> None:
    """``start_span(context=extract(...))``."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")

    span = tracer.start_span("process", context=extract(FORMS["dict"]))

    assert span.get_span_context().trace_id == TRACE
    span.end()


def test_what_is_bound_in_the_block_ends_with_it() -> None:
    """One message after the other in one loop."""
    for user in ("a", "b"):
        with extract({"baggage": "tenant=t"}):
            bind(user_id=user)
            assert bound() == {"otel_kit.tenant": "t", "user.id": user}
    assert bound() == {}


class Exploding(dict[str, str]):
    """A carrier of a broken library."""

    def items(self) -> Any:
        raise RuntimeError


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    "carrier",
    [
        None, 0, "traceparent", PARENT, b"x", object(), [], {}, [None], [()], [("traceparent",)], [("a", "b", "c")],
        [("traceparent", None)], {"traceparent": None}, {"traceparent": 5}, {"traceparent": {}},
        {"traceparent": [None]},
        {"traceparent": ""}, {"traceparent": "00"}, {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"},
        {"traceparent": "ff" + PARENT[2:]}, {"traceparent": PARENT * 1000}, {"traceparent": PARENT + "\ud800"},
        {"traceparent": b"\xff\xfe"}, {"traceparent": PARENT, "TRACEPARENT": PARENT.replace("b7", "b8")},
        {"baggage": "\ud800"}, {"baggage": "role=admin"}, {"tracestate": "\x00"}, {"baggage": {"tenant": "x"}},
        {"baggage": "tenant=" + "x" * 9000}, {"baggage": "request_id=a%20b"}, {"baggage": ["role=a"] * 5000},
        Exploding(traceparent=PARENT),
    ],
)  # fmt: skip
def test_no_carrier_makes_extract_raise(carrier: Any, trusted: bool) -> None:
    """What cannot be read is as if it were not there."""
    with extract(carrier, trusted=trusted) as received:
        assert (current().trace_id, dict(bound()), received.links) == (None, {}, ())


def test_without_a_kit_the_trace_goes_but_no_baggage() -> None:
    """There is no list of what may leave."""
    guard: Any = propagate.get_global_textmap()
    propagate.set_global_textmap(guard.inner)
    within_a_trace()
    bind(tenant="acme")
    otel_context.attach(baggage.set_baggage("role", "admin"))

    fields = inject()

    assert fields == {"traceparent": PARENT}
    with extract({**fields, "baggage": "tenant=acme"}):
        assert (current().trace_id, dict(baggage.get_all())) == (f"{TRACE:032x}", {})
