"""National identity numbers of Europe, west and south: their check digits and what else their digits must say.

Each check takes the number's letters (in upper case) and digits without separators. Algorithms follow the issuers'
descriptions, which each rule of the pack ``eu-ids`` names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from otel_kit.redaction.validation.checksums import (
    Validator,
    is_date,
    luhn,
    mod_11_10,
    one_digit_only,
    standing_alone,
    starts_with_day,
    total,
    weighted,
)

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_PPSN_LETTERS = "WABCDEFGHIJKLMNOPQRSTUV"


def de_tax_id(number: str) -> bool:
    """Steuer-ID: of the first ten digits exactly one comes twice or three times; check digit by MOD 11,10."""
    counts = Counter(number[:10])
    repeated = [count for count in counts.values() if count > 1]
    return number[0] != "0" and len(repeated) == 1 and repeated[0] in (2, 3) and mod_11_10(number)


def _mrz_digit(characters: str) -> int:
    return sum(int(one, 36) * (7, 3, 1)[index % 3] for index, one in enumerate(characters)) % 10


def de_identity_card(number: str) -> bool:
    """Personalausweis: nine characters, optionally followed by their check digit (ICAO 9303, weights 7, 3, 1)."""
    if not any(character.isdigit() for character in number):
        return False
    return len(number) == 9 or (number[9].isdigit() and _mrz_digit(number[:9]) == int(number[9]))


def de_pension(number: str) -> bool:
    """Rentenversicherungsnummer: area, birth date, initial, serial and a check digit over cross sums."""
    day = int(number[2:4])
    if not is_date(int(number[6:8]), int(number[4:6]), day - 50 if day > 50 else day):
        return False
    digits = number[:8] + f"{ord(number[8]) - 64:02d}" + number[9:11]
    total = 0
    for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        total += sum(divmod(int(digit) * weight, 10))
    return total % 10 == int(number[11])


def fr_nir(number: str) -> bool:
    """Numéro de sécurité sociale: month, Corsican departments and the key 97 - n mod 97."""
    month = int(number[3:5])
    if not (1 <= month <= 12 or 20 <= month <= 42 or month >= 50):
        return False
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(number[13:])


def gb_nino(number: str) -> bool:
    """National Insurance number: prefixes that are not given out."""
    return number[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def gb_nhs(number: str) -> bool:
    """NHS number: check digit modulo 11."""
    return not one_digit_only(number) and (11 - weighted(number[:9], range(10, 1, -1)) % 11) % 11 == int(number[9])


def es_dni(number: str) -> bool:
    """DNI and NIE: the letter is the number modulo 23; X, Y and Z stand for 0, 1 and 2."""
    digits = number[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return digits.isdigit() and number[-1] == _DNI_LETTERS[int(digits) % 23] and not one_digit_only(digits)


def es_cif(number: str) -> bool:
    """CIF: control digit or letter by Luhn over the seven digits."""
    control = next(digit for digit in range(10) if luhn(number[1:8] + str(digit)))
    return number[8] in (str(control), "JABCDEFGHI"[control])


_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def it_codice_fiscale(number: str) -> bool:
    """Codice fiscale: the last letter is the sum of the others' values modulo 26."""
    total = 0
    for index, character in enumerate(number[:15]):
        value = ord(character) - (48 if character.isdigit() else 65)
        total += value if index % 2 else _ODD[value]
    return chr(65 + total % 26) == number[15]


def nl_bsn(number: str) -> bool:
    """Burgerservicenummer: the eleven test."""
    number = number.zfill(9)
    return not one_digit_only(number) and (weighted(number[:8], range(9, 1, -1)) - int(number[8])) % 11 == 0


def be_national_number(number: str) -> bool:
    """Rijksregisternummer: a birth date (other numbers add 20 or 40 to the month), then 97 - n mod 97.

    Those born since 2000 have a 2 before their digits when the check is computed.
    """
    month = int(number[2:4])
    month -= 40 if month > 40 else 20 if month > 20 else 0
    if not is_date(int(number[:2]), month, int(number[4:6])):
        return False
    check = int(number[9:])
    return check in (97 - int(number[:9]) % 97, 97 - int("2" + number[:9]) % 97)


@total
def be_national_number_valid(text: str, start: int, end: int) -> bool:
    """Whether this is one; bare digits must be a birth number, since other runs of eleven digits fit now and then."""
    found = text[start:end]
    return not (found.isdigit() and found[2:4] > "12") and _be_alone(text, start, end)


_be_alone = standing_alone(be_national_number)


def pt_nif(number: str) -> bool:
    """NIF: check digit modulo 11; first digits that are given out."""
    return number[0] in "123456789" and (11 - weighted(number[:8], range(9, 1, -1)) % 11) % 11 % 10 == int(number[8])


def ie_ppsn(number: str) -> bool:
    """PPSN: check letter modulo 23, with a second letter since 2013."""
    second = _PPSN_LETTERS.find(number[8]) if len(number) == 9 else 0
    return second >= 0 and _PPSN_LETTERS[(weighted(number[:7], range(8, 1, -1)) + 9 * second) % 23] == number[7]


def at_svnr(number: str) -> bool:
    """Sozialversicherungsnummer: the fourth digit checks, the last six are the birth date."""
    total = weighted(number[:3] + number[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
    month = int(number[6:8])
    return total == int(number[3]) and int(number[4:6]) <= 31 and month <= 15 and number[0] != "0"


def ch_ahv(number: str) -> bool:
    """AHV number: 756 and the check digit of EAN-13."""
    return (10 - weighted(number[:12], (1, 3) * 6) % 10) % 10 == int(number[12])


def gr_amka(number: str) -> bool:
    """AMKA: a birth date and Luhn's check digit."""
    return starts_with_day(number) and luhn(number)


def gr_afm(number: str) -> bool:
    """AFM: powers of two, modulo 11 and 10."""
    return not one_digit_only(number) and weighted(number[:8], [2**n for n in range(8, 0, -1)]) % 11 % 10 == int(
        number[8]
    )


WESTERN: Mapping[str, Validator] = {
    "de_tax_id": standing_alone(de_tax_id), "de_identity_card": standing_alone(de_identity_card),
    "de_pension": standing_alone(de_pension), "fr_nir": standing_alone(fr_nir), "gb_nino": standing_alone(gb_nino),
    "gb_nhs": standing_alone(gb_nhs), "es_dni": standing_alone(es_dni), "es_cif": standing_alone(es_cif),
    "it_codice_fiscale": standing_alone(it_codice_fiscale), "nl_bsn": standing_alone(nl_bsn),
    "be_national_number": be_national_number_valid, "pt_nif": standing_alone(pt_nif),
    "ie_ppsn": standing_alone(ie_ppsn), "at_svnr": standing_alone(at_svnr), "ch_ahv": standing_alone(ch_ahv),
    "gr_amka": standing_alone(gr_amka), "gr_afm": standing_alone(gr_afm),
}  # fmt: skip
