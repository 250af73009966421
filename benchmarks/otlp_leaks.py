"""The held-out set on the wire: items go through the kit as spans and log records; their OTLP bytes are searched."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber, get_logger
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags

import otel_kit
from benchmarks.heldout.model import Item
from benchmarks.heldout.scoring import has_leaked
from tests.otlp_sink import OtlpSink

_NUMBER = "heldout.number"
_CHUNK = 100


def leaks_on_the_wire(items: list[Item], known: frozenset[int]) -> dict[str, Any]:
    """Send each item on the next surface that takes it; returns items and leaks in all and by surface.

    ``known`` are the ids of the items that the redactor alone misses too: what leaks besides those is the pipeline's.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ["OTEL_KIT_STATE_DIR"] = folder  # noqa: TID251 - the kit's own, for this process
        sink = OtlpSink()
        kit = otel_kit.init("heldout", endpoint=sink.endpoint)
        total, leaked = Counter[str](), Counter[str]()
        missing = only_here = 0
        for first in range(0, len(items), _CHUNK):
            chunk = items[first : first + _CHUNK]
            places = [_send(item, first + number) for number, item in enumerate(chunk)]
            kit.flush(30.0)
            bodies = _bodies(sink)
            sink.clear()
            for number, (item, place) in enumerate(zip(chunk, places, strict=True), first):
                body = bodies.get(number)
                missing += body is None
                total[place] += 1
                if body is not None and has_leaked(item, body):
                    leaked[place] += 1
                    only_here += id(item) not in known
        kit.shutdown(5.0)
        sink.stop()
    surfaces = {place: {"items": total[place], "leaked": leaked[place]} for place in sorted(total)}
    return {
        "items": total.total(),
        "leaked": leaked.total(),
        "leaked here only": only_here,
        "not arrived": missing,
        "surfaces": surfaces,
    }


def _send(item: Item, number: int) -> str:
    """Send an item with its number; returns the surface."""
    mark = {_NUMBER: number}
    if item.attributes is not None:
        place, send_map = _MAPS[number % len(_MAPS)]
        send_map(dict(item.attributes), mark)
        return place
    name, send = _TEXTS[number % len(_TEXTS)]
    send(item.text, mark)
    return name


def _log(body: Any, attributes: dict[str, Any]) -> None:
    record = LogRecord(severity_number=SeverityNumber.INFO, body=body, attributes=attributes)
    get_logger("heldout").emit(record)


def _span(
    name: str, attributes: dict[str, Any], change: Callable[[Any], object] | None = None, links: Any = None
) -> None:
    span = trace.get_tracer("heldout").start_span(name, attributes=attributes, links=links)
    if change is not None:
        change(span)
    span.end()


def _linked(text: str, mark: dict[str, Any]) -> None:
    context = SpanContext(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, True, TraceFlags(1))
    _span("linked", mark, links=[Link(context, {"note": text})])


_TEXTS: tuple[tuple[str, Callable[[str, dict[str, Any]], None]], ...] = (
    ("log body", lambda text, mark: _log(text, mark)),
    ("log attribute", lambda text, mark: _log("said", mark | {"note": text})),
    ("log body, nested", lambda text, mark: _log({"event": "said", "note": [text]}, mark)),
    ("span attribute", lambda text, mark: _span("said", mark | {"note": text})),
    ("span name", lambda text, mark: _span(text, mark)),
    ("event attribute", lambda text, mark: _span("said", mark, lambda span: span.add_event("note", {"note": text}))),
    ("event name", lambda text, mark: _span("said", mark, lambda span: span.add_event(text))),
    ("exception", lambda text, mark: _span("said", mark, lambda span: span.record_exception(ValueError(text)))),
    (
        "status text",
        lambda text, mark: _span("said", mark, lambda span: span.set_status(Status(StatusCode.ERROR, text))),
    ),
    ("link attribute", _linked),
)  # fmt: skip
_MAPS: tuple[tuple[str, Callable[[dict[str, Any], dict[str, Any]], None]], ...] = (
    ("attributes of a log record", lambda attributes, mark: _log("said", mark | attributes)),
    ("body of a log record", lambda attributes, mark: _log(attributes, mark)),
    ("attributes of a span", lambda attributes, mark: _span("said", mark | attributes)),
    (
        "attributes of an event",
        lambda attributes, mark: _span("said", mark, lambda span: span.add_event("note", attributes)),
    ),
)


def _bodies(sink: OtlpSink) -> dict[int, str]:
    """Return the bytes of each record as text, by the number of its item."""
    records: list[Any] = [*sink.spans(), *sink.logs()]
    return {
        record.attributes[_NUMBER]: record.proto.SerializeToString().decode("utf-8", "replace")
        for record in records
        if _NUMBER in record.attributes
    }
