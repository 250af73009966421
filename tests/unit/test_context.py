"""bind(): where values hold, and where they do not."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import re
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry.sdk.trace import TracerProvider

import otel_kit
from otel_kit.context import bind, bound, current, with_request_scope
from tests.subprocesses import run_python


@pytest.fixture(autouse=True)
def own_context() -> Iterator[None]:
    """Keep what a test binds from the next one."""
    token = otel_context.attach(otel_context.Context())
    yield
    otel_context.detach(token)


class Hostile:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


def in_request(values: dict[str, Any] | None = None, span: Any = None) -> object:
    """Enter the scope of a request for the rest of the test."""
    return otel_context.attach(with_request_scope(otel_context.Context(), values or {}, span))


def test_names_become_the_conventions_attributes() -> None:
    """Other names stay as they are."""
    bind(user_id="u", session_id="s", tenant="t", request_id="r", colour="red")

    assert bound() == {
        "user.id": "u", "session.id": "s", "otel_kit.tenant": "t", "otel_kit.request_id": "r", "colour": "red"
    }  # fmt: skip
    assert (current().request_id, dict(current().bound)) == ("r", dict(bound()))


def test_none_removes() -> None:
    """Whether it was there or not."""
    bind(user_id="u", tenant="t")
    bind(user_id=None, session_id=None)

    assert bound() == {"otel_kit.tenant": "t"}


def test_a_block_holds_until_its_end() -> None:
    """Blocks nest, and a plain bind inside ends with the block."""
    bind(a=1)
    with bind(b=2):
        with bind(a=3, c=4):
            bind(d=5)
            assert bound() == {"a": 3, "b": 2, "c": 4, "d": 5}
        assert bound() == {"a": 1, "b": 2}
    assert bound() == {"a": 1}


def test_a_block_ends_with_an_exception_too() -> None:
    """And lets it through."""
    with pytest.raises(KeyError), bind(a=1):
        raise KeyError

    assert bound() == {}


def test_one_object_may_be_used_as_a_block_again() -> None:
    """Also within itself, and without undoing what was bound since."""
    block = bind(a=1)
    with block, block:
        assert bound() == {"a": 1}
    bind(b=2)
    with block:
        assert bound() == {"a": 1, "b": 2}
    assert bound() == {"b": 2}


@pytest.mark.parametrize("scope", ["request", "task"])
def test_a_decorator_binds_around_each_call_only(scope: str) -> None:
    """Sync and async; defining the function binds nothing."""
    if scope == "request":
        in_request()

    @bind(job="sync")
    def sync(number: int) -> tuple[int, dict[str, Any]]:
        """Docstring."""
        return number, dict(bound())

    @bind(job="async")
    async def asynchronous(number: int) -> tuple[int, dict[str, Any]]:
        await asyncio.sleep(0)
        return number, dict(bound())

    assert bound() == {}
    assert (sync(1), asyncio.run(asynchronous(2))) == ((1, {"job": "sync"}), (2, {"job": "async"}))
    assert (bound(), sync.__doc__, asyncio.iscoroutinefunction(asynchronous)) == ({}, "Docstring.", True)


def test_a_decorator_stands_in_either_order_with_those_of_methods() -> None:
    """A class would be no class afterwards, and is refused."""

    class Shop:
        @bind(job="static")
        @staticmethod
        def static(number: int) -> tuple[int, dict[str, Any]]:
            return number, dict(bound())

        @bind(job="class")
        @classmethod
        def of_class(cls, number: int) -> tuple[int, dict[str, Any]]:
            return number, dict(bound())

    assert (Shop().static(1), Shop.of_class(2)) == ((1, {"job": "static"}), (2, {"job": "class"}))
    with pytest.raises(TypeError, match="Shop is a class: decorate its methods"):
        bind(job="none")(Shop)
    with pytest.raises(TypeError, match="this is a property; decorate below a property"):
        bind(job="none")(property())  # type: ignore[type-var]
    assert bound() == {}


def test_a_decorator_at_import_makes_no_scope_that_tasks_share() -> None:
    """Tasks without a request keep what they bind to themselves."""

    @bind(tenant="x")
    def function() -> None:
        """Do nothing."""

    seen: dict[str, Any] = {}

    async def task(name: str, other: asyncio.Event, mine: asyncio.Event) -> None:
        bind(user_id=name)
        mine.set()
        await other.wait()
        seen[name] = dict(bound())

    async def both() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        await asyncio.gather(task("a", first, second), task("b", second, first))

    function()
    asyncio.run(both())

    assert seen == {"a": {"user.id": "a"}, "b": {"user.id": "b"}}


def test_what_main_bound_is_there_in_tasks_but_not_the_other_way() -> None:
    """A worker's name is bound once; each job adds its own."""
    bind(worker="w")

    async def job(name: str) -> dict[str, Any]:
        bind(job=name)
        await asyncio.sleep(0)
        return dict(bound())

    async def both() -> list[dict[str, Any]]:
        return await asyncio.gather(job("1"), job("2"))

    assert asyncio.run(both()) == [{"worker": "w", "job": "1"}, {"worker": "w", "job": "2"}]
    assert bound() == {"worker": "w"}


def test_a_request_has_one_scope_for_all_its_threads_and_tasks() -> None:
    """What a dependency in a worker thread binds is there for the handler after it."""
    in_request({"otel_kit.request_id": "r"})
    context = otel_context.get_current()

    def dependency() -> None:
        otel_context.attach(context)
        bind(user_id="u")

    thread = threading.Thread(target=dependency)
    thread.start()
    thread.join()

    assert bound() == {"otel_kit.request_id": "r", "user.id": "u"}


