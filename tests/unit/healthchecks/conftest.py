"""Checks to try, and servers to try them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otel_kit.healthchecks.registry import Health
from otel_kit.settings.health_options import HealthOptions
from tests.unit.healthchecks.stand_in import StandIn


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A provider on loopback."""
    server = StandIn()
    yield server
    server.stop()


def _fail(place: str, error: BaseException) -> None:
    raise AssertionError(place) from error


@pytest.fixture
def make_health() -> Iterator[Callable[..., Health]]:
    """A function that makes a registry with settings of the test's choice; none runs by itself."""
    made: list[Health] = []

    def make(*, strict: bool = False, **options: Any) -> Health:
        health = Health(HealthOptions(**{"interval_s": 0.0, **options}), _fail, strict=strict)
        made.append(health)
        return health

    yield make
    for health in made:
        health.stop()
