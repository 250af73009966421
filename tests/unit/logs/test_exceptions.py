"""Exceptions as text: the standard library's own, made once; whatever the exception is."""

from __future__ import annotations

import concurrent.futures
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.logs import exceptions
from otel_kit.logs.exceptions import exception_attributes, exception_type, stack_of


class Own(Exception):
    """Of a module of its own."""


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("raw@example.com")


class Unset(Exception):
    """Refuses attributes and has odd answers to everything."""

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("frozen")

    def __eq__(self, other: object) -> bool:
        raise TypeError("no")

    __hash__ = None  # type: ignore[assignment]


class Empty(Exception):
    def __len__(self) -> int:
        return 0


class Text(str):
    def __format__(self, spec: str) -> str:
        raise RuntimeError


class OddText(Exception):
    def __str__(self) -> str:
        return Text("odd")


def _recurse(depth: int) -> None:
    if depth:
        _recurse(depth - 1)
    raise ValueError("deep")


def _ping(depth: int) -> None:
    _pong(depth - 1)


def _pong(depth: int) -> None:
    if depth < 0:
        raise ValueError("far")
    _ping(depth - 1)


def _cause() -> None:
    try:
        raise KeyError("first")
    except KeyError as error:
        raise Own("second") from error


def _context() -> None:
    try:
        _cause()
    except Own:
        raise ValueError("third")  # noqa: B904 - the point


def _from_none() -> None:
    try:
        raise KeyError("hidden")
    except KeyError:
        raise Own("shown") from None


def _both() -> None:
    try:
        raise KeyError("context")
    except KeyError:
        raise Own("shown") from ValueError("another cause")


def _diamond() -> None:
    shared = ValueError("shared")
    cause = Own("cause")
    cause.__context__ = shared
    error = Own("shown")
    error.__context__, error.__cause__ = shared, cause
    error.__suppress_context__ = False
    raise error


def _cycle() -> None:
    first, second = ValueError("one"), ValueError("two")
    first.__context__, second.__context__ = second, first
    raise first


def _self_cause() -> None:
    error = ValueError("own cause")
    error.__cause__ = error
    raise error


def _group() -> None:
    raise ExceptionGroup("several", [ValueError("one"), ExceptionGroup("more", [Own("two")])])


def _noted() -> None:
    error = Own("noted")
    error.add_note("look\nhere")
    raise error


def _strange_notes() -> None:
    error = Own("noted")
    error.__notes__ = 7  # type: ignore[assignment]
    raise error


def _suggestion() -> None:
    colour = 1
    colur  # type: ignore[name-defined]  # noqa: B018, F821
    raise AssertionError(colour)


def _syntax() -> None:
    compile("a =\n", "<text>", "exec")


def _generated() -> None:
    exec(compile("def f():\n    raise ValueError('no source')\nf()", "<generated>", "exec"), {})


def _multi_line() -> None:
    raise Own(
        "a call that goes over lines" + str(len([number for number in range(3)]))  # noqa: C416
    )


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


CASES: dict[str, Callable[[], Any]] = {
    "plain": _raise(ValueError("x")),
    "no text": _raise(ValueError()),
    "key error": _raise(KeyError("a'b")),
    "os error": lambda: Path("/no/such/file").read_text(),
    "module of its own": _raise(Own("y")),
    "several lines": _raise(Own("a\nb\n\nc\n")),
    "lone surrogate": _raise(ValueError("\ud800")),
    "huge": _raise(ValueError("x" * 1_000_000)),
    "interrupt": _raise(KeyboardInterrupt()),
    "exit": _raise(SystemExit(3)),
    "recursion": lambda: _recurse(50),
    "recursion, just shown": lambda: _recurse(2),
    "recursion, one more": lambda: _recurse(4),
    "recursion of two": lambda: _ping(40),
    "cause": _cause,
    "context": _context,
    "from None": _from_none,
    "cause and another context": _both,
    "diamond": _diamond,
    "cycle": _cycle,
    "its own cause": _self_cause,
    "group": _group,
    "notes": _noted,
    "strange notes": _strange_notes,
    "suggestion": _suggestion,
    "attribute": lambda: object().nothing,  # type: ignore[attr-defined]
    "import": lambda: __import__("no_such_module"),
    "syntax": _syntax,
    "no source": _generated,
    "several lines of code": _multi_line,
    "unprintable": _raise(Unprintable()),
    "refuses attributes": _raise(Unset("z")),
    "false": _raise(Empty("false")),
    "odd text": _raise(OddText()),
}


