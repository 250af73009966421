"""The held-out set is what it says: complete, labelled at the right places, the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter

import phonenumbers
import pytest

from benchmarks.heldout.captured import FILE, records
from benchmarks.heldout.generate import TYPES, WEAK, generate
from benchmarks.heldout.model import Item, survives
from benchmarks.heldout.negatives import KINDS
from benchmarks.heldout.people import phone_international
from benchmarks.heldout.scoring import flat
from benchmarks.heldout.vendor_tokens import VENDORS, vendor_token


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """Return a small set."""
    return generate(11, 3000)


def test_every_type_and_every_kind_of_negative_occurs(items: list[Item]) -> None:
    """Nothing that has a row in the tables is empty."""
    present = {item.type for item in items}

    assert present >= {*TYPES, *WEAK, *KINDS, "sentence: phone", "sentences without values"}


def test_value_stands_where_its_label_says_and_would_count_as_leaked(items: list[Item]) -> None:
    """Unredacted, each positive is a leak; the label's range holds a form of the secret."""
    for item in items:
        raw = item.text or flat(item.attributes)
        for planted in item.planted:
            assert survives(planted, raw) or "%" in raw, item
            if item.text:
                assert any(survives(planted, item.text[planted.start : planted.end]) for planted in item.planted), item


def test_carrier_holds_no_piece_of_the_secret(items: list[Item]) -> None:
    """Else a perfect redaction would be scored as a leak."""
    assert [item for item in items if item.words and survives(item.planted[0], "\n".join(item.words))] == []


def test_same_seed_makes_the_same_set_and_another_seed_another(items: list[Item]) -> None:
    """Figures can be had again, and another seed shares next to nothing."""
    again, other = generate(11, 3000), generate(12, 3000)

    assert again == items
    same = Counter(item.text for item in items if item.planted and item.text) & Counter(item.text for item in other)
    assert same.total() < 20


def test_a_quarter_is_kept_back(items: list[Item]) -> None:
    """Neither nothing nor most of it."""
    positives = [item for item in items if item.planted]

    assert 0.1 < sum(item.is_reserved for item in positives) / len(positives) < 0.4


def test_international_numbers_are_valid() -> None:
    """`phonenumbers` accepts them in every spelling."""
    rng = random.Random(3)

    for _ in range(100):
        text = phone_international(rng).text
        assert phonenumbers.is_valid_number(phonenumbers.parse("+" + text[2:] if text[:2] == "00" else text)), text


def test_there_are_tokens_of_a_hundred_vendors() -> None:
    """Each of them comes up."""
    rng = random.Random(3)

    assert len(VENDORS) >= 100
    assert {vendor_token(rng).detail for _ in range(5000)} == set(VENDORS)


def test_captured_records_tell_nothing_of_the_machine_they_came_from() -> None:
    """No home folder, no checkout."""
    assert len(records()) > 20
    text = FILE.read_text()
    assert "/root" not in text
    assert "/home" not in text
    assert "site-packages" in text
