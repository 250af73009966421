"""VAT numbers of Europe: two letters for the country, then a number with the country's check digits.

*Source:* European Commission, VIES, "VAT identification numbers: structure"; check digits as the tax
offices publish them. The numbers of sole traders are personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from otel_kit.redaction.validation.checksums import (
    Validator,
    luhn,
    luhn_sum,
    mod_11_10,
    mod_97_10,
    standing_alone,
    weighted,
)
from otel_kit.redaction.validation.eastern_ids import bg_egn, cz_rodne_cislo, hr_oib, lv_personas_kods, pl_nip
from otel_kit.redaction.validation.national_ids import (
    es_cif,
    es_dni,
    gr_afm,
    ie_ppsn,
    nl_bsn,
    pt_nif,
)

__all__ = ["VAT", "is_vat_number"]


def _divisible(weights: Sequence[int], modulus: int) -> Callable[[str], bool]:
    """Return the check that the weighted digits, check digit included, are divisible by ``modulus``."""
    return lambda number: len(number) == len(weights) and number.isdigit() and weighted(number, weights) % modulus == 0


def _at(number: str) -> bool:
    return len(number) == 9 and number[0] == "U" and (luhn_sum(number[1:8]) + int(number[8])) % 10 == 6


def _be(number: str) -> bool:
    return len(number) == 10 and (int(number[:8]) + int(number[8:])) % 97 == 0


def _bg(number: str) -> bool:
    if len(number) == 10:
        return bg_egn(number) or (11 - weighted(number[:9], (4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11 == int(number[9])
    check = weighted(number[:8], range(1, 9)) % 11
    if check == 10:
        check = weighted(number[:8], range(3, 11)) % 11
    return len(number) == 9 and check % 10 == int(number[8])


def _ch(number: str) -> bool:
    return number[0] == "E" and (11 - weighted(number[1:9], (5, 4, 3, 2, 7, 6, 5, 4))) % 11 == int(number[9])


_CY_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)


def _cy(number: str) -> bool:
    if len(number) != 9 or not number[:8].isdigit() or number.startswith("12"):
        return False
    total = sum(_CY_ODD[int(digit)] for digit in number[:8:2]) + sum(int(digit) for digit in number[1:8:2])
    return chr(65 + total % 26) == number[8]


def _cz(number: str) -> bool:
    if len(number) == 8:
        check = (11 - weighted(number[:7], range(8, 1, -1))) % 11 or 1
        return check % 10 == int(number[7])
    return len(number) in (9, 10) and cz_rodne_cislo(number)


def _es(number: str) -> bool:
    return len(number) == 9 and (es_cif(number) if number[0] in "ABCDEFGHJKLMNPQRSUVW" else es_dni(number))


def _fr(number: str) -> bool:
    siren = number[2:]
    if len(number) != 11 or not siren.isdigit() or not luhn(siren):
        return False
    return not number[:2].isdigit() or (int(siren) * 100 + 12) % 97 == int(number[:2])


def _gb(number: str) -> bool:
    return len(number) in (9, 12) and weighted(number[:9], (8, 7, 6, 5, 4, 3, 2, 10, 1)) % 97 in (0, 42, 55)


def _ie(number: str) -> bool:
    if number[1].isalpha():  # before 2013 the second character could be a letter
        number = "0" + number[2:7] + number[0] + number[7:]
    return ie_ppsn(number)


def _it(number: str) -> bool:
    office = number[7:10]
    return len(number) == 11 and ("001" <= office <= "100" or office in ("120", "121", "888", "999")) and luhn(number)


def _lt(number: str) -> bool:
    if len(number) not in (9, 12) or number[-2] != "1":
        return False
    check = sum((1 + index % 9) * int(digit) for index, digit in enumerate(number[:-1])) % 11
    if check == 10:
        check = sum((1 + (index + 2) % 9) * int(digit) for index, digit in enumerate(number[:-1])) % 11 % 10
    return check == int(number[-1])


def _lu(number: str) -> bool:
    return len(number) == 8 and int(number[:6]) % 89 == int(number[6:])


def _lv(number: str) -> bool:
    if len(number) != 11:
        return False
    legal = weighted(number, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3
    return legal if number[0] > "3" else lv_personas_kods(number)


def _nl(number: str) -> bool:
    return len(number) == 12 and number[9] == "B" and (nl_bsn(number[:9]) or mod_97_10("NL" + number))


def _ro(number: str) -> bool:
    check = 10 * weighted(number[:-1].zfill(9), (7, 5, 3, 2, 1, 7, 5, 3, 2)) % 11 % 10
    return 6 <= len(number) <= 10 and number[0] != "0" and check == int(number[-1])


def _se(number: str) -> bool:
    return len(number) == 12 and luhn(number[:10])


def _si(number: str) -> bool:
    check = 11 - weighted(number[:7], range(8, 1, -1)) % 11
    return len(number) == 8 and number[0] != "0" and (0 if check == 10 else check) == int(number[7])


def _sk(number: str) -> bool:
    legal = number[0] != "0" and number[2] in "234789" and int(number) % 11 == 0
    return len(number) == 10 and (legal or cz_rodne_cislo(number))


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "AT": _at, "BE": _be, "BG": _bg, "CH": _ch, "CY": _cy, "CZ": _cz,
    "DE": lambda number: len(number) == 9 and number[0] != "0" and mod_11_10(number),
    "DK": _divisible((2, 7, 6, 5, 4, 3, 2, 1), 11), "EE": _divisible((3, 7, 1, 3, 7, 1, 3, 7, 1), 10),
    "EL": lambda number: len(number) == 9 and gr_afm(number), "ES": _es,
    "FI": _divisible((7, 9, 10, 5, 8, 4, 2, 1), 11), "FR": _fr, "GB": _gb,
    "HR": lambda number: len(number) == 11 and hr_oib(number), "HU": _divisible((9, 7, 3, 1, 9, 7, 3, 1), 10),
    "IE": _ie, "IT": _it, "LT": _lt, "LU": _lu, "LV": _lv,
    "MT": _divisible((3, 4, 6, 7, 8, 9, 10, 1), 37), "NL": _nl,
    "PL": lambda number: len(number) == 10 and pl_nip(number),
    "PT": lambda number: len(number) == 9 and pt_nif(number), "RO": _ro, "SE": _se, "SI": _si, "SK": _sk, "XI": _gb,
}  # fmt: skip


def is_vat_number(number: str) -> bool:
    """Whether country and check digits of a compact VAT number fit."""
    check = _CHECKS.get(number[:2])
    return check is not None and check(number[2:])


VAT: Mapping[str, Validator] = {"vat_number": standing_alone(is_vat_number)}
