"""Last moments: taken where they are free, given back, shared."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from collections.abc import Iterator

import pytest

from otel_kit.process_hooks import Acts, ExitBudget, ProcessHooks


@pytest.fixture
def called() -> list[str]:
    """What was called, in order."""
    return []


@pytest.fixture
def hooks(called: list[str]) -> Iterator[ProcessHooks]:
    """Hooks whose acts write down their names; removed after the test."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    names = ("at_exit", "on_terminate", "before_fork", "after_fork_in_parent", "after_fork")
    made = ProcessHooks(Acts(**{name: lambda name=name: called.append(name) for name in names}))  # type: ignore[misc]
    yield made
    made.remove()
    signal.signal(signal.SIGTERM, before)


def test_sigterm_is_taken_and_given_back(hooks: ProcessHooks) -> None:
    """Only while the kit runs."""
    hooks.install()
    taken = signal.getsignal(signal.SIGTERM)
    hooks.remove()

    assert taken == hooks._on_sigterm
    assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)


def test_sigterm_of_somebody_else_is_left_alone(hooks: ProcessHooks) -> None:
    """A server that runs already has its own; so has one that ignores it."""

    def theirs(*_: object) -> None:
        """Do what they do."""

    for handler in (theirs, signal.SIG_IGN):
        signal.signal(signal.SIGTERM, handler)
        hooks.install()
        assert handler == signal.getsignal(signal.SIGTERM)
        hooks.remove()
        assert handler == signal.getsignal(signal.SIGTERM)


def test_handler_set_after_the_kits_is_not_taken_away(hooks: ProcessHooks) -> None:
    """Removing gives back what is still the kit's only."""
    hooks.install()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hooks.remove()

    assert signal.SIG_IGN == signal.getsignal(signal.SIGTERM)


def test_install_on_another_thread_works_without_the_signal(hooks: ProcessHooks) -> None:
    """Python lets the main thread only set handlers."""
    thread = threading.Thread(target=hooks.install)
    thread.start()
    thread.join()

    assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)


def test_fork_calls_its_acts_in_order(hooks: ProcessHooks, called: list[str]) -> None:
    """In the child the last of them, before anything of the application runs there."""
    hooks.install()

    child = os.fork()
    if child == 0:
        os._exit(0 if called == ["before_fork", "after_fork"] else 1)
    _, status = os.waitpid(child, 0)

    assert 0 == os.waitstatus_to_exitcode(status)
    assert ["before_fork", "after_fork_in_parent"] == called


def test_removed_hooks_do_nothing_at_a_fork(hooks: ProcessHooks, called: list[str]) -> None:
    """Fork hooks cannot be taken back."""
    hooks.install()
    hooks.remove()

    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

    assert [] == called


def test_fork_hooks_keep_no_dead_kit_alive() -> None:
    """What is registered for forks stays for ever."""
    made = ProcessHooks(Acts(*[lambda: None] * 5))
    made.install()
    made.remove()
    reference = weakref.ref(made)

    del made
    gc.collect()

    assert reference() is None


def test_budget_is_shared_by_moments_that_follow_each_other() -> None:
    """What the lifespan has used up, the interpreter's end does not use again; one line is said."""
    budget = ExitBudget(2.0)

    before = budget.left()
    budget.spent()

    assert (2.0, 0.0) == (before, budget.left())
    assert [True, False] == [budget.may_speak(), budget.may_speak()]
