"""Levels by logger: what is exported follows the settings, what the application prints does not change."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest

from otel_kit.errors import ConfigError
from otel_kit.kit import Kit
from otel_kit.logs.levels import ExportLevel, Levels, application_level
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink


@pytest.fixture
def bare_root(logging_state: None) -> logging.Logger:
    """A root logger as Python leaves it, at WARNING."""
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    return root


def _apply(level: int, by_logger: dict[str, int] | None = None, *, asked_for: bool) -> Levels:
    levels = Levels()
    levels.apply(level, by_logger, asked_for=asked_for)
    return levels


def test_an_unconfigured_root_is_lowered_and_restored(bare_root: logging.Logger) -> None:
    """Otherwise a log line of level INFO would be lost for no reason that anybody gave."""
    bare_root.handlers.clear()  # pytest puts its own there for the length of a test
    levels = _apply(logging.INFO, asked_for=False)
    lowered, for_application = bare_root.level, application_level(logging.getLogger("x.y"))
    levels.restore()

    assert (lowered, for_application, bare_root.level) == (logging.INFO, logging.WARNING, logging.WARNING)
    assert type(bare_root.level) is int


def test_a_configured_root_is_left_alone(bare_root: logging.Logger) -> None:
    """An application that configured logging chose its level; one that is asked for goes before it."""
    bare_root.addHandler(logging.StreamHandler())
    left = _apply(logging.INFO, asked_for=False)
    assert bare_root.level == logging.WARNING
    left.restore()

    asked = _apply(logging.INFO, asked_for=True)
    assert bare_root.level == logging.INFO
    asked.restore()


def test_a_root_that_lets_more_through_is_not_raised(bare_root: logging.Logger) -> None:
    """The export's level belongs to the export; handlers may want more."""
    bare_root.setLevel(logging.DEBUG)
    levels = _apply(logging.INFO, asked_for=True)

    assert bare_root.level == logging.DEBUG
    levels.restore()


def test_a_level_that_was_set_since_is_not_taken_back(bare_root: logging.Logger) -> None:
    """Restoring gives what the application set last."""
    bare_root.handlers.clear()
    nobody_asked = _apply(logging.INFO, asked_for=False)
    bare_root.setLevel(logging.ERROR)
    assert bare_root.level == logging.ERROR
    nobody_asked.restore()
    assert bare_root.level == logging.ERROR

    asked = _apply(logging.INFO, asked_for=True)
    bare_root.setLevel("CRITICAL")
    assert (bare_root.level, application_level(bare_root)) == (logging.INFO, logging.CRITICAL)
    asked.restore()
    assert bare_root.level == logging.CRITICAL


def test_a_level_that_is_just_assigned_is_noticed(bare_root: logging.Logger) -> None:
    """As ``fileConfig`` does to the children of what it configures."""
    logger = logging.getLogger("app.assigned")
    levels = _apply(logging.WARNING, {"app.assigned": logging.DEBUG}, asked_for=False)
    logger.level = logging.NOTSET

    levels.settle()
    assert (logger.level, type(logger.level)) == (logging.DEBUG, ExportLevel)
    levels.restore()


def _stream_on(logger: logging.Logger) -> io.StringIO:
    stream = io.StringIO()
    logger.addHandler(logging.StreamHandler(stream))
    return stream


def _bodies(otlp: OtlpSink, running: Kit) -> list[Any]:
    assert running.flush()
    assert running.status().faults == {}
    return [record.body for record in otlp.logs()]


def test_debug_of_one_logger_is_exported_and_not_printed(
    kit: StartKit, otlp: OtlpSink, bare_root: logging.Logger
) -> None:
    """Its children, too; the others keep their level, and handlers print what they would without the kit."""
    stream = _stream_on(bare_root)
    running = kit(settings={"logs.level": "warning", "logs.levels": "app.orders=debug"})

    for name in ("app", "app.orders", "app.orders.db", "app.ordersx"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger(name).log(level, "%s %s", name, level)

    low = [f"{name} {level}" for name in ("app.orders", "app.orders.db") for level in (10, 20, 30)]
    assert sorted(_bodies(otlp, running)) == sorted(["app 30", *low, "app.ordersx 30"])
    assert stream.getvalue().split("\n") == ["app 30", "app.orders 30", "app.orders.db 30", "app.ordersx 30", ""]


def test_an_entry_may_keep_a_logger_quiet(kit: StartKit, otlp: OtlpSink, bare_root: logging.Logger) -> None:
    """The longest name wins; what the application prints of it stays."""
    stream = _stream_on(bare_root)
    bare_root.setLevel(logging.INFO)
    running = kit(settings={"logs.levels": {"noisy": "error", "noisy.part": "info"}})

    for name in ("noisy", "noisy.other", "noisy.part"):
        logging.getLogger(name).info("%s", name)
        logging.getLogger(name).error("%s!", name)

    assert _bodies(otlp, running) == ["noisy!", "noisy.other!", "noisy.part", "noisy.part!"]
    assert len(stream.getvalue().split()) == 6


@pytest.mark.parametrize("everything", ["*", "root"])
def test_one_entry_may_stand_for_all(kit: StartKit, otlp: OtlpSink, bare_root: logging.Logger, everything: str) -> None:
    """It goes before ``logs.level``."""
    _stream_on(bare_root)
    running = kit(settings={"logs.level": "error", "logs.levels": {everything: "debug"}})

    logging.getLogger("any").debug("x")

    assert _bodies(otlp, running) == ["x"]


def test_levels_change_while_the_application_runs(kit: StartKit, otlp: OtlpSink, bare_root: logging.Logger) -> None:
    """And are what they were after shutdown."""
    stream = _stream_on(bare_root)
    logger = logging.getLogger("app.live")
    running = kit(settings={"logs.level": "warning"})

    logger.debug("1")
    running.reload({"logs.levels": "app.live=debug"})
    logger.debug("2")
    bare_root.setLevel(logging.ERROR)  # the application's handlers follow it, the export does not
    logger.info("3")
    logger.error("4")
    running.reload({"logs.levels": "", "logs.level": "error"})
    logger.warning("5")
    logger.error("6")

    assert _bodies(otlp, running) == ["2", "3", "4", "6"]
    assert stream.getvalue().split() == ["4", "6"]
    running.shutdown()
    assert (bare_root.level, logger.level) == (logging.ERROR, logging.NOTSET)


def test_a_level_that_would_lose_errors_is_refused(otlp: OtlpSink) -> None:
    """With the reason; no other setting of logs can lose one."""
    import otel_kit

    for settings in ({"logs.level": "critical"}, {"logs.levels": "app=critical"}, {"logs.levels": {"app": "fatal"}}):
        with pytest.raises(ConfigError, match="errors are never left out"):
            otel_kit.init("test", strict=True, settings=settings)
