"""Phone numbers: which digits can be dialled, and what looks like a number to dial but is a date, an address or a size.

The patterns of the rules hold the country codes and how many digits follow them (ITU-T E.164); the checks here look at
what a pattern cannot say.
"""

from __future__ import annotations

import re

from otel_kit.redaction.validation.checksums import digits_of, inside_longer_number, one_digit_only

_EXTENSION = re.compile(r"[ ,;]{0,2}(?:x|ext|#).*\Z", re.ASCII | re.IGNORECASE)
_GAP = re.compile("[^0-9]+")
_ENCODED_PLUS = re.compile("%(?:25)?2[Bb]")
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])(?:[ -]|\Z)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:19|20)\d\d(?:[ -]|\Z)"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[ -]|\Z)",
    re.ASCII,
)
_GROUP_BEFORE = re.compile(r"\d\d \Z", re.ASCII)
_GROUP_BEHIND = re.compile(r" \d{3,}(?![\d:.-])", re.ASCII)
_PAIRS = re.compile(r"\d\d(?: \d\d){4}", re.ASCII)
_HEX_PAIR_BEHIND = re.compile(r" [0-9A-Fa-f]{2}\b", re.ASCII)
_HEX_PAIR_BEFORE = re.compile(r"\b[0-9A-Fa-f]{2} \Z", re.ASCII)
_JOINTS = "-./:"
_AMOUNT_SIGNS = ("_", "$", "€", "£", "%", ",")
_UNIT = re.compile(
    r" ?(?:%|m?s\b|us\b|ns\b|sec|min|[kmgt]?i?b\b|bytes?\b|rows\b|items\b|records\b|times\b|eur\b|usd\b|gbp\b|€|\$)",
    re.ASCII | re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(r"\b(?:nhs|ref|reference|order|account|acct|invoice|patient)\b", re.ASCII | re.IGNORECASE)
# What only a number to dial follows, and what an id may follow as well.
_ASKS_FOR_NUMBER = re.compile(
    r"\b(?:(?:call(?:ed|ing)?|ring|reach(?:ed)?|contact|text(?: message)?|sms|whatsapp|dial(?:l?ed|ing)?)"
    r"(?: (?:me|us|him|her|them))?(?: back)? (?:at|on|under|from|to|via)|(?:contact|dial(?:l?ed)?|text|sms):?"
    r"|(?:my|your|his|her|our|their) number(?: changed,? it)? is):? ?\Z",
    re.ASCII | re.IGNORECASE,
)
_MAY_ASK = re.compile(r"\b(?:call(?:ed|ing)?|whatsapp|ring|contact:):? ?\Z", re.ASCII | re.IGNORECASE)
_PLAIN_CONTACT = re.compile(r"\bcontacts? ?\Z", re.ASCII | re.IGNORECASE)


def is_nanp(area: str, exchange: str) -> bool:
    """Whether area and exchange can be dialled in North America. *Source:* NANPA, numbering plan of the NANP."""
    return (
        "2" <= area[0] <= "9"
        and area[1] != "9"
        and area[1:] != "11"
        and "2" <= exchange[0] <= "9"
        and exchange[1:] != "11"
    )


def phone(text: str, start: int, end: int) -> bool:
    """Whether a number whose separators or whose plus sign give it away is one.

    Groups of three, three and four digits with nothing but spaces between them are also columns of a table: these must
    fit the North American plan.
    """
    found = text[start:end]
    if found[0] in "+%":
        return _international(text, start, end)
    number = _EXTENSION.sub("", found)
    digits = digits_of(number)
    if not 9 <= len(digits) <= 15 or one_digit_only(digits) or inside_longer_number(text, start, end, _JOINTS):
        return False
    if _DATE.match(number) or text[start - 1 : start] in _AMOUNT_SIGNS:
        return False
    if " " in number and _row_of_groups(text, start, end):
        return False
    if digits.startswith(("00", "011")):
        return len(digits) != len(number)
    if set(digits) <= {"0", "1"}:
        return False  # bits in groups of four
    if _PAIRS.fullmatch(number):
        return not _HEX_PAIR_BEHIND.match(text, end) and not _HEX_PAIR_BEFORE.search(text, max(0, start - 3), start)
    if set(_GAP.findall(number)) == {" "} and digits[0] != "0":
        local = digits[-10:]
        if _OTHER_NUMBER.search(text, max(0, start - 24), start):
            return False
        return local[1:3] != "00" and is_nanp(local[:3], local[3:6])
    return True


def _row_of_groups(text: str, start: int, end: int) -> bool:
    """Whether groups of digits stand before or behind as well: a card, an account or a column of a table."""
    return (
        _GROUP_BEFORE.search(text, max(0, start - 3), start) is not None or _GROUP_BEHIND.match(text, end) is not None
    )


def _international(text: str, start: int, end: int) -> bool:
    number = _ENCODED_PLUS.sub("", _EXTENSION.sub("", text[start:end]))
    digits = digits_of(number)
    before = text[start - 1 : start]
    if before.isdigit() or (before.isalpha() and text[start] == "+") or inside_longer_number(text, start, end, "-/:"):
        return False
    bare_delta = len(digits) == len(number) - 1 and digits[0] == "1" and digits[1:2] < "2"
    return 8 <= len(digits) <= 15 and not one_digit_only(digits) and not bare_delta


def phone_national(text: str, start: int, end: int) -> bool:
    """Whether digits behind a word such as ``phone`` can be a number of any country's national plan."""
    number = _EXTENSION.sub("", text[start:end])
    digits = digits_of(number)
    if not _alone(text, start, end, number, digits):
        return False
    if digits[0] == "0":
        return 8 <= len(digits) <= 15
    if len(digits) == 7:
        return number[3] in " -." and len(_GAP.findall(number)) == 1
    if len(digits) == len(number):
        return 8 <= len(digits) <= 11 and not (len(digits) == 10 and "15" <= digits[:2] <= "19")  # epoch seconds
    return 8 <= len(digits) <= 11


def phone_spoken(text: str, start: int, end: int) -> bool:
    """Whether digits behind a word such as ``call`` are a number: only if they are also grouped like one.

    A bare run must be the very next thing, since calls and contacts have ids too.
    """
    number = _EXTENSION.sub("", text[start:end])
    digits = digits_of(number)
    if not _alone(text, start, end, number, digits):
        return False
    if len(digits) == len(number):
        return _asked_for(text, start, digits)
    groups = [len(group) for group in _GAP.split(number) if group]
    if digits[0] == "0":
        return 9 <= len(digits) <= 15 or (len(digits) == 8 and (len(groups) > 2 or number[0] == "("))
    if digits[0] == "1":
        return groups in ([3, 4, 4], [2, 5, 4]) or (len(groups) > 3 and 9 <= len(digits) <= 11)
    if groups == [3, 2, 4]:
        return False  # a social security number
    return 8 <= len(digits) <= 11 and (len(groups) > 2 or len(digits) == 10 or groups == [4, 4])


def _asked_for(text: str, start: int, digits: str) -> bool:
    """Whether a bare run of digits is the very next thing behind words that ask for a number."""
    before = text[max(0, start - 40) : start]
    if _PLAIN_CONTACT.search(before):
        return False
    long_enough = len(digits) in (10, 11) or digits.startswith("00")
    epoch = len(digits) == 10 and digits[0] == "1"
    if _ASKS_FOR_NUMBER.search(before):
        return not epoch and (long_enough or len(digits) in (8, 9))
    return long_enough and digits[0] != "1" and _MAY_ASK.search(before) is not None


def _alone(text: str, start: int, end: int, number: str, digits: str) -> bool:
    """Whether the number stands by itself and is no date, IP address, decimal, amount or one digit repeated."""
    if one_digit_only(digits) or inside_longer_number(text, start, end, _JOINTS + ",") or _DATE.match(number):
        return False
    dots = number.count(".")
    if digits[0] != "0" and (dots in (1, 3) or (dots and "-" in number)):
        return False  # a decimal, an IP address, a range of versions
    return text[start - 1 : start] not in _AMOUNT_SIGNS and not _UNIT.match(text, end)
