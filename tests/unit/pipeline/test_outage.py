"""An endpoint that is away is said once, whoever notices, and not at every flicker."""

from __future__ import annotations

import logging

import pytest

from otel_kit.pipeline.outage import Outage


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at zero."""
    return Clock()


@pytest.fixture
def outage(clock: Clock, caplog: pytest.LogCaptureFixture) -> Outage:
    """An endpoint, and whatever it logs is kept."""
    caplog.set_level(logging.WARNING)
    return Outage("http://localhost:4318 (http/protobuf)", clock)


def test_three_signals_say_one_line(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    """It names the endpoint, the reason and what becomes of the data."""
    for _ in range(3):
        outage.begin("Connection refused")

    (message,) = caplog.messages
    assert "http://localhost:4318 (http/protobuf): Connection refused. It is kept in memory" in message


def test_a_new_outage_is_said_again_after_a_minute(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """An endpoint that flickers does not fill the log."""
    outage.begin("first")
    outage.end()
    outage.begin("too soon")
    outage.end()
    clock.now = 61.0
    outage.begin("second")

    assert [message.partition("): ")[2].partition(".")[0] for message in caplog.messages] == ["first", "second"]


def test_a_child_speaks_for_itself(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    """What the parent said is not known to a forked child's log."""
    outage.begin("parent")
    outage.after_fork()
    outage.begin("child")

    assert len(caplog.messages) == 2
