"""@traced and @monitored: what they refuse, what they keep, what they record."""

from __future__ import annotations

import asyncio
import functools
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_kit.instrument.captured_arguments import arguments_to_capture, captured
from otel_kit.instrument.functions import monitored, traced

ROOT = Path(__file__).parents[3]
PREFIX = "otel_kit.function.argument."


class Hostile:
    """Cannot be printed."""

    def __repr__(self) -> str:
        raise RuntimeError


def full(one: Any, /, two: Any, three: Any = 3, *rest: Any, four: Any, five: Any = 5, **more: Any) -> None:
    """Have parameters of every kind."""


@pytest.mark.parametrize(
    ("names", "args", "kwargs", "found"),
    [
        (["one", "two"], (1, 2), {"four": 4}, {"one": 1, "two": 2}),
        (["two", "three"], (1,), {"two": 2, "four": 4}, {"two": 2, "three": 3}),
        (["three"], (1, 2, "c"), {"four": 4}, {"three": "c"}),
        (["rest"], (1, 2, 3, 4, 5), {"four": 4}, {"rest": [4, 5]}),
        (["rest"], (1,), {"two": 2, "four": 4}, {"rest": []}),
        (["four", "five"], (1, 2), {"four": 4}, {"four": 4, "five": 5}),
        (["more"], (1, 2), {"four": 4, "x": 1, "y": [2]}, {"more": {"x": 1, "y": [2]}}),
        (["x", "y"], (1, 2), {"four": 4, "x": 1}, {"x": 1}),
        ("four", (1, 2), {"four": Hostile()}, {"four": "<Hostile: no text, RuntimeError>"}),
        (["one", "two"], (), {}, {}),  # a call that the function will refuse
    ],
)
def test_arguments_are_found_as_a_call_binds_them(names: Any, args: Any, kwargs: Any, found: Any) -> None:
    """Those that are named, and no others."""
    arguments = arguments_to_capture(full, names)

    assert captured(arguments, args, kwargs) == {PREFIX + name: value for name, value in found.items()}


@pytest.mark.parametrize("decorator", [traced, monitored])
@pytest.mark.parametrize(
    ("capture", "said"),
    [
        (("order_ids",), "charge has no parameter 'order_ids'; did you mean 'order_id'?"),
        (("zzz",), "charge has no parameter 'zzz'; it has order_id, amount"),
        ("order", "charge has no parameter 'order'; did you mean 'order_id'?"),
    ],
)
def test_an_unknown_name_is_refused_at_once(decorator: Any, capture: Any, said: str) -> None:
    """With the nearest parameter."""

    def charge(order_id: str, amount: int) -> None: ...

    with pytest.raises(ValueError, match=r"^capture: ") as caught:
        decorator(capture=capture)(charge)
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
    ("decorate", "error", "said"),
    [
        (lambda: traced(Hostile), TypeError, "Hostile is a class: decorate its methods"),
        (lambda: monitored(name="x")(Hostile), TypeError, "@monitored is for functions, Hostile is a class"),
        (lambda: traced("name"), TypeError, "name='name'"),  # type: ignore[call-overload]
        (lambda: traced(property(len)), TypeError, "this is a property; decorate below"),  # type: ignore[call-overload]
        (lambda: traced(5), TypeError, "this is a int"),  # type: ignore[call-overload]
        (lambda: traced(kind="clientt")(len), ValueError, "'clientt' is none of internal, server, client"),  # type: ignore[call-overload]
    ],
)
def test_what_is_no_function_is_refused_at_once(decorate: Callable[[], Any], error: type[Exception], said: str) -> None:
    """Not at the first call."""
    with pytest.raises(error) as caught:
        decorate()
    assert said in str(caught.value)


@pytest.mark.parametrize("decorator", [traced, monitored])
def test_before_init_a_function_does_what_it_does(decorator: Any) -> None:
    """Results, exceptions, methods of all kinds, and what inspect says."""

    class Shop:
        @decorator
        def method(self, value: int) -> tuple[Any, int]:
            """Docstring."""
            return self, value

        @decorator
        @staticmethod
        def above_static(value: int) -> int:
            return value

        @staticmethod
        @decorator
        def below_static(value: int) -> int:
            return value

        @decorator
        @classmethod
        def above_class(cls, value: int) -> tuple[Any, int]:
            return cls, value

        @classmethod
        @decorator(capture=("value",))
        def below_class(cls, value: int) -> tuple[Any, int]:
            return cls, value

        @property
        @decorator
        def attribute(self) -> int:
            return 1

        @decorator
        def __call__(self) -> int:
            return 2

    @decorator
    async def coroutine(value: int) -> int:
        await asyncio.sleep(0)
        return value

    @decorator
    def generator() -> Iterator[int]:
        yield 1

    shop = Shop()
    assert (shop.method(1), Shop.method.__doc__, Shop.method.__qualname__) == (
        (shop, 1), "Docstring.", f"{Shop.__qualname__}.method",
    )  # fmt: skip
    assert [Shop.above_static(1), shop.below_static(2)] == [1, 2]
    assert [Shop.above_class(1), shop.below_class(2)] == [(Shop, 1), (Shop, 2)]
    assert (shop.attribute, shop(), asyncio.run(coroutine(3)), list(generator())) == (1, 2, 3, [1])
    assert (inspect.iscoroutinefunction(coroutine), inspect.isgeneratorfunction(generator)) == (True, True)
    assert decorator(functools.partial(int, "11", base=2))() == 3
    with pytest.raises(ValueError, match="invalid literal"):
        decorator(lambda text: int(text))("x")


def test_types_stay_for_mypy(tmp_path: Path) -> None:
    """Bare and with arguments; a wrong call of a decorated function is still found."""
    file = tmp_path / "typed.py"
    file.write_text(
        textwrap.dedent(
            """
            from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
            from typing import Any, assert_type
            from otel_kit.instrument.functions import monitored, traced

            @traced
            def bare(a: int, *, b: str = "") -> str: return b * a

            @monitored(name="x", capture=("a",), kind="client", attributes={"k": 1})
            async def called(a: int) -> str: return str(a)

            @traced
            def steps() -> Iterator[int]: yield 1

            @monitored
            async def asteps() -> AsyncIterator[int]: yield 1

            class Shop:
                @traced
                def method(self, a: int) -> int: return a

                @traced
                @staticmethod
                def static(a: int) -> int: return a

                @classmethod
                @monitored
                def of_class(cls, a: int) -> int: return a

            assert_type(bare(1, b="x"), str)
            coroutine = assert_type(called(1), Coroutine[Any, Any, str])
            assert_type(steps(), Iterator[int])
            assert_type(asteps(), AsyncIterator[int])
            assert_type(Shop().method(1), int)
            assert_type(Shop.static(1), int)
            assert_type(Shop.of_class(1), int)
            bare("wrong")  # type: ignore[arg-type]
            traced(kind="wrong")  # type: ignore[call-overload]
            """
        )
    )

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
