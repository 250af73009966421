"""The machine-readable lines of passports and identity cards.

*Source:* ICAO Doc 9303, parts 3 to 6: sizes TD1 (three lines of 30), TD2 (two of 36) and TD3 (two of 44).
"""

from __future__ import annotations

_WIDTHS = (30, 36, 44)


def check_digit(characters: str) -> int:
    """Return the check digit of letters, digits and fillers (``<``): weights 7, 3, 1, modulo 10."""
    total = 0
    for index, character in enumerate(characters):
        total += (0 if character == "<" else int(character, 36)) * (7, 3, 1)[index % 3]
    return total % 10


def _fits(field: str, digit: str) -> bool:
    return digit.isdigit() and check_digit(field) == int(digit)


def mrz_names(text: str, start: int, end: int) -> bool:
    """Whether this is the line with the names: of a document's width, filled up."""
    line = text[start:end]
    return len(line) in _WIDTHS and text[end : end + 1] != "<"


def mrz_numbers(text: str, start: int, end: int) -> bool:
    """Whether this is a line with numbers whose check digits fit."""
    line = text[start:end]
    if text[end : end + 1] == "<" or text[end : end + 1].isalnum() or len(line) not in _WIDTHS:
        return False
    if len(line) > 30:  # number, nationality, birth, sex, expiry
        return _fits(line[:9], line[9]) and _fits(line[13:19], line[19]) and _fits(line[21:27], line[27])
    if line[0].isdigit():  # birth, sex, expiry, nationality
        return _fits(line[:6], line[6]) and _fits(line[8:14], line[14])
    return _fits(line[5:14], line[14]) or line[14] == "<"
