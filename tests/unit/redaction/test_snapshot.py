"""Snapshots: whatever an application hands over becomes a plain value, quickly, without fail."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.redaction.snapshot import plain, text_of


class Raising:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


class Liar:
    """Raises when asked for its class."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError


class Endless(list):  # type: ignore[type-arg]
    """Never stops."""

    def __iter__(self) -> Any:
        return count()


class Broken(dict):  # type: ignore[type-arg]
    """Cannot be read."""

    def items(self) -> Any:
        raise RuntimeError


def _cycle() -> list[Any]:
    items: list[Any] = []
    items += [items] * 50
    return items


def _bomb() -> list[Any]:
    items: list[Any] = ["x"]
    for _ in range(40):
        items = [items] * 10
    return items


def _deep() -> Any:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    return value


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_size(item) for item in value.values())
    if isinstance(value, list):
        return 1 + sum(_size(item) for item in value)
    return 1


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1, 1), ("a", "a"), (None, None), (b"x", b"x"), (True, True), (1.5, 1.5), (2**70, 2**70), ("\ud800", "\ud800"),
        ((1, {2}), [1, [2]]), ({1: (2,), "a": None}, {"1": [2], "a": None}),
        (Raising(), "<Raising: no text, RuntimeError>"), ([Raising()], ["<Raising: no text, RuntimeError>"]),
        ({Raising(): 1}, {"<Raising: no text, RuntimeError>": 1}), (Broken(a=1), "<Broken: no value, RuntimeError>"),
        ([[[]]], [[[]]]), ({"a": _cycle()}, {"a": ["[cycle]"] * 50}),
    ],
)  # fmt: skip
def test_values_become_plain(value: Any, wanted: Any) -> None:
    """Scalars stay, containers are copied, the rest is told by its text."""
    assert plain(value) == wanted


@pytest.mark.parametrize(
    "build", [_cycle, _bomb, _deep, lambda: Endless([1]), Liar, lambda: [0] * 10_000_000], ids=range(6)
)
def test_a_snapshot_is_bounded(build: Callable[[], Any]) -> None:
    """In size and time, whatever the containers hold."""
    assert _size(plain(build())) <= 10_000


def test_no_later_change_reaches_a_snapshot() -> None:
    """The record waits for its batch while the application goes on."""
    value = {"a": [1]}
    copy = plain(value)
    value["a"].append(2)

    assert copy == {"a": [1]}


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.floats(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_plain_values_stay(value: Any) -> None:
    """A snapshot of a snapshot is the same."""
    assert repr(plain(plain(value))) == repr(plain(value))


def test_text_of_a_subclass_is_an_exact_string() -> None:
    """Whose methods are str's own."""

    class Loud(str):
        def __str__(self) -> str:
            return Loud("loud")

    assert type(text_of(Loud("x"))) is str
