"""Plants in arguments of decorated functions, and in what is bound or carried where a message is written."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

import otel_kit
from otel_kit.kit import Kit
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.functions import CARRIER, TRACED
from tests.surfaces.programs.runs import runs

TEXTS = plants(TRACED)


class Customer:
    """Says who it is."""

    def __str__(self) -> str:
        text = TEXTS["argument: an object's text"]
        return f"customer {text}"


@otel_kit.traced(
    name=f"to {TEXTS['span: name']}",
    capture=("note", "number", "listed", "customer", "password"),
    attributes={"owner": TEXTS["attribute of the decorator"]},
)
def function(note: str, number: int, listed: list[Any], *, customer: Customer, password: str, other: str) -> None:
    """Fail."""
    raise LookupError(TEXTS["exception: message"])


def message() -> dict[str, str]:
    """Return the headers of a message that is sent within a stranger's trace."""
    texts = plants(CARRIER)
    state = TraceState([("vendor", texts["message header: trace state"])])
    remote = SpanContext(1 << 100, 1, True, TraceFlags(1), state)
    context = trace.set_span_in_context(trace.NonRecordingSpan(remote))
    context = baggage.set_baggage("contact", texts["message header: baggage"], context)
    context = baggage.set_baggage("other", texts["message header: baggage that is not allowed"], context)
    token = otel_context.attach(context)
    allowed, other = texts["message header: bound value"], texts["message header: bound value that is not allowed"]
    with otel_kit.bind(tenant=allowed, session_id=other):
        headers = otel_kit.inject()
    otel_context.detach(token)
    return headers


def plant(run: str, kit: Kit) -> Mapping[str, Any]:
    """Plant everything once."""
    with contextlib.suppress(LookupError):
        function(
            TEXTS["argument: text"],
            int(TEXTS["argument: whole number"]),
            [{"a": TEXTS["argument: in a list"]}],
            customer=Customer(),
            password=TEXTS["argument: the name says it"],
            other=TEXTS["argument that is not captured"],
        )
    return {"headers": [f"{name}: {value}" for name, value in message().items()]}


if __name__ == "__main__":
    runs(plant, **{"baggage.allow": ["contact", "tenant"]})