def test_no_bind_of_a_requests_threads_is_lost() -> None:
    """Many bind at once."""
    in_request()
    context = otel_context.get_current()
    ready = threading.Barrier(8)

    def work(number: int) -> None:
        otel_context.attach(context)
        ready.wait()
        for step in range(200):
            bind(**{f"k{number}_{step}": step})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert len(bound()) == 1600


def test_blocks_of_concurrent_tasks_of_a_request_do_not_meet() -> None:
    """Each sees its own value and what the request has."""
    in_request({"r": 1})
    seen: dict[str, Any] = {}

    async def part(name: str, barrier: asyncio.Barrier) -> None:
        with bind(part=name):
            await barrier.wait()
            seen[name] = dict(bound())
            await barrier.wait()

    async def all_parts() -> None:
        barrier = asyncio.Barrier(3)
        await asyncio.gather(*(part(name, barrier) for name in "abc"))

    asyncio.run(all_parts())

    assert seen == {name: {"r": 1, "part": name} for name in "abc"}
    assert bound() == {"r": 1}


def test_taking_a_block_back_keeps_what_others_bound_meanwhile() -> None:
    """The block's values go, the other's stay."""
    in_request({"a": 0})
    block = bind(a=1, b=2)
    bind(other=3)

    with block:
        assert bound() == {"a": 1, "b": 2, "other": 3}

    assert bound() == {"a": 0, "other": 3}


def test_a_block_left_in_another_context_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """FastAPI enters and leaves sync dependencies that yield in different copies of the context."""

    def dependency() -> Iterator[None]:
        with bind(a=1):
            yield

    steps = dependency()
    entered = contextvars.copy_context()
    entered.run(next, steps)

    with caplog.at_level(logging.DEBUG):
        contextvars.copy_context().run(next, steps, None)

    assert (caplog.records, dict(bound())) == ([], {})


def test_a_block_left_in_a_copy_of_its_context_ends_there() -> None:
    """A task started within a block may end it for itself."""
    block = bind(a=1)
    block.__enter__()

    def leave() -> dict[str, Any]:
        block.__exit__(None, None, None)
        return dict(bound())

    assert contextvars.copy_context().run(leave) == {}


def test_running_spans_get_what_is_bound() -> None:
    """The request's own and the current one."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")
    request_span = tracer.start_span("request")
    in_request(span=request_span)

    with tracer.start_as_current_span("inner") as inner:
        bind(user_id="u", gone=None)

    assert dict(request_span.attributes or {}) == dict(inner.attributes or {}) == {"user.id": "u"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", [Hostile(), [Hostile()], {"a": Hostile()}, "\ud800", 2**70, object(), b"\xff"])
def test_no_value_makes_bind_raise(value: Any) -> None:
    """Not even with a span that runs."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")

    with tracer.start_as_current_span("s"), bind(value=value):
        bind(user_id=value)
        assert set(bound()) == {"value", "user.id"}


def test_current_without_anything_is_empty() -> None:
    """Before init, outside requests."""
    assert otel_kit.current() == otel_kit.context.Current(None, None, None, {})


def test_a_decorated_generator_has_the_values_in_each_of_its_steps() -> None:
    """Its caller has not."""

    @bind(job="sync")
    def steps() -> Iterator[dict[str, Any]]:
        yield dict(bound())
        bind(more=1)
        yield dict(bound())
        yield dict(bound())

    seen = [(inside, dict(bound())) for inside in steps()]

    assert seen == [({"job": "sync"}, {}), ({"job": "sync", "more": 1}, {}), ({"job": "sync", "more": 1}, {})]


def test_a_decorated_async_generator_has_the_values_in_each_of_its_steps() -> None:
    """Also in a request, whose own scope stays without them."""
    in_request({"r": 1})

    @bind(job="async")
    async def steps() -> AsyncIterator[dict[str, Any]]:
        yield dict(bound())
        await asyncio.sleep(0)
        yield dict(bound())

    async def consume() -> list[Any]:
        return [(inside, dict(bound())) async for inside in steps()]

    assert asyncio.run(consume()) == [({"r": 1, "job": "async"}, {"r": 1})] * 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.b-C_9", True), ("x" * 64, True), (42, True), (uuid.UUID(int=7), True),
        ("x" * 65, False), ("", False), ("a b", False), ("a\n", False), ("ä", False), ("<script>", False),
        ("\ud800", False), (b"abc", False), (Hostile(), False), (["a"], False), (2**300, False),
    ],
)  # fmt: skip
def test_a_bound_request_id_is_one_or_is_replaced(given: Any, kept: bool) -> None:
    """It ends up in headers and searches."""
    bind(request_id=given)

    request_id = current().request_id
    assert request_id is not None
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", request_id)
    assert (request_id == str(given)) if kept else len(request_id) == 32


@pytest.mark.skipif(not hasattr(os, "fork"), reason="not run: this system has no fork")
def test_a_child_binds_though_another_thread_held_the_lock_at_the_fork() -> None:
    """A request's scope is shared by its threads."""
    done = run_python(
        """
        import os, threading
        from opentelemetry import context as c
        from otel_kit import context
        c.attach(context.with_request_scope(c.Context(), {}))
        held, forked = threading.Event(), threading.Event()
        def hold():
            with scope.lock:
                held.set()
                forked.wait()
        scope = context._scope()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            context.bind(user_id="u")
            os._exit(0 if context.bound() == {"user.id": "u"} else 1)
        print(os.waitpid(child, 0)[1])
        forked.set()
        thread.join()
        """,
        timeout_s=10,
    )

    assert (done.stdout.strip(), done.stderr) == ("0", "")
