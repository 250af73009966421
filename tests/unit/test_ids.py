"""Ids do not repeat: not after random.seed, not in a forked child, not over threads."""

from __future__ import annotations

import os
import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from otel_kit.ids import OwnIdGenerator, new_request_id
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor


def test_seeding_the_shared_generator_does_not_repeat_ids() -> None:
    """Applications that learn or simulate seed it to repeat themselves; their traces must not."""
    generator = OwnIdGenerator()

    random.seed(1)
    first = (generator.generate_trace_id(), generator.generate_span_id(), new_request_id())
    random.seed(1)
    second = (generator.generate_trace_id(), generator.generate_span_id(), new_request_id())

    assert not set(first) & set(second)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_forked_child_makes_other_ids() -> None:
    """The generator's state is copied by fork; without a new seed both would make the same ids."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, f"{OwnIdGenerator().generate_trace_id():032x}".encode())
        os._exit(0)

    os.waitpid(child, 0)

    assert os.read(reading, 64).decode() != f"{OwnIdGenerator().generate_trace_id():032x}"
    os.close(reading)
    os.close(writing)


def test_threads_make_different_ids() -> None:
    """Ten thousand ids of eight threads are all different, and of the right size."""
    generator = OwnIdGenerator()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: generator.generate_span_id(), range(10_000)))

    assert len(set(made)) == 10_000
    assert all(0 < one < 1 << 64 for one in made)


def test_a_request_id_is_never_taken_for_a_card() -> None:
    """Twelve digits in a row could be one, and what joins the records of a request would be masked."""
    made = [new_request_id() for _ in range(5_000)]

    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)
    assert [one for one in made if re.search("[0-9]{12}", one)] == []
    assert [one for one in made if default_redactor().text(f"request {one}", Findings()) != f"request {one}"] == []
