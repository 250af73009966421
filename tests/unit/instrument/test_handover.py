"""What goes to other processes, and what is made of whatever comes back."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.context import Context

from otel_kit.context import bind, bound, current
from otel_kit.instrument.handover import bindable, packed, unpacked
from otel_kit.instrument.processes import Carried

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def own_context() -> Iterator[None]:
    """Start from an empty context."""
    token = otel_context.attach(Context())
    yield
    otel_context.detach(token)


def seen(*_: Any) -> list[Any]:
    """Return all that the context has."""
    now = current()
    return [now.trace_id, now.span_id, dict(now.bound), dict(baggage.get_all())]


def test_what_is_packed_can_be_pickled_and_is_there_again() -> None:
    """Trace, baggage and bound values, whatever they were made of; nothing stays behind."""
    remote = trace.SpanContext(1, 2, True, trace.TraceFlags(1))
    otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote)))
    otel_context.attach(baggage.set_baggage("role", object()))
    bind(user_id="u", odd=[object(), {1: {2}}], request_id="r-1")

    here = seen()
    work = pickle.loads(pickle.dumps(Carried(seen, packed())))
    otel_context.attach(Context())

    assert work()[:3] == here[:3]
    assert list(work()[3]) == ["role"]
    assert seen() == [None, None, {}, {}]


def test_without_a_context_there_is_nothing_to_pack() -> None:
    """And nothing is wrapped."""
    assert packed() is None
    otel_context.attach(otel_context.set_value("other", 1))
    assert packed() is None


class Lying(dict[str, Any]):
    """A mapping that fails."""

    def items(self) -> Any:
        raise RuntimeError

    get = items  # type: ignore[assignment]


@pytest.mark.parametrize(
    "parcel",
    [
        None, 5, "x", b"y", [], object(), {}, Lying(), {"trace": None}, {"trace": []}, {"trace": {"traceparent": 5}},
        {"trace": {5: PARENT}}, {"trace": {"traceparent": PARENT + "\ud800"}}, {"trace": Lying(traceparent=PARENT)},
        {"trace": {"traceparent": "x" * 100_000}}, {"bound": "x"}, {"bound": {5: 6}}, {"bound": {"": 1}},
        {"bound": {"a": None}},
        {"bound": {"x" * 300: 1}}, {"bound": {"a": "x" * 100_000}}, {"bound": {"otel_kit.request_id": "a b"}},
        {"bound": Lying(a=1)}, {"baggage": [("a", 1)]}, {"baggage": {"a" * 300: 1}},
    ],
)  # fmt: skip
def test_a_parcel_of_anything_is_an_empty_one(parcel: Any) -> None:
    """It never raises, and the work is done."""
    assert Carried(seen, parcel)() == [None, None, {}, {}]


def test_a_large_parcel_is_cut() -> None:
    """In number and in depth; what fits is there."""
    deep: Any = "end"
    for _ in range(100):
        deep = [deep]
    values = bindable({"deep": deep, "bytes": b"x", **{f"k{number}": number for number in range(500)}})

    assert (len(values), values["bytes"], values["k0"]) == (64, b"x", 0)
    otel_context.attach(unpacked({"trace": {"traceparent": PARENT}, "bound": values}))
    assert (current().trace_id, len(bound())) == (PARENT[3:35], 64)
