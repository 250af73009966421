"""Card numbers of every scheme, in every form in which they are written."""

from __future__ import annotations

import random

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.validation.cards import is_card_number

# scheme: (first digits, length), each as the scheme publishes it
SCHEMES = {
    "visa": ("4", 16), "visa 13": ("4", 13), "visa 19": ("4", 19), "mastercard": ("53", 16),
    "mastercard 2 low": ("2221", 16), "mastercard 2 high": ("2720", 16), "amex 34": ("34", 15), "amex 37": ("37", 15),
    "discover": ("6011", 16), "discover 644": ("644", 16), "discover 65": ("65", 16), "discover 19": ("6011", 19),
    "diners 300": ("300", 14), "diners 36": ("36", 14), "diners 38": ("38", 14), "diners 16": ("36", 16),
    "jcb": ("3528", 16), "jcb 15 2131": ("2131", 15), "jcb 15 1800": ("1800", 15), "unionpay": ("62", 16),
    "unionpay 17": ("62", 17), "unionpay 19": ("62", 19), "unionpay 81": ("81", 16), "maestro 12": ("5018", 12),
    "maestro 13": ("5020", 13), "maestro 15": ("5038", 15), "maestro 16": ("6304", 16), "maestro 18": ("6759", 18),
    "maestro 19": ("6763", 19), "mir": ("2204", 16), "rupay 60": ("60", 16), "rupay 508": ("508", 16),
    "rupay 82": ("82", 16), "elo": ("504175", 16), "elo 6362": ("636297", 16), "hipercard": ("606282", 16),
    "troy": ("9792", 16), "verve": ("506099", 16), "verve 18": ("506150", 18), "uatp": ("1", 15),
    "dankort": ("5019", 16), "interpayment": ("636", 16), "uzcard": ("8600", 16), "humo": ("9860", 16),
}  # fmt: skip


def check_digit(body: str) -> str:
    """The last digit, computed the way the standard tells it: from the right, every second digit doubled."""
    total = 0
    for place, digit in enumerate(map(int, reversed(body)), start=1):
        doubled = digit * 2 if place % 2 else digit
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def made(scheme: str, seed: int) -> str:
    """A number of ``scheme``; the same for the same seed."""
    prefix, length = SCHEMES[scheme]
    source = random.Random(f"{scheme} {seed}")
    body = prefix + "".join(source.choice("0123456789") for _ in range(length - len(prefix) - 1))
    return body + check_digit(body)


def grouped(number: str, *lengths: int, glue: str) -> str:
    """The number in groups of ``lengths``."""
    pieces, at = [], 0
    for length in lengths:
        pieces.append(number[at : at + length])
        at += length
    assert at == len(number)
    return glue.join(pieces)


GROUPS = {
    12: [(4, 4, 4)], 13: [(4, 4, 5), (4, 3, 3, 3), (4, 4, 4, 1)], 14: [(4, 6, 4)], 15: [(4, 6, 5), (4, 5, 6)],
    16: [(4, 4, 4, 4)], 17: [(4, 4, 4, 5)], 18: [(4, 4, 4, 6)], 19: [(4, 4, 4, 4, 3), (6, 13), (4, 4, 4, 7)],
}  # fmt: skip


def redacted(text: str) -> str:
    """What becomes of ``text``."""
    return default_redactor().text(text, Findings())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_numbers_of_each_scheme_are_masked_in_groups_and_behind_a_word(scheme: str) -> None:
    """First and last four stay; a wrong check digit leaves all as it is."""
    for seed in range(20):
        number = made(scheme, seed)
        masked = f"{number[:4]}-****-****-{number[-4:]}"
        assert redacted(f"card {number} declined") == f"card {masked} declined", number
        for lengths in GROUPS[len(number)]:
            for glue in (" ", "-", ".", "\xa0"):
                written = grouped(number, *lengths, glue=glue)
                assert redacted(f"paid {written}!") == f"paid {masked}!", written
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        assert not is_card_number(wrong)
        assert redacted(f"card {wrong} declined") == f"card {wrong} declined"


BARE = [name for name, (_, length) in SCHEMES.items() if length in (15, 16) and name != "uatp"]


@pytest.mark.parametrize("scheme", BARE)
@pytest.mark.parametrize("form", ["{}", "ref={};", "cc_{}", "card{}", '"{}"', "x:{},"])
def test_bare_numbers_of_fifteen_and_sixteen_digits_need_no_word(scheme: str, form: str) -> None:
    """Other lengths are those of counters and ids, and UATP's 1 is where counters begin."""
    number = made(scheme, 1)

    assert redacted(form.format(number)) == form.format(f"{number[:4]}-****-****-{number[-4:]}")
    for other in ("uatp", "visa 13", "diners 36", "visa 19"):
        assert redacted(form.format(made(other, 1))) == form.format(made(other, 1))


@pytest.mark.parametrize(
    "text",
    ["ts 1732196400123", "ts 1732196400123456", "ts 1732196400123456789", "offset 30569309025904",
     "id 627814383260260639", "ref 3545 6751 4846 8068", "4bf92f3577b34da6a3ce929d0e0e4736", "0.4111111111111111",
     "4111111111111111abc", "2026-1120-1344-4012", "4111 1111 1111 1112", "1111 2222 3333 4444"],
)  # fmt: skip
def test_counters_times_and_ids_stay(text: str) -> None:
    """Digits that no scheme would have written like this."""
    assert redacted(text) == text
