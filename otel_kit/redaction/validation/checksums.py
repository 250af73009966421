"""Check digits and neighbours: what the validators of numbers share.

Functions take bare ASCII digits unless they say otherwise; ``total`` shields the ones that would raise on less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeAlias

# A candidate: the whole text and where it stands in it; returns whether it is the real thing.
Validator: TypeAlias = Callable[[str, int, int], bool]

_DOUBLED = str.maketrans("0123456789", "0246813579")
_NO_DIGITS = re.compile("[^0-9]+")


def digits_of(found: str) -> str:
    """Return the ASCII digits of ``found``, in their order."""
    return _NO_DIGITS.sub("", found)


def letters_and_digits(found: str) -> str:
    """Return the ASCII letters (in upper case) and digits of ``found``, in their order."""
    return "".join(character for character in found.upper() if character.isascii() and character.isalnum())


def inside_longer_number(text: str, start: int, end: int, joints: str) -> bool:
    """Whether a digit stands before or behind the range, directly or over one of ``joints``."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and (before[-1].isdigit() or (len(before) == 2 and before[-1] in joints and before[0].isdigit())):
        return True
    return bool(after) and (after[0].isdigit() or (len(after) == 2 and after[0] in joints and after[1].isdigit()))


def total(check: Validator) -> Validator:
    """Return ``check``, which then says no to what it cannot read: another pattern may hand it anything."""

    def valid(text: str, start: int, end: int) -> bool:
        try:
            return check(text, start, end)
        except (ValueError, IndexError, KeyError, StopIteration):
            return False

    return valid


def standing_alone(check: Callable[[str], bool]) -> Validator:
    """Return the validator of a number whose compact form passes ``check`` and that is no part of a longer one."""

    @total
    def valid(text: str, start: int, end: int) -> bool:
        return not inside_longer_number(text, start, end, "-./") and check(letters_and_digits(text[start:end]))

    return valid


def luhn(digits: str) -> bool:
    """Whether the check digit fits. *Source:* ISO/IEC 7812-1, annex B."""
    return luhn_sum(digits) % 10 == 0


def luhn_sum(digits: str) -> int:
    """Return the sum of the digits, every second one from the right doubled and reduced to one digit."""
    return sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))


def mod_11_10(digits: str) -> bool:
    """Whether the last digit fits by ISO/IEC 7064, MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return bool(digits) and (11 - product) % 10 == int(digits[-1])


def mod_97_10(characters: str) -> bool:
    """Whether letters and digits fit by ISO/IEC 7064, MOD 97-10; the two check digits stand last."""
    return int("".join(str(int(character, 36)) for character in characters)) % 97 == 1


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits, each times its weight; digits without a weight do not count."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def one_digit_only(digits: str) -> bool:
    """Whether all digits are the same: what people type into a form."""
    return len(set(digits)) == 1


def is_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day; a year below 100 stands for any century."""
    try:
        date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        # 29 February of a century's first year: 1900 had none, 2000 had one.
        return False
    return True


def starts_with_day(digits: str, *, first: int = 0) -> bool:
    """Whether ``ddmmyy`` stands at ``first`` and is a day."""
    day, month, year = (int(digits[first + at : first + at + 2]) for at in (0, 2, 4))
    return is_date(year, month, day)


def starts_with_year(digits: str, *, first: int = 0) -> bool:
    """Whether ``yymmdd`` stands at ``first`` and is a day."""
    year, month, day = (int(digits[first + at : first + at + 2]) for at in (0, 2, 4))
    return is_date(year, month, day)
