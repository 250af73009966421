"""Identifiers of the United States: who issues which numbers, and their check digits."""

from __future__ import annotations

from otel_kit.redaction.validation.checksums import (
    digits_of,
    inside_longer_number,
    letters_and_digits,
    luhn,
    one_digit_only,
)

_JOINTS = "-./"
# What no campus of the IRS uses. *Source:* IRS, how EINs are assigned and valid EIN prefixes.
_UNUSED_EIN_PREFIXES = "00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97"


def ssn(text: str, start: int, end: int) -> bool:
    """Whether the three parts can be issued. *Source:* 20 CFR 422.103, SSA randomisation of 2011."""
    digits = digits_of(text[start:end])
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    possible = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return possible and not one_digit_only(digits) and not inside_longer_number(text, start, end, _JOINTS)


def itin(text: str, start: int, end: int) -> bool:
    """Whether this is a taxpayer number of the 9xx series. *Source:* IRS Publication 1915, 26 CFR 301.6109-1."""
    digits = digits_of(text[start:end])
    group = int(digits[3:5])
    possible = 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99
    return digits[0] == "9" and possible and not inside_longer_number(text, start, end, _JOINTS)


def ein(text: str, start: int, end: int) -> bool:
    """Whether the prefix belongs to an office that issues employer numbers."""
    digits = digits_of(text[start:end])
    return digits[:2] not in _UNUSED_EIN_PREFIXES and not inside_longer_number(text, start, end, _JOINTS)


def npi(text: str, start: int, end: int) -> bool:
    """Whether the check digit of a health care provider fits. *Source:* 45 CFR 162.406, CMS: Luhn behind 80840."""
    digits = digits_of(text[start:end])
    return luhn("80840" + digits) and not inside_longer_number(text, start, end, _JOINTS)


def dea(text: str, start: int, end: int) -> bool:
    """Whether the check digit of a DEA registration fits. *Source:* 21 CFR 1301, DEA registration number."""
    digits = [int(digit) for digit in text[start:end][-7:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def document_number(text: str, start: int, end: int) -> bool:
    """Whether this can be the number of a document: at least a third of 6 or more characters, and four, are digits."""
    compact = letters_and_digits(text[start:end])
    digits = digits_of(compact)
    enough = len(compact) >= 6 and len(digits) >= max(4, len(compact) // 3) and not one_digit_only(digits)
    return enough and not inside_longer_number(text, start, end, _JOINTS + ":")
