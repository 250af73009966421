"""The application's own random numbers are none of the kit's business."""

import random

from otel_kit.healthchecks.schedule import _jitter
from otel_kit.ids import OwnIdGenerator, new_request_id
from otel_kit.logs.admission import _is_kept


def test_nothing_is_drawn_from_the_shared_generator() -> None:
    """An application that seeds it draws the same whatever the kit does."""
    before = random.getstate()

    drawn = (OwnIdGenerator().generate_trace_id(), new_request_id(), _is_kept(0.5), _jitter())

    assert len(drawn) == 4
    assert random.getstate() == before


def test_the_shared_seed_repeats_nothing_of_ours() -> None:
    """Two processes with one seed have different ids."""
    state = random.getstate()
    try:
        random.seed(1)
        first = new_request_id()
        random.seed(1)
        assert new_request_id() != first
    finally:
        random.setstate(state)
