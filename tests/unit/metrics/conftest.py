"""A meter whose misuse is counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otel_kit.metrics import misuse
from tests.unit.metrics.metered import Metered


@pytest.fixture
def metered() -> Iterator[Metered]:
    """A meter whose misuse is counted, as while a kit runs."""
    made = Metered()
    misuse.follow(lambda place, _: made.faults.append(place), strict=False)
    yield made
    misuse.follow(None, strict=False)
    made.provider.shutdown()
