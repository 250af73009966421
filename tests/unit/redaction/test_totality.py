"""Whatever an application hands over, the Redactor returns something that OTLP can carry, and never raises."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import sys
import uuid
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common._internal import _encode_value

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor


class Liar:
    """Lies about its class and raises at every touch."""

    @property
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("class")

    def __str__(self) -> str:
        raise RuntimeError("str")

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        raise RuntimeError("hash")

    def __len__(self) -> int:
        raise RuntimeError("len")

    def __bool__(self) -> bool:
        raise RuntimeError("bool")


class Exits:
    def __str__(self) -> str:
        raise SystemExit(1)


class NotText:
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]


class Text(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        raise RuntimeError("hash")

    def encode(self, *_: Any, **__: Any) -> bytes:
        raise RuntimeError("encode")


class Number(int):
    def __index__(self) -> int:
        raise RuntimeError("index")

    def __ge__(self, other: object) -> bool:
        raise RuntimeError("ge")


class Colour(enum.Enum):
    RED = "bob@example.com"


class BrokenMap(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        raise RuntimeError("getitem")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("iter")

    def __len__(self) -> int:
        return 1


class BrokenDict(dict[str, object]):
    def items(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("items")

    def __len__(self) -> int:
        raise RuntimeError("len")


@dataclasses.dataclass
class Account:
    password: str
    name: str


def deep(levels: int) -> list[Any]:
    """A list in a list in a list ..."""
    value: list[Any] = ["bob@example.com"]
    for _ in range(levels):
        value = [value]
    return value


def cyclic_list() -> list[Any]:
    """A list that holds itself."""
    value: list[Any] = [1]
    value.append(value)
    return value


def cyclic_map() -> dict[str, Any]:
    """A map that holds itself."""
    value: dict[str, Any] = {"a": 1}
    value["self"] = value
    return value


HOSTILE: dict[str, Any] = {
    "liar": Liar(),
    "list of liars": [Liar(), "bob@example.com"],
    "liar as key": {object(): 1},
    "exits": Exits(),
    "str returns int": NotText(),
    "text subclass": Text("bob@example.com"),
    "int subclass": Number(5),
    "enum": Colour.RED,
    "broken mapping": BrokenMap(),
    "broken dict": BrokenDict(a="bob@example.com"),
    "dataclass": Account("hunter2", "x"),
    "depth 2000": deep(2000),
    "cyclic list": cyclic_list(),
    "cyclic map": cyclic_map(),
    "surrogate": "a\ud800b bob@example.com",
    "surrogate key": {"\udcff": 1},
    "surrogate password": {"password": "\ud800"},
    "huge int": 2**70,
    "monstrous int": 10**5000,
    "negative int": -(2**63) - 1,
    "nan": float("nan"),
    "infinity": float("-inf"),
    "bytes": b"\x00\xff",
    "bytearray": bytearray(b"bob@example.com"),
    "memoryview": memoryview(b"bob@example.com"),
    "strided memoryview": memoryview(b"bob@example.com")[::2],
    "set": {"bob@example.com"},
    "frozenset": frozenset({1}),
    "deque": deque(["bob@example.com"]),
    "ordered": OrderedDict(a=1),
    "datetime": datetime.datetime.now(datetime.UTC),
    "decimal": decimal.Decimal("1.5"),
    "uuid": uuid.UUID(int=1),
    "generator": (item for item in ["bob@example.com"]),
    "class": Account,
    "module": sys,
    "exception": ValueError("bob@example.com"),
    "exception group": ExceptionGroup("g", [ValueError("bob@example.com")]),
    "int keys": {1: "a", None: "b", (1, 2): "c"},
    "complex": 1 + 2j,
    "deep json": "[" * 5000 + "]" * 5000,
    "wide json": '{"a":' * 100 + '"bob@example.com"' + "}" * 100,
    "json with a huge number": '{"n":' + "9" * 5000 + "}",
    "empty key": {"": "bob@example.com"},
    "long key": {"k" * 100_000: 1},
    "lone percent": "%",
    "bad percent": "%zz%4",
}  # fmt: skip


def assert_carried(value: object) -> None:
    """Fail unless ``value`` is made of what OTLP can carry."""
    assert value is None or type(value) in (bool, int, float, str, bytes, list, dict)
    if type(value) is int:
        assert -(2**63) <= value < 2**63
    if type(value) is str:
        value.encode("utf-8")
    if type(value) is list:
        for item in value:
            assert_carried(item)
    if type(value) is dict:
        for key, item in value.items():
            assert type(key) is str
            assert_carried(key)
            assert_carried(item)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "key", ["shop.note", "user.password", "user.email", "url.full", "db.query.text", "service.name"]
)
def test_hostile_values_come_back_carried_and_settled(name: str, key: str) -> None:
    """No exception leaves, no e-mail is left, the stock encoder takes the result, a second pass finds nothing."""
    redacted = default_redactor().value(key, HOSTILE[name], Findings())

    assert_carried(redacted)
    _encode_value(redacted)
    assert "bob@example" not in repr(redacted)
    findings = Findings()
    again = default_redactor().value(key, redacted, findings)
    assert repr(again) == repr(redacted)
    assert findings == Findings()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_and_maps_come_back(name: str) -> None:
    """The other entrances are as total as ``value``."""
    value = HOSTILE[name]

    assert_carried(default_redactor().text(value, Findings()))
    assert_carried(default_redactor().attributes({"a": value, "b": 1}, Findings()))
    assert_carried(default_redactor().attributes(value, Findings()))
    assert_carried(default_redactor().value(value, "x", Findings()))


def test_a_generator_is_not_consumed() -> None:
    """Reading an application's generator would take its items away."""
    generator = (number for number in [1, 2])

    default_redactor().value("shop.items", generator, Findings())

    assert list(generator) == [1, 2]


def test_repairs_are_counted() -> None:
    """Depth, cycles, odd types and surrogates are no redactions."""
    for value in (deep(20), cyclic_list(), 2**70, "\ud800", object()):
        findings = Findings()
        default_redactor().value("shop.note", value, findings)
        assert (findings.repaired, findings.hits, findings.errors) == (1, {}, 0)


def test_what_cannot_be_read_is_dropped_and_counted() -> None:
    """A container that breaks while it is walked fails closed."""
    findings = Findings()

    assert default_redactor().value("shop.note", BrokenMap(), findings) == "[REDACTED:error]"
    assert findings.errors == 1


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.decimals(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner),
        max_leaves=20,
    ),
)
def test_anything_is_carried_and_settles(key: str, value: object) -> None:
    """Any value comes back carried, and coming in again it finds nothing to do."""
    redacted = default_redactor().value(key, value, Findings())

    assert_carried(redacted)
    findings = Findings()
    again = default_redactor().value(key, redacted, findings)
    assert repr(again) == repr(redacted)
    assert findings == Findings()
