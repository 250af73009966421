"""Sampling and rate limits: what is left out below ERROR is counted and said; nothing else is ever left out."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from opentelemetry import trace

from otel_kit.logs.by_logger import ByLogger
from otel_kit.logs.left_out import _MAX_WINDOWS, RATE_LIMITED, SAMPLED, LeftOut, Summary
from otel_kit.settings.log_kinds import Rate
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink
from tests.subprocesses import run_python


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _account(clock: Clock) -> tuple[LeftOut, list[Summary]]:
    """Return an account whose thread never gets to speak: ``say_ended`` is called by the test."""
    account, said = LeftOut(clock), []
    account.say = said.append
    account._thread = threading.current_thread()
    return account, said


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("a", 1), ("a.b", 2), ("a.b.c", 2), ("a.bc", 1), ("ab", 0), ("", 0), (".", 0), ("a..b", 1), ("root", 0)],
)
def test_the_longest_name_wins(name: str, wanted: int) -> None:
    """By the parts between dots."""
    assert ByLogger({"a": 1, "a.b": 2}, 0).of(name) == wanted
    assert ByLogger({"a": 1, "a.b": 2, "*": 0}, 9).of(name) == wanted


def test_a_window_lets_so_many_through_and_says_how_many_not() -> None:
    """One summary per template and window, when it is over; the next window begins with the next record."""
    clock = Clock()
    account, said = _account(clock)
    rate = Rate(2, 60.0)

    exceeded = [account.exceeds("app", "order %d", level, rate) for level in (20, 20, 20, 30, 20)]
    other = account.exceeds("app", "another %d", 20, rate)
    clock.now = 59.0
    assert (account.say_ended(), said) == (1.0, [])
    clock.now = 60.0
    assert account.say_ended() is None
    again = account.exceeds("app", "order %d", 20, rate)

    assert (exceeded, other, again) == ([False, False, True, True, True], False, False)
    assert said == [Summary("app", "order %d", RATE_LIMITED, 30, 3, 60.0)]
    assert account.totals() == {("app", RATE_LIMITED): 3}


def test_a_window_that_is_over_is_said_though_the_next_began_first() -> None:
    """The thread may be late."""
    clock = Clock()
    account, said = _account(clock)
    for _ in range(3):
        account.exceeds("app", "x", 20, Rate(1, 1.0))
    clock.now = 5.0
    account.exceeds("app", "x", 20, Rate(1, 1.0))
    account.exceeds("app", "x", 20, Rate(1, 1.0))
    account.say_all()

    assert [summary.count for summary in said] == [2, 1]


def test_templates_are_bounded() -> None:
    """Messages put together by f-strings are a template each: beyond the table they share one limit."""
    clock = Clock()
    account, said = _account(clock)
    exceeded = [account.exceeds("app", f"user {number}", 20, Rate(5, 60.0)) for number in range(10 * _MAX_WINDOWS)]

    assert len(account._windows) == _MAX_WINDOWS + 1
    assert exceeded.count(False) == _MAX_WINDOWS + 5
    account.say_all()
    assert [(summary.template, summary.count) for summary in said] == [("_OTHER", exceeded.count(True))]


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError

    __eq__ = __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "template", [Hostile(), None, 7, b"x", ["a"], {}, "x" * 10_000_000, "\ud800", ""], ids=range(9)
)
def test_any_message_is_a_template(template: Any) -> None:
    """Of what is no text, its class."""
    account, said = _account(Clock())
    assert [account.exceeds("app", template, 20, Rate(1, 1.0)) for _ in range(2)] == [False, True]
    account.say_all()

    assert said[0].count == 1
    assert len(said[0].template) <= 256


def test_threads_are_counted_exactly() -> None:
    """Let through and left out make the whole."""
    account, said = _account(Clock())
    kept: list[int] = []

    def work() -> None:
        kept.append([account.exceeds("app", "x", 20, Rate(100, 60.0)) for _ in range(1000)].count(False))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    account.say_all()

    assert (sum(kept), said[0].count) == (100, 7900)


# --- by the settings, over OTLP ---


def _bodies(records: list[Log]) -> list[Any]:
    return [record.body for record in records]


@pytest.fixture
def app(logging_state: None) -> logging.Logger:
    """A logger of an application."""
    logger = logging.getLogger("app.limited")
    logger.setLevel(logging.DEBUG)
    return logger


def _summaries(otlp: OtlpSink) -> list[Log]:
    return [record for record in otlp.logs() if "otel_kit.log.suppressed.count" in record.attributes]


def test_a_limit_leaves_errors_alone_and_is_said_even_when_nothing_follows(
    kit: StartKit, otlp: OtlpSink, app: logging.Logger
) -> None:
    """The summary comes by itself when the window ends; it is redacted as any record."""
    running = kit(settings={"logs.rate_limit": "app=2/s, other=1/h"})

    for number in range(10):
        app.info("mail bob@example.com about %d", number)
        app.error("error %d", number)

    def said() -> list[Log]:
        running.flush()
        return _summaries(otlp)

    (summary,) = eventually(said, "the summary", 10)
    assert len([body for body in _bodies(otlp.logs()) if body.startswith("error")]) == 10
    assert len([body for body in _bodies(otlp.logs()) if body.startswith("mail b***@")]) == 2
    assert summary.attributes["otel_kit.log.suppressed.count"] == 8
    assert summary.attributes["otel_kit.log.template"] == "mail b***@example.com about %d"
    assert summary.body == "8 records left out by logs.rate_limit within 1 s: mail b***@example.com about %d"
    assert (summary.severity, summary.trace_id) == ("INFO", "")
    assert summary.attributes["otel_kit.logger.name"] == "app.limited"


def test_sampling_keeps_traces_whole_and_warnings(kit: StartKit, otlp: OtlpSink, app: logging.Logger) -> None:
    """All records of a trace below WARNING are kept, or none; shutdown says what was left out."""
    running = kit(settings={"logs.sampling": "*=0.3"})
    tracer = trace.get_tracer("test")

    for _ in range(60):
        with tracer.start_as_current_span("work"):
            for step in range(3):
                app.info("step %d", step)
            app.warning("warning")
    running.shutdown()

    by_trace: dict[str, list[Any]] = {}
    for record in otlp.logs():
        by_trace.setdefault(record.trace_id, []).append(record.body)
    summaries = by_trace.pop("", [])
    whole = ["step 0", "step 1", "step 2", "warning"]
    kept = [bodies for bodies in by_trace.values() if bodies == whole]
    assert all(bodies in (whole, ["warning"]) for bodies in by_trace.values())
    assert 0 < len(kept) < 60 == len(by_trace)
    assert summaries == [f"{3 * (60 - len(kept))} records left out by logs.sampling within 60 s: step %d"]


@pytest.mark.parametrize(("ratio", "wanted"), [("0", []), ("1", ["x"] * 50)])
def test_the_ends_of_sampling(
    kit: StartKit, otlp: OtlpSink, app: logging.Logger, ratio: str, wanted: list[str]
) -> None:
    """Nothing and everything, without a trace, too; an entry for a longer name goes before."""
    running = kit(settings={"logs.sampling": f"app.limited={ratio},app=0.5"})
    for _ in range(50):
        app.info("x")

    assert running.flush()
    assert _bodies(otlp.logs()) == wanted


def test_volume_and_what_was_left_out_are_metrics(kit: StartKit, otlp: OtlpSink, app: logging.Logger) -> None:
    """Volume counts what was logged, left out or not; both by logger."""
    running = kit(settings={"logs.rate_limit": "app.limited=1/h", "logs.level": "info"})
    assert running.flush()
    before = {name: _latest(otlp, name) for name in ("otel_kit.log.records", "otel_kit.log.suppressed")}
    for _ in range(5):
        app.info("x")
        app.error("y")
        app.debug("below")

    assert running.flush()
    records, suppressed = _latest(otlp, "otel_kit.log.records"), _latest(otlp, "otel_kit.log.suppressed")
    volume = {key: value - before["otel_kit.log.records"].get(key, 0) for key, value in records.items()}
    assert (volume["app.limited", "INFO"], volume["app.limited", "ERROR"]) == (5, 5)
    assert ("app.limited", "DEBUG") not in volume
    left = suppressed["app.limited", RATE_LIMITED] - before["otel_kit.log.suppressed"].get(
        ("app.limited", RATE_LIMITED), 0
    )
    assert left == 4


def _latest(otlp: OtlpSink, name: str) -> dict[tuple[str, str], float]:
    return {
        (
            point.attributes["otel_kit.logger.name"],
            point.attributes.get("otel_kit.log.severity") or point.attributes["otel_kit.log.suppressed.reason"],
        ): point.value
        for point in otlp.latest(name)
    }


def test_limits_change_while_the_application_runs(kit: StartKit, otlp: OtlpSink, app: logging.Logger) -> None:
    """By ``kit.reload``."""
    running = kit(settings={"logs.rate_limit": "*=1/h"})
    for _ in range(3):
        app.info("x")
    running.reload({"logs.rate_limit": ""})
    for _ in range(3):
        app.info("y")

    assert running.flush()
    assert _bodies(otlp.logs()) == ["x", "y", "y", "y"]


def test_other_libraries_go_by_the_same_settings(otlp: OtlpSink) -> None:
    """Of structlog the event is the template, though each rendered line is another; loguru has only the message."""
    done = run_python(
        """
        import io, otel_kit
        kit = otel_kit.init("test", settings={"logs.rate_limit": "*=2/h", "logs.levels": "quiet=warning"})
        import logging, structlog
        from loguru import logger
        logger.remove()
        processors = [structlog.stdlib.add_logger_name, structlog.processors.JSONRenderer()]
        structlog.configure(processors, logger_factory=structlog.stdlib.LoggerFactory())
        through_logging, by_itself = structlog.get_logger("app"), structlog.wrap_logger(
            structlog.PrintLogger(io.StringIO()), [structlog.processors.JSONRenderer()])
        for number in range(5):
            through_logging.info("placed", order=number)
            by_itself.info("paid", order=number)
            logger.info("sent")
        structlog.get_logger("quiet").info("quiet")
        kit.shutdown()
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint},
    )

    assert (done.returncode, done.stderr) == (0, "")
    said = {summary.attributes["otel_kit.log.template"] for summary in _summaries(otlp)}
    bodies = [record.body for record in otlp.logs() if record not in _summaries(otlp)]
    assert (sorted(bodies), said) == (["paid"] * 2 + ["placed"] * 2 + ["sent"] * 2, {"placed", "paid", "sent"})


def test_what_was_left_out_is_said_at_the_end_and_children_count_their_own(otlp: OtlpSink) -> None:
    """Of a process that just ends, and of a forked child."""
    done = run_python(
        """
        import logging, os, otel_kit
        kit = otel_kit.init("test")
        log = logging.getLogger("app")
        for _ in range(4):
            log.info("x")
        child = os.fork()
        if child == 0:
            for _ in range(3):
                log.info("x")
            kit.shutdown()
            os._exit(0)
        os.waitpid(child, 0)
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_KIT_LOGS_RATE_LIMIT": "*=1/h"},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(_bodies(_summaries(otlp))) == [
        f"{count} records left out by logs.rate_limit within 3600 s: x" for count in (2, 3)
    ]


def test_the_reasons_are_two() -> None:
    """Dashboards and rules name them."""
    assert (SAMPLED, RATE_LIMITED) == ("sampled", "rate_limited")
