"""Typed events through a whole kit: what arrives, redacted and correlated, and what a wrong field becomes."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import logging
import threading
import uuid
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from opentelemetry import trace

import otel_kit
from otel_kit import event
from otel_kit.events.statistics import event_counts
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink


class Channel(enum.Enum):
    WEB = "web"


@event.define(name="shop.order.placed", severity="info")
class OrderPlaced:
    """An order, as a shop would define it."""

    order_id: str
    total: float
    customer: Annotated[str | None, event.attribute("user.id")] = None
    channel: Channel = Channel.WEB
    at: datetime.datetime | None = None
    price: decimal.Decimal | None = None
    key: uuid.UUID | None = None
    lines: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    mail: str | None = None


@event.define(severity="warning")
class HTTPCacheCleared:
    """Without a name."""

    entries: int


def _told(otlp: OtlpSink, name: str) -> list[Log]:
    return [log for log in otlp.logs() if log.event_name == name]


def _one(otlp: OtlpSink, name: str) -> Log:
    (log,) = _told(otlp, name)
    return log


def test_an_event_of_ones_own_arrives_with_its_fields(otlp: OtlpSink, kit: StartKit) -> None:
    """Name, category, tier and severity; fields under the subject's name; values plain; redacted; within the trace."""
    running = kit()
    at = datetime.datetime(2026, 11, 21, 20, 0, tzinfo=datetime.UTC)

    with trace.get_tracer("app").start_as_current_span("POST /orders") as span, otel_kit.bind(tenant="acme"):
        event.emit(
            OrderPlaced(
                order_id="17",
                total=12,
                customer="u-42",
                at=at,
                price=decimal.Decimal("12.50"),
                key=uuid.UUID(int=7),
                lines=[{"sku": "a", "note": "for bob@example.com"}],
                mail="bob@example.com",
            ),
            severity="warning",
            outcome="success",
        )
    running.flush()

    log = _one(otlp, "shop.order.placed")
    assert log.attributes == {
        "event.category": "business",
        "retention.tier": "default",
        "event.outcome": "success",
        "shop.order.order_id": "17",
        "shop.order.total": 12.0,
        "user.id": "u-42",
        "shop.order.channel": "web",
        "shop.order.at": "2026-11-21T20:00:00+00:00",
        "shop.order.price": "12.50",
        "shop.order.key": "00000000-0000-0000-0000-000000000007",
        "shop.order.lines": [{"sku": "a", "note": "for b***@example.com"}],
        "shop.order.mail": "b***@example.com",
        "otel_kit.tenant": "acme",
    }
    assert type(log.attributes["shop.order.total"]) is float
    assert (log.severity, log.body, log.scope) == ("WARN", "shop.order.placed", "otel_kit")
    context = span.get_span_context()
    assert (int(log.trace_id, 16), int(log.span_id, 16)) == (context.trace_id, context.span_id)
    assert b"bob@" not in otlp.bodies()
    assert {"event", "event_fields"} & set(running.status().faults) == set()


def test_a_name_out_of_module_and_class(otlp: OtlpSink, kit: StartKit) -> None:
    """In dotted lower case."""
    running = kit()
    event.emit(HTTPCacheCleared(entries=3))
    running.flush()

    log = _one(otlp, "tests.pipeline.test_events.http_cache_cleared")
    assert log.attributes["tests.pipeline.test_events.entries"] == 3