def _caught(act: Callable[[], Any]) -> BaseException:
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_standard_librarys(name: str) -> None:
    """The first time, from the memory, and when it comes by way of more frames."""
    error = _caught(CASES[name])
    wanted = "".join(traceback.format_exception(error))

    assert stack_of(error) == wanted
    assert stack_of(error) == wanted
    again = _caught(_raise(error))
    assert stack_of(again) == "".join(traceback.format_exception(again)) != ""


def test_an_exception_that_was_never_raised_has_no_trace() -> None:
    """Libraries log what they did not raise."""
    assert stack_of(Own("never")) == f"{__name__}.Own: never\n"
    assert stack_of(ValueError()) == "ValueError\n"


_ERRORS = st.sampled_from([ValueError, Own, KeyError, NameError, Unprintable, Empty])


@given(
    st.lists(
        st.tuples(_ERRORS, st.text(max_size=9), st.integers(0, 6), st.sampled_from("fcn ")), min_size=1, max_size=5
    )
)
def test_any_chain_is_the_standard_librarys(links: list[tuple[Any, str, int, str]]) -> None:
    """Causes, contexts, notes and recursion in any order."""
    error: BaseException | None = None
    for kind, text, depth, how in links:

        def act(kind: Any = kind, text: str = text, depth: int = depth, how: str = how, before: Any = error) -> None:
            if depth:
                act(kind, text, depth - 1, how, before)
            made = kind(text)
            if how == "c":
                made.__context__ = before
            if how == "n":
                made.add_note(text)
            if how == "f":
                raise made from before
            raise made

        error = _caught(act)

    assert error is not None
    assert stack_of(error) == "".join(traceback.format_exception(error))


def test_what_changes_about_an_exception_changes_its_text() -> None:
    """Notes, text and way: the memory holds only while nothing has changed."""
    error = _caught(_noted)
    first = stack_of(error)
    error.add_note("more")
    second = stack_of(error)
    error.args = ("renamed",)

    assert (first.count("more"), second.count("more")) == (0, 1)
    assert "renamed" in stack_of(error)


def test_the_memory_is_not_carried_along() -> None:
    """Executors and queues of other processes pickle exceptions."""
    error = _caught(_noted)
    wanted = stack_of(error)

    copy = pickle.loads(pickle.dumps(error))

    assert wanted
    assert vars(copy)["_otel_kit_stack"] is None
    assert stack_of(copy).startswith(f"{__name__}.Own: noted")


def test_endless_chains_are_cut() -> None:
    """A loop that raises from its last failure: the newest stay."""
    error: BaseException = ValueError("0")
    for number in range(1, 5000):
        newer = ValueError(str(number))
        newer.__cause__ = error
        error = newer

    lines = stack_of(error).splitlines()

    assert (lines[0], lines[-1]) == ("[older exceptions left out]", "ValueError: 4999")
    assert "ValueError: 4950" in lines
    assert "ValueError: 4949" not in lines


def test_the_frames_memory_is_bounded() -> None:
    """Generated code is new each time."""
    for _ in range(exceptions._MAX_FRAMES // 3 + 10):
        stack_of(_caught(_generated))

    assert len(exceptions._frames) <= exceptions._MAX_FRAMES


def test_threads_agree() -> None:
    """Without a lock: the same frames, made at the same time, cleared in between."""
    error = _caught(_context)
    wanted = "".join(traceback.format_exception(error))

    def work(number: int) -> str:
        if number % 7 == 0:
            exceptions._frames.clear()
        return stack_of(error)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(400))) == {wanted}


def test_attributes_are_the_conventions() -> None:
    """Type, message, stack trace; also of what cannot be printed."""
    error = _caught(CASES["unprintable"])
    assert exception_attributes(error) == {
        "exception.type": f"{__name__}.Unprintable",
        "exception.message": "<Unprintable: no text, RuntimeError>",
        "exception.stacktrace": stack_of(error),
        "otel_kit.repaired": True,
    }
    assert exception_type(ValueError()) == "ValueError"


class Hostile:
    """No exception at all: a record's ``exc_info`` can hold anything."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError


@pytest.mark.parametrize("make", [lambda: 7, lambda: None, lambda: "text", Hostile], ids=range(4))
def test_what_is_no_exception_does_no_harm(make: Any) -> None:
    """It gets some text, or none."""
    assert stack_of(make()) == "" or "no text" in stack_of(make())
