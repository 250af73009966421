"""Bank accounts: IBANs of all countries, American routing and account numbers."""

from __future__ import annotations

from collections.abc import Mapping

from otel_kit.redaction.validation.checksums import (
    digits_of,
    inside_longer_number,
    letters_and_digits,
    mod_97_10,
    one_digit_only,
    weighted,
)

# Length by country, also of countries that use the form without being in the registry.
# *Source:* SWIFT IBAN registry, release 101.
IBAN_LENGTHS: Mapping[str, int] = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "AX DK FI FK FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE GG IE IM JE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "AO CV GW LY MZ PT ST", "26": "DZ IR IS TR",
        "27": "BI BL CF CG CM DJ FR GA GF GP GQ GR IT KM MC MF MG MQ MR NC PF PM RE SM TD TF WF YT",
        "28": "AL AZ BF BJ BY CI CY DO GT HN HU LB MA ML NE NI PL SN SV TG", "29": "BR EG PS QA UA",
        "30": "JO KW MU YE", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def iban(text: str, start: int, end: int) -> bool:
    """Whether country, length and checksum fit. *Source:* ISO 13616, ISO 7064 mod 97-10."""
    compact = letters_and_digits(text[start:end])
    if IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    return mod_97_10(compact[4:] + compact[:4])


def routing_number(text: str, start: int, end: int) -> bool:
    """Whether this is an American routing number. *Source:* American Bankers Association, routing number policy."""
    digits = digits_of(text[start:end])
    district = int(digits[:2])
    possible = district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    if len(digits) != 9 or not possible or one_digit_only(digits):
        return False
    return weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0 and not inside_longer_number(text, start, end, ".-")


def bank_account(text: str, start: int, end: int) -> bool:
    """Whether this may be a domestic account number: 6 to 17 digits that stand alone and are not all the same."""
    digits = digits_of(text[start:end])
    return 6 <= len(digits) <= 17 and not one_digit_only(digits) and not inside_longer_number(text, start, end, ".-/:")