@pytest.mark.parametrize(
    ("given", "attributes", "faults"),
    [
        ({"oder_id": "17", "total": 1.0}, {"shop.order.order_id": "17"}, 1),
        ({"order_id": "17", "total": 1.0, "basket": "b"}, {"basket": "b", "shop.order.order_id": "17"}, 1),
        ({"order_id": "17"}, {"shop.order.order_id": "17"}, 1),
        ({"order_id": 17, "total": "bob@example.com"}, {"shop.order.total": "b***@example.com"}, 2),
        # Names that are the kit's own cannot be taken over by a payload.
        ({"order_id": "17", "total": 1.0, "event.category": "audit"}, {"event.category": "business"}, 1),
    ],
    ids=["misspelt", "unknown", "missing", "wrong types", "reserved"],
)
def test_a_wrong_field_is_repaired_and_counted(
    otlp: OtlpSink, kit: StartKit, given: dict[str, Any], attributes: dict[str, Any], faults: int
) -> None:
    """The application sees nothing of it; the record is marked."""
    running = kit()
    before = {point.attributes["event.name"]: point.value for point in otlp.latest("otel_kit.event.faults")}

    event.emit(OrderPlaced(**given))
    running.flush()

    log = _one(otlp, "shop.order.placed")
    assert attributes.items() <= log.attributes.items()
    assert log.attributes["otel_kit.repaired"] is True
    assert running.status().faults["event_fields"] == faults
    after = {point.attributes["event.name"]: point.value for point in otlp.latest("otel_kit.event.faults")}
    assert after["shop.order.placed"] >= before.get("shop.order.placed", 0) + faults


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: OrderPlaced(oder_id="17", total=1.0), "event shop.order.placed has no field 'oder_id'. Did you mean"),  # type: ignore[call-arg]
        (lambda: OrderPlaced(order_id="17"), "misses its field 'total'; float is wanted"),  # type: ignore[call-arg]
        (lambda: OrderPlaced(order_id="17", total="1"), "a field 'total' for float; got str"),  # type: ignore[arg-type]
        (lambda: event.emit("text"), "an instance of a class with @event.define is wanted"),
        (lambda: event.audit("x", actr="42"), "event otel_kit.audit has no field 'actr'. Did you mean 'actor'?"),  # type: ignore[call-arg]
        (lambda: event.security("authentication"), "misses its field 'outcome'"),  # type: ignore[call-arg]
        (lambda: event.interaction("chat", session="s", confidence=2), "float of 0 to 1"),
        (lambda: event.business("x", severity="warn"), "Did you mean 'warning'?"),  # type: ignore[arg-type]
    ],
)
def test_strict_names_event_field_and_the_nearest(kit: StartKit, otlp: OtlpSink, call: Any, text: str) -> None:
    """As an error, before anything is emitted."""
    running = kit(strict=True)

    with pytest.raises(otel_kit.EventError, match="1 fault") as caught:
        call()

    assert text in str(caught.value)
    running.flush()
    assert otlp.logs() == []


@event.define(name="Order Placed", category="busines", severity="warn", tier="forever")  # type: ignore[arg-type]
class Misdefined:
    order_id: str


@event.define(name="otel_kit.audit")
class Posing:
    order_id: str


@event.define(name="shop.order.placed")
class SecondOfItsName:
    order_id: str


def test_a_wrong_definition_is_an_error_when_strict_and_mended_otherwise(otlp: OtlpSink, kit: StartKit) -> None:
    """All its faults at once, when the first event of it is made."""
    running = kit()
    event.emit(Misdefined(order_id="1"))
    running.flush()
    log = _one(otlp, "tests.pipeline.test_events.misdefined")
    assert (log.attributes["event.category"], log.attributes["retention.tier"]) == ("business", "default")
    assert log.severity == "WARN"
    running.shutdown()

    kit(strict=True)
    with pytest.raises(otel_kit.EventError, match="4 faults"):
        Misdefined(order_id="1")
    with pytest.raises(otel_kit.EventError, match=r"start with otel_kit\. are the kit's"):
        Posing(order_id="1")
    with pytest.raises(otel_kit.EventError, match=r"test_events\.OrderPlaced has it, too"):
        SecondOfItsName(order_id="1")


def test_nobody_poses_as_the_kit(otlp: OtlpSink, kit: StartKit) -> None:
    """Names that start with ``otel_kit.`` are not taken from others."""
    running = kit()
    event.emit(Posing(order_id="1"))
    running.flush()

    assert [log.event_name for log in otlp.logs()] == ["tests.pipeline.test_events.posing"]


def test_a_status_as_a_text_is_its_number(otlp: OtlpSink, kit: StartKit) -> None:
    """Repaired and counted, and no failure; one that is no number at all says nothing of the outcome."""
    running = kit()
    event.api("POST", "/a", status="200")  # type: ignore[arg-type]
    event.api("POST", "/b", status="fine")  # type: ignore[arg-type]
    running.flush()

    first, second = _told(otlp, "otel_kit.api")
    assert (first.attributes["http.response.status_code"], first.attributes["event.outcome"]) == (200, "success")
    assert (first.severity, first.attributes["otel_kit.repaired"]) == ("INFO", True)
    assert (second.attributes["event.outcome"], second.severity) == ("unknown", "INFO")


def test_a_wrong_severity_of_an_emission_is_a_fault(otlp: OtlpSink, kit: StartKit) -> None:
    """The nearest is taken, else the definition's; keys that are no texts become texts."""
    running = kit()
    event.emit(OrderPlaced(order_id="1", total=1.0), severity="erorr", outcome="succes")  # type: ignore[arg-type]
    event.emit(HTTPCacheCleared(entries=1), severity=["loud"])  # type: ignore[arg-type]
    event.system("x", attributes={5: "five"})  # type: ignore[dict-item]
    running.flush()

    log = _one(otlp, "shop.order.placed")
    assert (log.severity, log.attributes["event.outcome"]) == ("ERROR", "success")
    assert log.attributes["otel_kit.repaired"] is True
    assert _one(otlp, "tests.pipeline.test_events.http_cache_cleared").severity == "WARN"
    assert _one(otlp, "otel_kit.system").attributes["5"] == "five"
    assert running.status().faults["event_fields"] == 4


