"""Phone numbers of all regions, in the formats of the library that knows their plans."""

from __future__ import annotations

import random
from collections import Counter

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor

MAIN = [
    "US", "CA", "DE", "FR", "GB", "ES", "IT", "NL", "BE", "AT", "CH", "PL", "PT", "SE", "NO", "DK", "FI", "IE", "AU",
    "NZ", "IN", "JP", "CN", "BR", "MX", "ZA", "KR", "SG",
]  # fmt: skip


def redacted(text: str) -> str:
    """What becomes of ``text``."""
    return default_redactor().text(text, Findings())


def is_gone(number: str, text: str) -> bool:
    """Whether the digits of ``number`` are no longer in ``text`` once it is redacted."""
    digits = "".join(filter(str.isdigit, number))
    return digits not in "".join(filter(str.isdigit, redacted(text)))


def example_numbers(regions: list[str], form: int) -> list[str]:
    """The fixed and mobile example numbers of ``regions``, as ``form`` writes them."""
    numbers = []
    for region in regions:
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                numbers.append(phonenumbers.format_number(number, form))
    return numbers


# Shares that must be gone: without any word, behind "phone", behind "call". Measured, then rounded down.
@pytest.mark.parametrize(
    ("form", "regions", "floors"),
    [
        (PhoneNumberFormat.INTERNATIONAL, "all", (0.98, 0.99, 0.98)),
        (PhoneNumberFormat.E164, "all", (0.98, 0.98, 0.98)),
        (PhoneNumberFormat.RFC3966, "all", (0.99, 0.99, 0.99)),
        (PhoneNumberFormat.NATIONAL, "all", (0.33, 0.88, 0.77)),
        (PhoneNumberFormat.INTERNATIONAL, "main", (1, 1, 1)),
        (PhoneNumberFormat.NATIONAL, "main", (0.5, 1, 0.98)),
    ],
)  # fmt: skip
def test_numbers_of_the_worlds_plans_are_masked(form: int, regions: str, floors: tuple[float, float, float]) -> None:
    """In the four formats of libphonenumber; ``main`` are the 28 regions that the rules were written for."""
    numbers = example_numbers(MAIN if regions == "main" else sorted(phonenumbers.SUPPORTED_REGIONS), form)

    for text, floor in zip(("{} is theirs", "phone {} of the customer", "please call {} today"), floors, strict=True):
        share = sum(is_gone(number, text.format(number)) for number in numbers) / len(numbers)
        assert share >= floor, (text, share)


FORMATS = [
    "##########", "###-###-####", "(###)###-####", "(###) ###-####", "###.###.####", "###-###-####x###",
    "(###)###-####x####", "+1-###-###-####", "001-###-###-####", "+1-###-###-####x###", "07700 ### ###",
    "07700 ######", "(07700) ######", "+447700 ######", "+447700######", "0##########", "+91##########",
    "+41 2# ### ## ##", "+41 (0)4# ### ## ##", "+46 (0)8 ### ### ##", "+46 (0)## ## ## ##", "0## ### ## ##",
    "0# ## ## ## ##", "+49 ### #######", "0### #######", "+33 # ## ## ## ##", "6## ## ## ##", "+55 (##) #####-####",
]  # fmt: skip
SENTENCES = [
    "I didn't get any message on my registered {}. Could you please look into it?",
    "Please have the manager call me at {} I'd like to join accounts",
    "I would like to stop receiving messages to {}",
    "Can someone call me on {}? I have some questions",
    "How can we reach you? You can call {}",
    "my number is {}",
    "phone: {}",
    "You can reach me at {} until five",
]


def test_numbers_in_sentences_are_masked() -> None:
    """Four of five, where the digits are drawn without any plan; three of five is the target."""
    source = random.Random(20261121)
    gone: Counter[bool] = Counter()
    for _ in range(2000):
        number = "".join(source.choice("0123456789") if one == "#" else one for one in source.choice(FORMATS))
        gone[is_gone(number, source.choice(SENTENCES).format(number))] += 1

    assert gone[True] / gone.total() >= 0.8


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(555) 123-1234", "(555) ***-1234"),
        ("555.123.1234", "(555) ***-1234"),
        ("+1-541-754-3010", "+1 (541) ***-3010"),
        ("001-541-754-3010", "+1 (541) ***-3010"),
        ("0044 20 7946 0958", "+44 ***-0958"),
        ("(020) 7946 0958", "***-0958"),
        ("555-123-1234 x123", "(555) ***-1234"),
        ("555-123-1234 ext. 5 now", "(555) ***-1234 now"),
        ("tel=%2B49301234567", "tel=+49 ***-4567"),
        ("call +33 1 23 45 67 89 or +33 6 12 34 56 78", "call +33 ***-6789 or +33 ***-5678"),
        ("+49\xa030\xa01234567", "+49 ***-4567"),
        ("+1 415\u2011555\u20112671", "+1 (415) ***-2671"),
        ("phone 0171 2345678, room 12", "phone ***-5678, room 12"),
    ],
)
def test_forms_and_extensions_are_masked(text: str, wanted: str) -> None:
    """What stays tells the country or the area, and the last four."""
    assert redacted(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["2026-11-20", "20.11.2026 10:00", "11/20/2026", "2026-11-20 13:44:40,123", "2026-11-20T13:44:40+01:00",
     "v1.22.333", "10.0.0.1:5432", "192.168.100.123", "rows 100-200", "range 100-200-3000", "P3Y6M4DT12H30M5S",
     "1732196400", "1732196400123", "took 1234567.89 ms", "12,345,678 bytes", "price 1.234.567,89", "order 5551231234",
     "order number 5551231234", "0x0420 6162 6364", "call took 100 200 ms", "phone since 2026-11-20",
     "fax took 1234567.89 ms", "mobile 3.10.0-3.10.12", "call 12345678", "job 0012345678", "tel -123", "+0100",
     "offset +1234567", "+12 -13 +14", "ref 3475 0701 9813 326", "0100 0101 0110", "05:06:07 08 09 10 11 12 13",
     "4 3 2 1 0 9 8 7 6 5", "x = a+4915112345678", "text 2026-11-20 10:20", "contact id 12345678"],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    """Dates, versions, addresses, sizes, ids."""
    assert redacted(text) == text
