"""Registering checks: by call, by decorator, under names that may name a series."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from otel_kit.errors import ConfigError
from otel_kit.healthchecks.registry import Health
from otel_kit.healthchecks.results import Status

MakeHealth = Callable[..., Health]


def test_decorator_leaves_the_function_as_it_is(make_health: MakeHealth) -> None:
    """It can be called and tested by itself."""
    health = make_health()

    @health.check("db", critical=False)
    def db() -> bool:
        return False

    assert db() is False
    assert health.run().results["db"].status is Status.UNHEALTHY
    assert health.run().status is Status.DEGRADED


@pytest.mark.parametrize("name", ["db", "a", "a.b-c_d9", "x" * 64])
def test_good_names(make_health: MakeHealth, name: str) -> None:
    """Lower case, digits, dot, dash, underscore."""
    health = make_health(strict=True)
    health.check(name, lambda: None)
    assert list(health.run().results) == [name]


@pytest.mark.parametrize("name", ["", "DB", "9a", "a b", "a\n", "ä", "x" * 65, "a/b", None, 7, "\ud800"])
def test_bad_names_are_left_out_or_refused_when_strict(
    make_health: MakeHealth, caplog: pytest.LogCaptureFixture, name: object
) -> None:
    """The application starts all the same; the log says what is wanted."""
    lenient, strict = make_health(), make_health(strict=True)
    with caplog.at_level(logging.WARNING):
        lenient.check(name, lambda: None)  # type: ignore[call-overload]

    assert lenient.run().results == {}
    assert "lower-case letters" in caplog.text
    with pytest.raises(ConfigError, match="lower-case letters"):
        strict.check(name, lambda: None)  # type: ignore[call-overload]


@pytest.mark.parametrize("seconds", ["5s", -1, float("nan"), float("inf"), [], "x"])
@pytest.mark.parametrize("argument", ["timeout_s", "cache_s"])
def test_times_that_are_none(
    make_health: MakeHealth, caplog: pytest.LogCaptureFixture, argument: str, seconds: object
) -> None:
    """Said when the check is registered, not when a request asks for it."""
    lenient, strict = make_health(), make_health(strict=True)
    with caplog.at_level(logging.WARNING):
        lenient.check("db", lambda: None, **{argument: seconds})  # type: ignore[call-overload]

    assert lenient.run().results == {}
    assert f"has no time in {argument}" in caplog.text
    with pytest.raises(ConfigError, match="a number of seconds is wanted"):
        strict.check("db", lambda: None, **{argument: seconds})  # type: ignore[call-overload]


def test_names_are_bounded(make_health: MakeHealth, caplog: pytest.LogCaptureFixture) -> None:
    """A name that is computed makes no series without end."""
    health = make_health()
    with caplog.at_level(logging.WARNING):
        for number in range(100):
            health.check(f"tenant-{number}", lambda: None)

    assert len(health.run().results) == 64
    assert "is one too many" in caplog.text


def test_the_later_of_two_with_one_name_holds(make_health: MakeHealth, caplog: pytest.LogCaptureFixture) -> None:
    """Said once; the same check twice, as in a module that is loaded again, is nothing to say."""
    health = make_health()

    def check() -> None:
        return None

    with caplog.at_level(logging.WARNING):
        health.check("db", check)
        health.check("db", check)
        assert caplog.text == ""
        health.check("db", lambda: False)

    assert "registered twice" in caplog.text
    assert health.run().results["db"].status is Status.UNHEALTHY


def test_a_check_can_be_removed(make_health: MakeHealth) -> None:
    """Such as that of a tenant who left."""
    health = make_health()
    health.check("db", lambda: None)

    assert (health.remove("db"), health.remove("db")) == (True, False)
    assert health.run().results == {}


def test_critical_ones_alone(make_health: MakeHealth) -> None:
    """Readiness waits for no other."""
    health = make_health()
    health.check("db", lambda: None)
    health.check("mail", lambda: False, critical=False)

    assert list(health.run(only_critical=True).results) == ["db"]
