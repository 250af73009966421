# ruff: noqa: E501 - one country in one line
"""Numbers of the held-out set are what their issuers would accept: checked by the issuers' own equations.

Each check is first held against a number that its issuer or Wikipedia publishes as an example.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from benchmarks.heldout import check_digits
from benchmarks.heldout.identities import COUNTRIES, ssn
from benchmarks.heldout.money import card_number, iban_number, luhn_digit


def digits(text: str) -> list[int]:
    """Return the digits of a text."""
    return [int(sign) for sign in text if sign.isdigit()]


def weighted(text: str, weights: str, modulus: int) -> int:
    """Return the weighted sum of the digits modulo something; each weight is one hexadecimal digit."""
    return sum(digit * int(weight, 16) for digit, weight in zip(digits(text), weights, strict=False)) % modulus


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits(text)))) % 10 == 0


def iso7064(text: str) -> bool:
    """MOD 11,10."""
    rest = 10
    for digit in digits(text)[:-1]:
        rest = 2 * ((rest + digit - 1) % 10 + 1) % 11
    return (rest + digits(text)[-1]) % 10 == 1


def france(text: str) -> bool:
    """The number without its key and the key add up to a multiple of 97."""
    number = int("".join(map(str, digits(text))))
    return (number // 100 + number % 100) % 97 == 0


def belgium(text: str) -> bool:
    """The same, with a 2 in front for births from 2000."""
    number = "".join(map(str, digits(text)))
    return any((int(lead + number[:9]) + int(number[9:])) % 97 == 0 for lead in ("", "2"))


def spain(text: str) -> bool:
    """The rest by 23 is the letter."""
    body = text.replace("-", "")
    number = int(str("XYZ".find(body[0])) + body[1:-1]) if body[0] in "XYZ" else int(body[:-1])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == body[-1]


def finland(text: str) -> bool:
    """The rest by 31 is the last sign."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10]


def two_rounds(text: str) -> bool:
    """Estonia and Lithuania: a second round of weights if the first gives 10."""
    first = weighted(text, "1234567891", 11)
    check = first if first < 10 else weighted(text, "3456789123", 11) % 10
    return check == digits(text)[10]


def norway(text: str) -> bool:
    """Both check digits make sums that 11 divides."""
    return weighted(text, "3761894521", 11) == 0 and weighted(text, "54327654321", 11) == 0


def italy(text: str) -> bool:
    """Values of odd and even places add up to the letter."""
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
           10, 22, 25, 24, 23)  # fmt: skip
    total = 0
    for place, sign in enumerate(text[:15], 1):
        index = int(sign, 36)
        total += odd[index] if place % 2 else index - 10 * sign.isalpha()
    return chr(ord("A") + total % 26) == text[15]


CHECKS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "germany": ("86095742719", iso7064),
    "france": ("2 55 08 14 168 025 38", france),
    "italy": ("RSSMRA85T10A562S", italy),
    "spain": ("12345678Z", spain),
    "netherlands": ("111222333", lambda text: (weighted(text, "98765432", 11) - digits(text)[8]) % 11 == 0),
    "belgium": ("93.05.18-223.61", belgium),
    "poland": ("44051401359", lambda text: weighted(text, "13791379131", 10) == 0),
    "sweden": ("811218-9876", lambda text: luhn("".join(map(str, digits(text)[-10:])))),
    "norway": ("15108695088", norway),
    "denmark": ("211062-5629", lambda text: weighted(text, "4327654321", 11) == 0),
    "finland": ("131052-308T", finland),
    "portugal": ("123456789", lambda text: weighted(text, "98765432", 11) in (-digits(text)[8] % 11, *((0, 1) if digits(text)[8] == 0 else ()))),
    "ireland": ("1234567T", lambda text: len(text) == 9 or weighted(text, "8765432", 23) == "WABCDEFGHIJKLMNOPQRSTUV".find(text[7])),
    "nhs": ("943 476 5919", lambda text: weighted(text, "a987654321", 11) == 0),
    "austria": ("1237 010180", lambda text: weighted(text, "3790584216", 11) == digits(text)[3]),
    "switzerland": ("756.9217.0769.85", lambda text: weighted(text, "1313131313131", 10) == 0),
    "czechia": ("736028/5163", lambda text: int("".join(map(str, digits(text)))) % 11 == 0),
    "romania": ("1800101221144", lambda text: weighted(text, "279146358279", 11) % 10 == digits(text)[12] or digits(text)[12] == 1),
    "bulgaria": ("7523169263", lambda text: weighted(text, "2485a9736", 11) % 10 == digits(text)[9]),
    "baltic": ("37605030299", two_rounds),
    "croatia": ("94577403194", iso7064),
    "greece": ("01013099997", luhn),
    "slovenia": ("0101006500006", lambda text: weighted(text, "7654327654321", 11) == 0),
    "latvia": ("161175-19997", lambda text: (1101 - weighted(text, "16379a5842", 10**6)) % 11 == digits(text)[10]),
}  # fmt: skip


@pytest.mark.parametrize("country", CHECKS)
def test_numbers_of_a_country_satisfy_its_check(country: str) -> None:
    """The published example passes, a neighbour of it fails somewhere, and 200 made numbers all pass."""
    example, check = CHECKS[country]
    rng = random.Random(country)

    assert check(example)
    assert not all(check(example[:at] + changed(example[at]) + example[at + 1 :]) for at in range(len(example)))
    made = [getattr(check_digits, country)(rng) for _ in range(200)]
    assert [number for number in made if not check(number)] == []


def changed(sign: str) -> str:
    """Return another digit for a digit, other signs as they are."""
    return str((int(sign) + 1) % 10) if sign.isdigit() else sign


def test_there_are_at_least_20_countries() -> None:
    """Twenty European countries were asked for."""
    assert len({name[:2] for name in COUNTRIES}) >= 20


def test_cards_and_ibans_pass_their_checks() -> None:
    """Luhn for cards, MOD 97-10 for IBANs of short, long and mixed structure."""
    rng = random.Random(1)

    assert luhn_digit("7992739871") == "3"  # ISO/IEC 7812-1, as Wikipedia has it
    assert all(luhn(card_number(rng)[1]) for _ in range(500))
    for country in ("DE", "MT", "BR", "HN", "RU"):
        moved = iban_number(rng, country)
        moved = moved[4:] + moved[:4]
        assert int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def test_social_security_numbers_are_never_of_areas_that_were_not_given() -> None:
    """Area not 000, 666 or 9xx, group not 00, serial not 0000."""
    rng = random.Random(1)

    for _ in range(500):
        number = "".join(map(str, digits(ssn(rng).text)))
        assert number[:3] not in ("000", "666")
        assert number[0] != "9"
        assert number[3:5] != "00"
        assert number[5:] != "0000"
