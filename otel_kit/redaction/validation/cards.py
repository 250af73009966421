"""Payment cards: the schemes' prefixes and lengths, the check digit, and what is no card though it passes both."""

from __future__ import annotations

import re

from otel_kit.redaction.validation.checksums import digits_of, inside_longer_number, luhn, one_digit_only

_DIGIT_BEFORE = re.compile(r"\d \Z", re.ASCII)
_DIGIT_BEHIND = re.compile(r" \d{2}", re.ASCII)
_ANY = frozenset(range(12, 20))
_LONG = frozenset(range(16, 20))
_16, _15 = frozenset({16}), frozenset({15})

# First digits (lowest, highest) of each scheme and its lengths. *Source:* ISO/IEC 7812 and the schemes' published
# ranges, as listed in en.wikipedia.org/wiki/Payment_card_number.
_SCHEMES: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({13, 16, 18, 19})),  # Visa, also Dankort 4571 and Elo
    (51, 55, _16),  # Mastercard
    (2221, 2720, _16),
    (34, 34, _15),  # American Express
    (37, 37, _15),
    (6011, 6011, _LONG),  # Discover, RuPay
    (644, 649, _LONG),
    (65, 65, _LONG),  # Discover, RuPay, Elo, Troy, Verve
    (62, 62, _LONG),  # UnionPay
    (81, 82, _LONG),  # UnionPay, RuPay
    (3528, 3589, _LONG),  # JCB, RuPay
    (2131, 2131, _15),
    (1800, 1800, _15),
    (300, 305, frozenset({14, 16})),  # Diners Club
    (3095, 3095, frozenset({14, 16})),
    (36, 36, frozenset({14, 16})),
    (38, 39, frozenset({14, 16})),
    (2200, 2205, _LONG),  # Mir, Borica
    (5018, 5020, _ANY),  # Maestro, Dankort
    (5038, 5038, _ANY),
    (56, 58, _ANY),
    (6304, 6304, _ANY),
    (6390, 6390, _ANY),
    (67, 67, _ANY),
    (5041, 5041, _16),  # Elo
    (5066, 5067, _16),
    (5090, 5099, _16),
    (6277, 6277, _16),
    (6362, 6363, _16),
    (606282, 606282, _16),  # Hipercard
    (637095, 637095, _16),
    (637568, 637612, _16),
    (384100, 384160, frozenset({16, 19})),
    (508, 508, _16),  # RuPay
    (60, 60, _16),
    (353, 353, _16),
    (356, 356, _16),
    (9792, 9792, _16),  # Troy
    (506099, 506198, frozenset({16, 18, 19})),  # Verve
    (507865, 507964, frozenset({16, 18, 19})),
    (636, 636, _LONG),  # InterPayment
    (1, 1, _15),  # UATP
    (8600, 8600, _16),  # Uzcard
    (9860, 9860, _16),  # Humo
    (9704, 9704, frozenset({16, 19})),  # Napas
)  # fmt: skip


def _by_length() -> dict[int, tuple[tuple[str, str], ...]]:
    return {
        length: tuple((str(low), str(high)) for low, high, lengths in _SCHEMES if length in lengths)
        for length in range(12, 20)
    }


_RANGES = _by_length()


def is_card_number(digits: str) -> bool:
    """Whether bare digits have the prefix and the length of a card scheme and a right check digit."""
    for low, high in _RANGES.get(len(digits), ()):
        if low <= digits[: len(low)] <= high:
            return not one_digit_only(digits) and luhn(digits)
    return False


def card(text: str, start: int, end: int) -> bool:
    """Whether this is a card number that its form gives away.

    Bare runs of 12 to 14 digits (counters, epoch milliseconds) and UATP's, which ask for a 1 only, need separators or
    a word that says so (``card_near_word``).
    """
    found = text[start:end]
    digits = digits_of(found)
    if len(digits) == len(found) and (len(digits) < 15 or (digits[0] == "1" and digits[:4] != "1800")):
        return False
    if len(digits) < 15 and (_DIGIT_BEFORE.search(text, max(0, start - 2), start) or _DIGIT_BEHIND.match(text, end)):
        return False  # a part of a longer row of groups
    return is_card_number(digits) and not inside_longer_number(text, start, end, ".-")


def card_near_word(text: str, start: int, end: int) -> bool:
    """Whether this is a card number, in any form; meant for rules with context words."""
    return is_card_number(digits_of(text[start:end])) and not inside_longer_number(text, start, end, ".-")


def card_long(text: str, start: int, end: int) -> bool:
    """Whether this is a card number of 17 to 19 digits: what follows one of 16 digits is mostly something else."""
    return len(digits_of(text[start:end])) > 16 and card(text, start, end)
