"""The score counts as a leak what one would call a leak, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks.evaluation import summary
from benchmarks.heldout.model import Item, Planted, has_piece
from benchmarks.heldout.scoring import score


def planted(secret: str, *, exact: bool = False) -> tuple[Planted, ...]:
    """Return a label with one secret."""
    return (Planted("card", 0, 0, (secret,), exact),)


@pytest.mark.parametrize(
    ("secret", "output", "leaks"),
    [
        ("4111111111111111", "paid with 4111-****-****-1111", False),
        ("4111111111111111", "paid with 4111111111******", True),  # 10 of 16
        ("4111111111111111", "paid with 411111111*******", False),  # 9 of 16
        ("jane.doe", "mail j***@example.com", False),
        ("jane.doe", "mail jane.***@example.com", True),
        ("s" * 200, "s" * 32, True),
        ("s" * 200, "s" * 31, False),
    ],
)
def test_a_piece_of_60_percent_or_32_characters_is_a_leak(secret: str, output: str, leaks: bool) -> None:
    """Usual masks are none; one sign more is."""
    assert has_piece(secret, output) is leaks


def test_of_an_address_only_the_whole_counts() -> None:
    """Masks of addresses keep the network."""
    assert not has_piece("203.0.113.57", "from 203.0.113.0", exact=True)
    assert has_piece("203.0.113.57", "from 203.0.113.57:80", exact=True)


def test_score_counts_leaks_alarms_and_lost_words() -> None:
    """One leak behind percent signs, one found value, one altered negative with its rule, one word lost of four."""
    around = ("pay ", " now")
    items = [
        Item("card", "here", "pay 4111 1111 1111 1111 now", planted=planted("4111 1111 1111 1111"), words=around),
        Item("card", "here", "pay 5500000000000004 now", planted=planted("5500000000000004"), words=around),
        Item("epoch times, counters", "as it is", "at 1700000000000"),
        Item("email", "there", attributes={"a": [{"b": "jane.doe@x.org"}]}, planted=planted("jane.doe")),
    ]
    outputs = {
        items[0].text: ("pay 4111%201111%201111%201111 now", {}),
        items[1].text: ("pay ****", {"card": 1}),
        items[2].text: ("at ***", {"phone": 1}),
    }

    def redact_all(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"a": [{"b": "j***@x.org"}]}

    found = score(items, lambda text: outputs[text], redact_all)
    figures = summary(found)

    assert +found.failed == {"card": 1, "epoch times, counters": 1}
    assert (found.words, found.words_lost) == (4, 1)
    assert figures["leaks"] == {"items": 3, "failed": 1, "rate": round(1 / 3, 5)}
    assert figures["hard negatives altered"]["failed"] == 1
    assert figures["phone false alarms"] == {"items": 1, "failed": 1, "rate": 1.0}
