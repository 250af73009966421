"""Context into threads and executors."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from opentelemetry import context as otel_context

from otel_kit.instrument.processes import install as install_processes
from otel_kit.instrument.threads import install
from tests.subprocesses import run_python

KEY = otel_context.create_key("test")


@pytest.fixture(autouse=True)
def value_in_context() -> Iterator[None]:
    """Install the wrappers and put a value into the context."""
    install()
    token = otel_context.attach(otel_context.set_value(KEY, "here"))
    yield
    otel_context.detach(token)


def seen_by(thread_of: Any) -> list[Any]:
    """Return what a started thread sees."""
    seen: list[Any] = []
    thread = thread_of(lambda: seen.append(otel_context.get_value(KEY)))
    thread.start()
    thread.join()
    return seen


class OwnRun(threading.Thread):
    """Overrides ``run``, as many do."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self.act = act

    def run(self) -> None:
        """Act."""
        self.act()


@pytest.mark.parametrize(
    "thread_of",
    [lambda act: threading.Thread(target=act), lambda act: threading.Timer(0, act), OwnRun],
    ids=["Thread", "Timer", "subclass"],
)
def test_every_kind_of_thread_has_the_context_of_its_start(thread_of: Any) -> None:
    """Also those with a ``run`` of their own."""
    assert seen_by(thread_of) == ["here"]


def test_a_pool_has_the_context_of_each_submit() -> None:
    """Not that of its threads' birth; arguments and results go through."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        token = otel_context.attach(otel_context.set_value(KEY, "later"))
        try:
            future = pool.submit(lambda a, b: (a, b, otel_context.get_value(KEY)), 1, b=2)
        finally:
            otel_context.detach(token)
        assert future.result() == (1, 2, "later")
        assert list(pool.map(lambda n: (n, otel_context.get_value(KEY)), [1])) == [(1, "here")]


def test_a_pools_threads_keep_no_context() -> None:
    """Of whoever came first: what is submitted without a context runs without one, and no request is held alive."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        empty = otel_context.attach(otel_context.Context())
        try:
            assert pool.submit(lambda: dict(otel_context.get_current())).result() == {}
        finally:
            otel_context.detach(empty)
        births: list[Any] = []
        with ThreadPoolExecutor(1, initializer=lambda: births.append(dict(otel_context.get_current()))) as other:
            assert other.submit(otel_context.get_value, KEY).result() == "here"
        assert births == [{}]


def test_a_pool_of_multiprocessings_threads_has_the_context_of_each_call() -> None:
    """Its methods hand work over in several ways; none needs to pickle it."""
    install_processes()
    with ThreadPool(1) as pool:
        token = otel_context.attach(otel_context.set_value(KEY, "later"))
        try:
            seen = [
                pool.apply(lambda: otel_context.get_value(KEY)),
                pool.apply_async(func=lambda: otel_context.get_value(KEY)).get(),
                *pool.map(lambda _: otel_context.get_value(KEY), [1]),
                *pool.map_async(lambda _: otel_context.get_value(KEY), [1]).get(),
                *pool.starmap(lambda _: otel_context.get_value(KEY), [(1,)]),
                *pool.starmap_async(lambda _: otel_context.get_value(KEY), [(1,)]).get(),
                *pool.imap(lambda _: otel_context.get_value(KEY), [1]),
                *pool.imap_unordered(lambda _: otel_context.get_value(KEY), [1]),
            ]
        finally:
            otel_context.detach(token)
        assert seen == ["later"] * 8
        assert pool.apply(lambda: otel_context.get_value(KEY)) == "here"


def test_failures_go_through() -> None:
    """What the function raises, what ``start`` and ``submit`` raise."""

    def fail() -> None:
        raise KeyError

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyError):
        pool.submit(fail).result()
    with pytest.raises(TypeError):
        pool.submit()  # type: ignore[call-arg]
    thread = threading.Thread(target=lambda: None)
    thread.start()
    with pytest.raises(RuntimeError):
        thread.start()
    thread.join()
    assert "run" not in vars(thread)


def test_a_finished_thread_is_not_kept() -> None:
    """The wrapper must not hold the thread that it wraps."""
    gc.collect()
    gc.disable()
    try:
        thread = threading.Thread(target=lambda: None)
        reference = weakref.ref(thread)
        thread.start()
        thread.join()
        del thread
        assert reference() is None
    finally:
        gc.enable()


def test_installing_twice_wraps_once() -> None:
    """As every init does."""
    before = (threading.Thread.start, ThreadPoolExecutor.submit)

    install()

    assert (threading.Thread.start, ThreadPoolExecutor.submit) == before


@pytest.mark.parametrize("first", ["kit", "other"])
def test_beside_another_instrumentation_of_threads(first: str) -> None:
    """Whichever wrapped first, a thread runs once, with the context, and fails as it would."""
    done = run_python(
        f"""
        import functools, threading
        from opentelemetry import context as c
        from otel_kit.instrument.threads import install

        def other():
            start, run = threading.Thread.start, threading.Thread.run
            @functools.wraps(start)
            def outer_start(self):
                self._other = c.get_current()
                return start(self)
            @functools.wraps(run)
            def outer_run(self):
                token = c.attach(self._other)
                try:
                    return run(self)
                finally:
                    c.detach(token)
            threading.Thread.start, threading.Thread.run = outer_start, outer_run

        for act in ((install, other) if {first!r} == "kit" else (other, install)):
            act()
        key = c.create_key("k")
        c.attach(c.set_value(key, 1))
        seen = []
        for thread in (threading.Thread(target=lambda: seen.append(c.get_value(key))),
                       threading.Timer(0, lambda: seen.append(c.get_value(key)))):
            thread.start()
            thread.join()
        print(seen)
        """
    )

    assert (done.stdout.strip(), done.stderr) == ("[1, 1]", "")
