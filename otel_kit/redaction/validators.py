"""Checks that tell a real value from something of the same shape: checksums, ranges, neighbours.

Each takes the whole text and the range of the candidate, so that it can look at what stands around it, and returns
whether the candidate is the real thing.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

Validator: TypeAlias = Callable[[str, int, int], bool]


def luhn(digits: str) -> bool:
    """Whether the check digit fits. *Source:* ISO/IEC 7812-1, annex B."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        number = ord(digit) - 48
        if index % 2:
            number = number * 2 - 9 if number > 4 else number * 2
        total += number
    return total % 10 == 0


# First digits (lowest, highest) of each scheme and its lengths. *Source:* the schemes' published IIN ranges.
_SCHEMES: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({16, 19})),  # Visa
    (51, 55, frozenset({16})),  # Mastercard
    (2221, 2720, frozenset({16})),
    (2200, 2204, frozenset({16, 17, 18, 19})),  # Mir
    (34, 34, frozenset({15})),  # American Express
    (37, 37, frozenset({15})),
    (6011, 6011, frozenset({16, 19})),  # Discover
    (644, 659, frozenset({16, 19})),
    (62, 62, frozenset({16, 17, 18, 19})),  # UnionPay
    (3528, 3589, frozenset({16, 17, 18, 19})),  # JCB
    (2131, 2131, frozenset({15})),
    (1800, 1800, frozenset({15})),
    (300, 305, frozenset({14})),  # Diners Club
    (36, 36, frozenset({14})),
    (38, 39, frozenset({14})),
    (5018, 5018, frozenset({16, 18, 19})),  # Maestro
    (5020, 5020, frozenset({16, 18, 19})),
    (5038, 5038, frozenset({16, 18, 19})),
    (5893, 5893, frozenset({16, 18, 19})),
    (6304, 6304, frozenset({16, 18, 19})),
    (6759, 6763, frozenset({16, 18, 19})),
)


def is_card_number(digits: str) -> bool:
    """Whether bare digits have the prefix and the length of a card scheme and a right check digit."""
    length = len(digits)
    if not 14 <= length <= 19 or digits == digits[0] * length:
        return False
    for low, high, lengths in _SCHEMES:
        if length in lengths and low <= int(digits[: len(str(low))]) <= high:
            return luhn(digits)
    return False


def card(text: str, start: int, end: int) -> bool:
    """Whether this is a card number; a bare run of 14 digits needs separators, since counters pass the checksum."""
    found = text[start:end]
    digits = _digits(found)
    if len(digits) == 14 and len(found) == 14:
        return False
    return is_card_number(digits) and not _inside_longer_number(text, start, end, ".-")


def ssn(text: str, start: int, end: int) -> bool:
    """Whether the three parts can be issued. *Source:* 20 CFR 422.103, SSA randomisation of 2011."""
    digits = _digits(text[start:end])
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    possible = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return possible and not _inside_longer_number(text, start, end, "-./")


# Length by country. *Source:* SWIFT IBAN registry, release 99.
_IBAN_LENGTHS: Mapping[str, int] = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FO FI GL NL SD FK", "19": "MK SI", "20": "AT BA EE KZ LT LU XK MN",
        "21": "CR CH HR LI LV", "22": "BG BH DE GB GE IE ME RS VA", "23": "AE GI IL IQ TL OM SO",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB PL SV NI", "29": "BR EG PS QA UA", "30": "JO KW MU YE", "31": "MT SC",
        "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def iban(text: str, start: int, end: int) -> bool:
    """Whether country, length and checksum fit. *Source:* ISO 13616, ISO 7064 mod 97-10."""
    compact = text[start:end].replace(" ", "")
    if _IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


_KEPT_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip


def is_public_address(text: str) -> bool:
    """Whether ``text`` is an IP address outside of loopback, link-local, private, unique-local and multicast networks.

    The documentation networks count as public: what stands there in a test stands for a real client.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return not any(address.version == network.version and address in network for network in _KEPT_NETWORKS)


_KEPT_BEGINNINGS = ("0.", "10.", "127.", "192.168.", "169.254.")  # the frequent ones, told without parsing
_PRODUCT = re.compile(r"(?:^|[^/\w.-])[A-Za-z][\w.-]{0,40}/\Z", re.ASCII)
_VERSION_WORD = re.compile(r"(?:version|release|==|~=|>=|<=|[\w]-)[ :=\"']{0,3}\Z", re.ASCII | re.IGNORECASE)


def ip(text: str, start: int, end: int) -> bool:
    """Whether this is a public address and no version such as ``Chrome/120.0.0.0`` or ``==1.2.3.4``."""
    found = text[start:end]
    if ":" in found:
        return is_public_address(found)
    if found.startswith(_KEPT_BEGINNINGS) or _inside_longer_number(text, start, end, "."):
        return False
    follows = text[end : end + 2]
    if len(follows) == 2 and follows[0] in ".-_+" and follows[1].isalpha():
        return False
    before = text[max(0, start - 48) : start]
    return not _PRODUCT.search(before) and not _VERSION_WORD.search(before) and is_public_address(found)


_NUMERIC_DOMAIN = re.compile(r"\d+\.\d+")
_IMAGE_NAME = re.compile(r"\d(?:\.\d)?x\.[a-z]{2,4}", re.IGNORECASE)


def email(text: str, start: int, end: int) -> bool:
    """Whether the domain is one, and not a version (``pkg@1.2.3-rc.one``) or a picture (``icon@2x.png``)."""
    domain = re.split("@|%40|%2540", text[start:end])[-1]
    return not _NUMERIC_DOMAIN.match(domain) and not _IMAGE_NAME.fullmatch(domain)


def phone(text: str, start: int, end: int) -> bool:
    """Whether the digits are as many as E.164 allows and stand alone."""
    found = text[start:end]
    digits = _digits(found)
    if not 9 <= len(digits) <= 15 or len(set(digits)) == 1:
        return False
    return not _inside_longer_number(text, start, end, "-./:")


def basic(text: str, start: int, end: int) -> bool:
    """Whether this is base64 of ``user:password``. *Source:* RFC 7617."""
    found = text[start:end].rstrip("=")
    try:
        return b":" in base64.b64decode(found + "=" * (-len(found) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def random(text: str, start: int, end: int) -> bool:
    """Whether this looks drawn by a machine: it has a digit and is no plain word chain."""
    return any(character.isdigit() for character in text[start:end])


def _digits(found: str) -> str:
    return "".join(character for character in found if "0" <= character <= "9")


def _inside_longer_number(text: str, start: int, end: int, joints: str) -> bool:
    """Whether a digit stands before or behind the range, directly or over one of ``joints``."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and (before[-1].isdigit() or (len(before) == 2 and before[-1] in joints and before[0].isdigit())):
        return True
    return bool(after) and (after[0].isdigit() or (len(after) == 2 and after[0] in joints and after[1].isdigit()))


VALIDATORS: Mapping[str, Validator] = {
    "email": email, "card": card, "phone": phone, "ssn": ssn, "iban": iban, "ip": ip, "basic": basic, "random": random,
}  # fmt: skip