def _shipped() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield event name, call, and what must be among the attributes."""
    yield (
        "otel_kit.security",
        lambda: event.security(
            "authentication", outcome="failure", severity="high", actor="u", source_address="203.0.113.77", attempts=3,
            user_agent="curl/8", attributes={"shop.door": "bob@example.com"},
        ),
        {
            "event.category": "security", "retention.tier": "security", "event.outcome": "failure",
            "otel_kit.security.kind": "authentication", "otel_kit.security.severity": "high", "user.id": "u",
            "client.address": "203.0.113.0", "otel_kit.security.attempts": 3, "user_agent.original": "curl/8",
            "shop.door": "b***@example.com", "severity": "ERROR",
        },
    )  # fmt: skip
    yield (
        "otel_kit.performance",
        lambda: event.performance("invoice.render", duration_s=3, threshold_s=1.5),
        {
            "event.category": "performance", "retention.tier": "default", "otel_kit.performance.duration": 3.0,
            "otel_kit.performance.exceeded": True, "severity": "WARN",
        },
    )  # fmt: skip
    yield (
        "otel_kit.api",
        lambda: event.api("POST", "/charges/{id}", status=502, provider="stripe", duration_s=0.5, attempt=1),
        {
            "event.category": "api", "event.outcome": "failure", "http.request.method": "POST", "severity": "ERROR",
            "http.route": "/charges/{id}", "http.response.status_code": 502, "otel_kit.api.provider": "stripe",
            "http.request.resend_count": 1,
        },
    )  # fmt: skip
    yield (
        "otel_kit.database",
        lambda: event.database("SELECT", system="postgresql", query="select 1 from t where a = 'x'", duration_s=2.0),
        {
            "event.category": "database", "db.operation.name": "SELECT", "db.system.name": "postgresql",
            "db.query.text": "select ? from t where a = ?", "severity": "INFO",
        },
    )  # fmt: skip
    yield (
        "otel_kit.business",
        lambda: event.business("order.paid", entity="order", entity_id=17, amount=decimal.Decimal("1.10")),
        {
            "event.category": "business", "otel_kit.business.name": "order.paid", "otel_kit.business.amount": "1.10",
            "otel_kit.business.entity_id": 17, "severity": "INFO",
        },
    )  # fmt: skip
    yield (
        "otel_kit.interaction",
        lambda: event.interaction(
            "speech_to_text", session="s-1", input_ref="recordings/7", reply_text="write to bob@example.com",
            confidence=1, success=False, correction_of="i-1", consent="granted", cached=False, intent="contact",
        ),
        {
            "event.category": "interaction", "retention.tier": "interaction", "event.outcome": "failure",
            "session.id": "s-1", "otel_kit.interaction.service": "speech_to_text",
            "otel_kit.interaction.input.reference": "recordings/7", "otel_kit.interaction.reply.length": 24,
            "otel_kit.interaction.reply.text": "write to b***@example.com", "otel_kit.interaction.confidence": 1.0,
            "otel_kit.interaction.correction_of": "i-1", "otel_kit.interaction.consent": "granted",
            "otel_kit.interaction.cached": False, "otel_kit.interaction.intent": "contact", "severity": "WARN",
        },
    )  # fmt: skip
    yield (
        "otel_kit.system",
        lambda: event.system("cache.cleared", component="catalogue", reason="too old"),
        {"event.category": "system", "otel_kit.system.name": "cache.cleared", "severity": "INFO"},
    )


@pytest.mark.parametrize(("name", "call", "expected"), list(_shipped()), ids=[row[0] for row in _shipped()])
def test_shipped_events(otlp: OtlpSink, kit: StartKit, name: str, call: Any, expected: dict[str, Any]) -> None:
    """Names, categories, tiers, severities; redacted; conventions' names where there are some."""
    running = kit()
    call()
    running.flush()

    log = _one(otlp, name)
    assert expected.items() <= {**log.attributes, "severity": log.severity}.items()
    assert "otel_kit.repaired" not in log.attributes
    assert b"bob@" not in otlp.bodies()
    assert log.body.startswith(expected["event.category"])


