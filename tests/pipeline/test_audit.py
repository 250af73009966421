"""Audit events: delivered when the call returns, or it says why not, and never for longer than was agreed."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
from opentelemetry import trace

import otel_kit
from otel_kit import event
from otel_kit.kit import Kit
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import Answer, OtlpSink

_SHORT = {"events.audit_timeout": "0.3s"}


@pytest.fixture
def nobody() -> Iterator[str]:
    """An endpoint where nobody listens: the port is taken and not open."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def _actions(otlp: OtlpSink) -> list[str]:
    return [log.attributes["otel_kit.audit.action"] for log in otlp.logs() if log.event_name == "otel_kit.audit"]


def test_delivered_means_that_the_endpoint_has_it(otlp: OtlpSink, kit: StartKit) -> None:
    """When the call returns, without a flush; with what has changed, redacted, within the trace."""
    kit()
    with trace.get_tracer("app").start_as_current_span("PUT /users/42") as span:
        outcome = event.audit(
            "user.change",
            actor="42",
            target="user 17",
            before={"mail": "old@example.com", "plan": "free", "name_shown": True},
            after={"mail": "new@example.com", "plan": "free"},
            source_address="203.0.113.77",
            reason="asked by phone",
        )

    assert outcome == event.Delivered()
    assert outcome
    (log,) = otlp.logs()
    assert log.attributes == {
        "event.category": "audit",
        "retention.tier": "audit",
        "event.outcome": "success",
        "otel_kit.audit.action": "user.change",
        "user.id": "42",
        "otel_kit.audit.actor_type": "user",
        "otel_kit.audit.target": "user 17",
        "otel_kit.audit.reason": "asked by phone",
        "otel_kit.audit.changed": ["mail", "name_shown"],
        "otel_kit.audit.before": {"mail": "o***@example.com", "name_shown": True},
        "otel_kit.audit.after": {"mail": "n***@example.com"},
        "client.address": "203.0.113.0",
    }
    assert int(log.trace_id, 16) == span.get_span_context().trace_id


def test_an_endpoint_that_is_not_there(kit: StartKit, nobody: str) -> None:
    """Pending with the reason; from then on at once, while the lane goes on trying."""
    running = kit(settings={**_SHORT, "export.endpoint": nobody})
    first = event.audit("a", actor="42")
    assert isinstance(first, event.Pending)
    assert "refused" in first.reason

    assert _is_pending_at_once(running, "b")


def test_one_that_comes_back_gets_what_was_pending(otlp: OtlpSink, kit: StartKit) -> None:
    """And the call waits for it again, and is right."""
    otlp.default = Answer(status=503)
    running = kit(settings=_SHORT)
    assert isinstance(event.audit("a", actor="42"), event.Pending)
    assert _is_pending_at_once(running, "b")

    otlp.default = Answer()
    running.flush()
    assert _actions(otlp) == ["a", "b"]
    assert event.audit("c", actor="42") == event.Delivered()
    assert _actions(otlp) == ["a", "b", "c"]


def test_one_that_takes_connections_and_says_nothing(otlp: OtlpSink, kit: StartKit) -> None:
    """Costs its time once."""
    otlp.default = Answer(hang=True)
    running = kit(settings=_SHORT)
    assert isinstance(event.audit("a", actor="42"), event.Pending)
    assert _is_pending_at_once(running, "b")


@pytest.mark.parametrize(
    "answer", [Answer(status=400), Answer(rejected=1, message="no room for bob")], ids=["all", "partly"]
)
def test_one_that_refuses(otlp: OtlpSink, kit: StartKit, answer: Answer) -> None:
    """Refused is not delivered, each time; what is taken afterwards is."""
    otlp.default = answer
    kit()
    for action in ("a", "b"):
        outcome = event.audit(action, actor="42")
        assert isinstance(outcome, event.Pending)
        assert outcome.reason.startswith("refused by the endpoint: ")
        assert outcome.reason.endswith("; not sent again")

    otlp.default = Answer()
    assert event.audit("c", actor="42") == event.Delivered()


def test_a_record_that_is_dropped_is_not_delivered(otlp: OtlpSink, kit: StartKit) -> None:
    """As with a queue that is full; the reason says so."""
    kit(settings={"pipeline.queue_bytes": "1KiB"})
    outcome = event.audit("a", actor="42", reason="x" * 10_000)

    assert outcome == event.Pending("given up: queue_full; not sent again")
    assert otlp.logs() == []


def test_log_records_that_go_nowhere(kit: StartKit) -> None:
    """Are never delivered, and nobody waits for them."""
    kit(settings={"logs.exporter": ["none"]})
    assert event.audit("a", actor="42") == event.Pending("log records are not sent (logs.exporter)")


def test_asynchronous_code_goes_on_meanwhile(otlp: OtlpSink, kit: StartKit) -> None:
    """The event loop runs while the endpoint thinks; trace and bound values are those of the caller."""
    kit()
    otlp.default = Answer(delay_s=0.3)

    async def handler() -> tuple[object, bool]:
        turns = 0
        with trace.get_tracer("app").start_as_current_span("work"), otel_kit.bind(user_id="u-1"):
            waiting = asyncio.ensure_future(event.audit.wait("a", actor=None, target="order 17"))
            while not waiting.done():
                turns += 1
                await asyncio.sleep(0.01)
        return waiting.result(), turns > 3

    assert asyncio.run(handler()) == (event.Delivered(), True)
    (log,) = otlp.logs()
    assert (log.attributes["user.id"], log.attributes["otel_kit.audit.target"]) == ("u-1", "order 17")
    assert log.trace_id


def test_the_event_is_out_even_if_the_task_is_cancelled(otlp: OtlpSink, kit: StartKit) -> None:
    """It was emitted before anything was awaited."""
    running = kit()

    async def handler() -> None:
        task = asyncio.ensure_future(event.audit.wait("a", actor="42"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(handler())
    running.flush()
    assert _actions(otlp) == ["a"]


def test_many_at_once_are_each_delivered(otlp: OtlpSink, kit: StartKit) -> None:
    """Each call returns when its own record is there."""
    kit()
    seen: list[tuple[object, bool]] = []

    def work(number: int) -> None:
        outcome = event.audit(f"a{number}", actor="42")
        seen.append((outcome, f"a{number}" in _actions(otlp)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(event.Delivered(), True)] * 16


def _is_pending_at_once(running: Kit, action: str) -> bool:
    """Whether one more call is pending without a wait, which would be longer than this test's patience."""
    running.reload({"events.audit_timeout": "50s"})
    outcomes: list[object] = []
    threading.Thread(target=lambda: outcomes.append(event.audit(action, actor="42")), daemon=True).start()
    (outcome,) = eventually(lambda: outcomes, "the call to return")
    running.reload(_SHORT)
    return isinstance(outcome, event.Pending) and bool(outcome.reason)
