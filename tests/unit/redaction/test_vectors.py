"""tests/vectors/redaction.yaml through the SDK: what each value becomes, by both engines."""

from __future__ import annotations

import copy
from typing import Any, Literal

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, compile_policy
from tests.vectors.vectors import (
    DECLARED_COUNTER_EXAMPLES,
    KEYS,
    MASKED_KEYS,
    MASKS,
    NAMED_CLASSES,
    TEXTS,
    Vector,
    counter_examples,
    examples,
    is_only_the_mask,
)

POLICY = load_policy()


@pytest.fixture(scope="module", params=["stdlib", "hyperscan"])
def redactor(request: pytest.FixtureRequest) -> Redactor:
    """The shipped policy, run by one of the engines."""
    engine: Literal["stdlib", "hyperscan"] = request.param
    if engine == "hyperscan":
        pytest.importorskip("hyperscan")
    made = compile_policy(POLICY)
    made.start_engine(engine, wait=True)
    assert made.engine == engine
    return made


def as_text(redactor: Redactor, text: str) -> str:
    """What becomes of a log body."""
    return redactor.text(text, Findings(), "log.body")


def under(redactor: Redactor, key: str, value: Any) -> Any:
    """What becomes of an attribute's value."""
    return redactor.attributes({key: copy.deepcopy(value)}, Findings()).get(key)


@pytest.mark.parametrize("vector", TEXTS, ids=lambda vector: vector.value)
def test_text_becomes_what_the_vector_says(redactor: Redactor, vector: Vector) -> None:
    """To the letter."""
    assert as_text(redactor, vector.value) == vector.python


@pytest.mark.parametrize("vector", KEYS, ids=lambda vector: f"{vector.key}={vector.value!r}")
def test_attribute_becomes_what_the_vector_says(redactor: Redactor, vector: Vector) -> None:
    """To the letter."""
    assert under(redactor, vector.key, vector.value) == vector.python


def test_examples_of_all_rules_are_hidden(redactor: Redactor) -> None:
    """By all rules together as by each alone."""
    assert [text for _, text, hidden in examples() if hidden and hidden in as_text(redactor, text)] == []


def test_masks_stay(redactor: Redactor) -> None:
    """What was redacted once is not touched again, in text and under its key."""
    assert [text for text in MASKS if as_text(redactor, text) != text] == []
    assert {key: value for key, value in MASKED_KEYS.items() if under(redactor, key, value) != value} == {}


def test_every_key_class_has_a_vector() -> None:
    """A new class needs one, and so does what the Collector makes of it."""
    assert {one.id for one in POLICY.keys} - NAMED_CLASSES == set()


@pytest.mark.parametrize("vector", [*TEXTS, *KEYS], ids=lambda vector: f"{vector.key}={vector.value!r}")
def test_difference_is_declared_and_declared_only_where_there_is_one(vector: Vector) -> None:
    """The reason `mask` is true: nothing but the mask differs."""
    assert bool(vector.differs) == (vector.python != vector.collector)
    assert (vector.differs == "mask") == (vector.python != vector.collector and is_only_the_mask(vector))


def test_declared_counter_examples_are_some(redactor: Redactor) -> None:
    """No entry outlives its rule's counter-example, and the SDK leaves each."""
    assert set(DECLARED_COUNTER_EXAMPLES) - set(counter_examples()) == set()
    assert [text for text in DECLARED_COUNTER_EXAMPLES if as_text(redactor, text) != text] == []