def test_texts_of_interactions_can_be_left_out_at_run_time(otlp: OtlpSink, kit: StartKit) -> None:
    """Their lengths stay; references, too."""
    running = kit()
    running.reload({"events.interaction_text": False})
    event.interaction("chat", session=None, input_text="five!", reply_text="ok", reply_length=200)
    running.flush()

    attributes = _one(otlp, "otel_kit.interaction").attributes
    assert {name: value for name, value in attributes.items() if ".input." in name or ".reply." in name} == {
        "otel_kit.interaction.input.length": 5,
        "otel_kit.interaction.reply.length": 200,
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda: event.security(),  # type: ignore[call-arg]
        lambda: event.audit(),  # type: ignore[call-arg]
        lambda: event.api(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17),  # type: ignore[call-arg, arg-type, misc]
        lambda: event.performance(object(), duration_s="long", threshold_s=[]),  # type: ignore[arg-type]
        lambda: event.audit("x", actor="a", before="text", after=[1]),  # type: ignore[arg-type]
        lambda: event.system("x", attributes="none"),  # type: ignore[arg-type]
        lambda: event.system("x", attributes={1: {"deep": [object()]}}),  # type: ignore[dict-item]
        lambda: event.business("\ud800", reason="\ud800" * 10, amount=float("nan")),
        lambda: event.interaction("chat", session="s", input_text="x" * 1_000_000),
        lambda: event.interaction(**{"session": "s", **{f"k{n}": n for n in range(1000)}}),  # type: ignore[arg-type]
        lambda: event.emit(object()),
        lambda: event.emit(None),
        lambda: event.business("x", severity=["x"], outcome=object()),  # type: ignore[arg-type]
        lambda: OrderPlaced("17", 1.0, "u"),  # type: ignore[misc, call-arg]
    ],
    ids=range(14),
)
def test_nothing_is_raised_whatever_is_passed(kit: StartKit, call: Any) -> None:
    """The event arrives as far as it can."""
    running = kit()
    before = running.status().signals["logs"].created
    made = call()
    if isinstance(made, OrderPlaced):
        event.emit(made)

    assert running.flush()
    account = running.status().signals["logs"]
    assert account.created - before in (0, 1)
    assert account.dropped == {}


def test_events_are_counted_by_name_and_category(otlp: OtlpSink, kit: StartKit) -> None:
    """As a metric, and for the health page."""
    running = kit()
    before = event_counts().get("otel_kit.system", 0)
    event.system("a")
    event.system("b")
    running.flush()

    assert event_counts()["otel_kit.system"] == before + 2
    (point,) = [one for one in otlp.latest("otel_kit.events") if one.attributes["event.name"] == "otel_kit.system"]
    assert point.attributes == {"event.name": "otel_kit.system", "event.category": "system"}
    assert point.value >= 2


def test_a_migration_as_a_block(otlp: OtlpSink, kit: StartKit) -> None:
    """With its outcome; what it raises is passed on."""
    running = kit()
    with event.migration("orders", before="3", after="4"):
        pass
    with pytest.raises(KeyError), event.migration("orders", after="5"):
        raise KeyError("bob@example.com")
    running.flush()

    good, bad = _told(otlp, "otel_kit.system.migration")
    assert (good.attributes["event.outcome"], good.attributes["otel_kit.migration.from"]) == ("success", "3")
    assert (bad.attributes["event.outcome"], bad.attributes["error.type"]) == ("failure", "KeyError")
    assert bad.severity == "ERROR"


def test_threads_may_emit_at_once(otlp: OtlpSink, kit: StartKit) -> None:
    """Each event arrives once; fields of a class that is new to all of them are read once."""
    running = kit()

    @event.define(name="app.thread.ran")
    class Ran:
        number: int

    ready = threading.Barrier(8)

    def work(number: int) -> None:
        ready.wait()
        for index in range(25):
            event.emit(Ran(number=number * 100 + index))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.flush()

    numbers = sorted(log.attributes["app.thread.number"] for log in _told(otlp, "app.thread.ran"))
    assert numbers == sorted(number * 100 + index for number in range(8) for index in range(25))


def test_before_init_and_after_shutdown_nothing_happens(
    otlp: OtlpSink, kit: StartKit, caplog: pytest.LogCaptureFixture
) -> None:
    """No error, no record, no outcome that promises anything."""
    kit().shutdown()
    otlp.clear()
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        event.emit(OrderPlaced(order_id="1", total=1.0))
        outcome = event.audit("x", actor=None)

    assert outcome == event.Pending("no kit is running")
    assert not outcome
    assert otlp.requests() == ()
    assert caplog.records == []
