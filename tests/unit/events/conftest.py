"""An outlet of one's own: strict or not, and what was counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from otel_kit.events import outlet
from otel_kit.events.outlet import NOBODY, Outlet

Counted = list[tuple[str, str]]


@pytest.fixture
def use_outlet() -> Iterator[Callable[[bool], Counted]]:
    """A function that puts an outlet in force and returns the list of what it counts."""

    def use(strict: bool) -> Counted:
        counted: Counted = []
        outlet.use(Outlet(strict=strict, count_fault=lambda place, error: counted.append((place, str(error)))))
        return counted

    yield use
    outlet.use(NOBODY)
