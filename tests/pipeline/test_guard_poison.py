"""Hostile values on their way through the running kit: nothing reaches the application, nothing honest is lost."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord

from otel_kit import semconv
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink


class _Hostile(Exception):
    """Raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def _cyclic() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["self"] = value
    return value


def test_hostile_logging_calls_cost_at_most_their_own_text(kit: StartKit, otlp: OtlpSink) -> None:
    """Arguments, extras and exceptions that fail; wrong placeholders; surrogates out of a JSON body."""
    started = kit()
    log = logging.getLogger("app")

    log.info("honest 1")
    log.info("argument %s", _Hostile())
    log.info("too few %s %s", 1)
    log.info("not a number %d", "abc")
    log.info("surrogate \ud800")
    log.info("extra", extra={"cycle": _cyclic(), "deep": _Hostile(), "\ud800": "\udfff", "big": 2**70})
    try:
        raise _Hostile
    except _Hostile:
        log.exception("failed")
    log.info("honest 2")
    assert started.flush()

    bodies = [str(record.body) for record in otlp.logs()]
    assert 8 == len(bodies)
    assert ("honest 1", "honest 2") == (bodies[0], bodies[-1])
    assert any("_Hostile" in str(record.attributes.get("exception.type")) for record in otlp.logs())
    account = started.status().signals["logs"]
    assert (8, 8, {}) == (account.created, account.delivered, account.dropped)


def test_poisoned_records_of_every_signal_take_no_other_with_them(kit: StartKit, otlp: OtlpSink) -> None:
    """Hundreds of honest records in the same batches, all delivered; the poisoned ones are marked."""
    started = kit()
    tracer = trace.get_tracer("app \ud800", "1 \ud800")
    logger = _logs.get_logger("app \ud800")
    counter = metrics.get_meter("app").create_counter("hits")

    for number in range(200):
        with tracer.start_as_current_span("honest") as span:
            span.set_attribute("number", number)
        logger.emit(LogRecord(body="honest"))
        counter.add(1, {"number": number})
        if number % 20 == 0:
            with tracer.start_as_current_span("bad \ud800") as span:
                span.set_attribute("\ud800", ["\udfff", 2**70])
            logger.emit(LogRecord(body={"\ud800": [2**70, _cyclic()]}, event_name="\ud800"))
            counter.add(2**70, {"\ud800": "\udfff"})
    assert started.flush()

    assert 200 == len(otlp.spans("honest")) == len(otlp.logs("honest"))
    assert 200 == len([point for point in otlp.latest("hits") if "number" in point.attributes])
    spans = [span for span in otlp.spans() if span.name != "honest"]
    logs = [log for log in otlp.logs() if log.body != "honest"]
    assert (10, 10) == (len(spans), len(logs))
    assert all(record.attributes[semconv.REPAIRED] for record in (*spans, *logs))
    assert started.status().redaction.repaired >= 40


def test_hostile_values_of_spans_do_not_raise_and_the_applications_exception_is_its_own(
    kit: StartKit, otlp: OtlpSink
) -> None:
    """Stock: the first three raise into the application, and the last replaces its exception."""
    started = kit()
    tracer = trace.get_tracer("app")

    with tracer.start_as_current_span("work", attributes={"start": _cyclic()}) as span:
        span.set_attribute("cycle", _cyclic())
        span.set_attribute("hostile", _Hostile())  # type: ignore[arg-type]
    with pytest.raises(_Hostile), tracer.start_as_current_span("failing"):
        raise _Hostile
    assert started.flush()

    assert [("work", "UNSET"), ("failing", "ERROR")] == [(one.name, one.status) for one in otlp.spans()]
    assert "_Hostile" in otlp.spans("failing")[0].events[0].attributes["exception.type"]


def test_ten_megabytes_become_64_kilobytes_and_say_so(kit: StartKit, otlp: OtlpSink) -> None:
    """In a body, an attribute, an event; the batch stays small."""
    started = kit()
    big = "x" * 10_000_000

    with trace.get_tracer("app").start_as_current_span("work") as span:
        span.set_attribute("big", big)
        span.add_event("big", {"big": big})
    logging.getLogger("app").info(big)
    assert started.flush()

    assert len(otlp.bodies()) < 500_000
    (span_out,), (log,) = otlp.spans(), otlp.logs()
    assert 60_000 < len(span_out.attributes["big"]) <= 65_536
    assert span_out.attributes[semconv.REPAIRED]
    assert log.attributes[semconv.REPAIRED]
