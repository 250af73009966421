"""The short way for attributes gives what the walk gives, the first time and every time after."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.policy.layers import merged
from otel_kit.policy.load import load_policy, shipped_documents
from otel_kit.policy.model import Policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.known_attributes import KnownAttributes
from otel_kit.redaction.redactor import Redactor, compile_policy
from otel_kit.redaction.walk import Visit
from otel_kit.settings.document import parse_document

LAYER = """
rules:
  ip: {mode: report}
keys:
  person_name: {mode: report}
  birth_date: {action: drop}
allow:
  keys: [shop.free]
  rules: {email: [shop.mail]}
"""


def with_layer() -> Policy:
    """Return a policy with rules in report mode, keys that are dropped, allowed keys, rules off at a key."""
    return merged([*shipped_documents(), parse_document(LAYER, "layer.yaml")], [])


REDACTORS = {
    "shipped": compile_policy(load_policy()),
    "layer": compile_policy(with_layer()),
    "floor": compile_policy(load_policy(minimum_class="confidential")),
}


class Text(str):
    __slots__ = ()


KEYS = (
    "http.request.method", "url.path", "url.full", "url.query", "url.scheme", "db.query.text", "client.address",
    "server.address", "user.email", "user.password", "user.name", "shop.free", "shop.mail", "shop.note", "birth_date",
    "session.id", "user.id", "bob@example.com", "http.request.header.cookie", "a\ud800", "", "x" * 300, "otel_kit.x",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    "GET", "/api/orders/1", "/a%20b", "/u/bob%40example.com", "?q=1", "page=2&size=5", "code=abc", "10.1.2.3",
    "203.0.113.57", "bob@example.com", "SELECT 1", "SELECT id FROM t", "plain", "", "é", "\ud800", "{}", '{"a": 1}',
    " [1]", "4111 1111 1111 1111", "password=x", "x" * 257, "Ada", "1980-01-01", "a\nb", "sid=1; b=2",
    Text("bob@example.com"), 1, True, None, 1.5, float("nan"), float("inf"), -(2**63), -(2**63) - 1, 10**13 - 1,
    4111111111111111, 4111111111111111.0, 1e300, 2**70, b"x", b"bob@example.com", ["a", "bob@example.com"], (1,),
    {"password": "x"}, {}, [], object,
)  # fmt: skip


def walked(redactor: Redactor, attributes: dict[str, Any]) -> tuple[dict[str, Any], Findings]:
    """Return what the walk makes of attributes, and what it counts."""
    findings = Findings()
    return redactor._walker.members(attributes.items(), "", Visit(findings), 0), findings


def assert_alike(redactor: Redactor, attributes: dict[str, Any]) -> None:
    """Fail unless the short way gives the same, twice."""
    wanted, counts = walked(redactor, attributes)
    for _ in range(2):
        findings = Findings()
        got = redactor.attributes(attributes, findings)
        assert repr(got) == repr(wanted)
        assert [type(value) for value in got.values()] == [type(value) for value in wanted.values()]
        assert findings == counts
        assert findings.places == counts.places


@pytest.mark.parametrize("name", REDACTORS)
def test_every_key_with_every_value(name: str) -> None:
    """Each alone, and each behind one that is long known."""
    for key in KEYS:
        for value in VALUES:
            assert_alike(REDACTORS[name], {key: value})
            assert_alike(REDACTORS[name], {"shop.note": "plain", key: value, "shop.items": 3})


@pytest.mark.parametrize("name", REDACTORS)
def test_generated_attributes(name: str) -> None:
    """Thousands of sets; the same each time."""
    draw = random.Random(11)
    for _ in range(1500):
        attributes = {draw.choice(KEYS): draw.choice(VALUES) for _ in range(draw.randrange(8))}
        if draw.random() < 0.5:
            attributes[f"shop.k{draw.randrange(50)}"] = (
                f"{draw.choice(['v', 'order 00', 'a.b'])}{draw.randrange(10**6)}"
            )
        assert_alike(REDACTORS[name], attributes)


KEY = st.sampled_from(KEYS) | st.text(max_size=5)
VALUE = st.sampled_from(VALUES) | st.text(max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEY, VALUE, max_size=6))
def test_any_attributes(attributes: dict[str, Any]) -> None:
    """Whatever comes."""
    assert_alike(REDACTORS["shipped"], attributes)


LIMITS: dict[str, dict[str, Any]] = {
    "long": {"k": "x" * 65_000},
    "beyond a record": {f"k{n}": "x" * 60_000 for n in range(40)},
    "many": {f"k{n}": n for n in range(300)},
    "lists": {f"k{n}": ["y" * 9_000] * 9 for n in range(30)},
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_the_same(name: str) -> None:
    """64 KiB of a string, 1 MiB of a record."""
    assert_alike(REDACTORS["shipped"], {"shop.note": "plain", **LIMITS[name], "shop.last": "bob@example.com"})


def test_only_clean_short_values_are_remembered() -> None:
    """Raw values stay nowhere; what a rule in report mode finds is counted each time."""
    redactor = compile_policy(with_layer())
    dirty = {
        "shop.a": "bob@example.com",
        "shop.b": "from 203.0.113.57",
        "user.password": "hunter2",
        "url.path": "/x" * 200,
    }
    for _ in range(3):
        redactor.attributes({**dirty, "shop.c": "clean"}, Findings())

    remembered = set().union(*redactor._known._clean.values())

    assert remembered == {"clean"}


def test_what_is_remembered_is_bounded() -> None:
    """A new value and a new key with each span use no more memory."""
    redactor = compile_policy(Policy(rules=()))
    known = redactor._known
    for number in range(9000):
        redactor.attributes({f"k{number}": f"v{number}"}, Findings())

    assert isinstance(known, KnownAttributes)
    assert len(known._keys) <= 4096
    assert all(len(values) <= 4096 for values in known._clean.values())
