"""The root logger's level is lowered where nobody chose it, and comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from otel_kit.logs.root_level import RootLevel


@pytest.fixture(autouse=True)
def bare_root() -> Iterator[logging.Logger]:
    """A root logger as Python leaves it: WARNING, no handler."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    root.setLevel(logging.WARNING)
    yield root
    root.handlers[:] = before[1]
    root.setLevel(before[0])


def test_an_unconfigured_root_is_lowered_and_restored(bare_root: logging.Logger) -> None:
    """Otherwise a log line of level INFO would be lost for no reason that anybody gave."""
    bare_root.handlers.clear()  # pytest puts its own there for the length of a test

    level = RootLevel(logging.INFO, asked_for=False)
    lowered = bare_root.level
    level.restore()

    assert (lowered, bare_root.level) == (logging.INFO, logging.WARNING)


def test_a_configured_root_is_left_alone(bare_root: logging.Logger) -> None:
    """An application that configured logging chose its level."""
    bare_root.addHandler(logging.StreamHandler())

    RootLevel(logging.INFO, asked_for=False)

    assert bare_root.level == logging.WARNING


def test_a_level_that_was_asked_for_goes_before_the_applications(bare_root: logging.Logger) -> None:
    """`logs.level` was set, by whatever source."""
    bare_root.addHandler(logging.StreamHandler())

    RootLevel(logging.INFO, asked_for=True)

    assert bare_root.level == logging.INFO


def test_a_root_that_lets_more_through_is_not_raised(bare_root: logging.Logger) -> None:
    """The export's level belongs to the handler; other handlers may want more."""
    bare_root.setLevel(logging.DEBUG)

    RootLevel(logging.INFO, asked_for=True)

    assert bare_root.level == logging.DEBUG


def test_a_level_that_was_set_since_is_not_taken_back(bare_root: logging.Logger) -> None:
    """Restoring must not undo what the application did meanwhile."""
    bare_root.handlers.clear()
    level = RootLevel(logging.INFO, asked_for=False)
    bare_root.setLevel(logging.ERROR)

    level.restore()

    assert bare_root.level == logging.ERROR
