"""Which changes of an alert are told: cool-down, hourly cap, what gets worse, and what went untold meanwhile."""

from __future__ import annotations

import pytest

from otel_kit.events.alert_state import AlertLimits, AlertState, Change


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture
def state(clock: Clock) -> AlertState:
    """No alert yet."""
    return AlertState(clock)


def _told(change: Change | None) -> str | None:
    """None: nothing has changed. Else why it is not told, or ``told``."""
    return None if change is None else change.held or "told"


def test_only_changes_are_told(state: AlertState, clock: Clock) -> None:
    """Raising what is active says nothing, however often and however much later."""
    assert _told(state.raised("db", "high", "slow")) == "told"
    clock.now += 5
    assert _told(state.raised("db", "high", None)) is None
    clock.now += 4000
    assert _told(state.raised("db", "high", "slower")) is None
    assert [one.reason for one in state.active()] == ["slower"]
    over = state.resolved("db")
    assert over is not None
    assert (over.held, over.lasted_s) == (None, 4005.0)
    assert state.resolved("db") is None
    assert state.active() == ()


def test_one_that_flaps_is_told_once_and_later_with_what_went_untold(state: AlertState, clock: Clock) -> None:
    """Five minutes of silence; one that is active when they are over is told then."""
    assert _told(state.raised("db", "high", None)) == "told"
    assert _told(state.resolved("db")) == "told"
    for _ in range(3):
        clock.now += 10
        assert _told(state.raised("db", "high", None)) == "cooldown"
        assert [one.name for one in state.active()] == ["db"]
        clock.now += 10
        assert _told(state.resolved("db")) == "cooldown"
    assert _told(state.raised("db", "high", None)) == "cooldown"
    clock.now += 300
    late = state.raised("db", "high", None)
    assert late is not None
    assert (late.held, late.left_out) == (None, 7)
    assert _told(state.resolved("db")) == "told"


def test_what_gets_worse_is_told_at_once_and_what_gets_better_when_the_time_is_over(
    state: AlertState, clock: Clock
) -> None:
    """Also when it is worse than what was told before and is over."""
    assert _told(state.raised("db", "low", None)) == "told"
    assert _told(state.raised("db", "critical", None)) == "told"
    assert _told(state.raised("db", "medium", None)) == "cooldown"
    assert _told(state.raised("db", "medium", None)) is None
    clock.now += 300
    assert _told(state.raised("db", "medium", None)) == "told"
    assert _told(state.resolved("db")) == "told"
    assert _told(state.raised("db", "high", None)) == "told"
    assert _told(state.raised("db", "high", None, "TimeoutError")) == "told"
    assert _told(state.raised("db", "high", None, "TimeoutError")) is None


def test_hourly_cap(state: AlertState, clock: Clock) -> None:
    """By name; what was told as active is always told as over; an hour later there is room again."""
    state.limits = AlertLimits(cooldown_s=0, hourly_cap=4)
    outcomes = []
    for _ in range(5):
        outcomes += [_told(state.raised("db", "high", None)), _told(state.resolved("db"))]
        clock.now += 1
    assert outcomes == ["told"] * 4 + ["hourly_cap"] * 6
    assert _told(state.raised("other", "high", None)) == "told"
    clock.now += 3600
    assert _told(state.raised("db", "high", None)) == "told"


def test_series_are_bounded_and_go_back_to_zero(state: AlertState) -> None:
    """One for each severity that a name ever had; names have a limit."""
    state.limits = AlertLimits(names=2)
    state.raised("db", "low", None)
    state.raised("db", "high", "bob@example.com is waiting")
    state.raised("mail", "low", None)

    assert sorted(state.series()) == [("db", "high", 1), ("db", "low", 0), ("mail", "low", 1)]
    assert [state.has_room_for(name) for name in ("db", "mail", "third")] == [True, True, False]
    state.end_all()
    assert sorted(state.series()) == [("db", "high", 0), ("db", "low", 0), ("mail", "low", 0)]
    state.raised("mail", "low", None)
    state.forget_inactive()
    assert list(state.series()) == [("mail", "low", 1)]
    state.clear()
    assert (list(state.series()), state.active()) == ([], ())


def test_what_comes_after_the_end_finds_room_and_the_first_limits(state: AlertState) -> None:
    """Between one kit and the next, names and limits of the one that ended bind nobody."""
    state.limits = AlertLimits(names=1)
    state.raised("db", "low", None)
    state.end_all()

    assert sorted(state.series()) == [("db", "low", 0)]
    assert state.has_room_for("early")
    assert list(state.series()) == []
    assert state.limits == AlertLimits()
