"""National identity numbers of Europe, north and east: their check digits and the birth dates in them.

Each check takes the number's letters (in upper case) and digits without separators. Algorithms follow the issuers'
descriptions, which each rule of the pack ``eu-ids`` names.
"""

from __future__ import annotations

from collections.abc import Mapping

from otel_kit.redaction.validation.checksums import (
    Validator,
    is_date,
    luhn,
    mod_11_10,
    one_digit_only,
    standing_alone,
    starts_with_day,
    starts_with_year,
    weighted,
)

_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def pl_pesel(number: str) -> bool:
    """PESEL: weights 1, 3, 7, 9; the century stands in the month."""
    month = int(number[2:4]) % 20
    check = (10 - weighted(number[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10
    return is_date(int(number[:2]), month, int(number[4:6])) and check == int(number[10])


def pl_nip(number: str) -> bool:
    """NIP: weights modulo 11, where 10 is not given out."""
    return not one_digit_only(number) and weighted(number[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(number[9])


def se_personnummer(number: str) -> bool:
    """Personnummer: a birth date (coordination numbers add 60 to the day) and Luhn over the last ten digits.

    Twelve digits that begin with a year of this decade are mostly a day and a serial number: those must be older.
    """
    if len(number) == 12 and not "1900" <= number[:4] <= "2019":
        return False
    short = number[-10:]
    day = int(short[4:6])
    return is_date(int(short[:2]), int(short[2:4]), day - 60 if day > 60 else day) and luhn(short)


def no_fodselsnummer(number: str) -> bool:
    """Fødselsnummer: a birth date (D numbers add 40 to the day, H numbers to the month) and two check digits."""
    day, month = int(number[:2]), int(number[2:4])
    if not is_date(int(number[4:6]), month - 40 if month > 40 else month, day - 40 if day > 40 else day):
        return False
    first = weighted(number[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == 0 and second == 0


def dk_cpr(number: str) -> bool:
    """CPR number: a birth date; its check digit was given up in 2007."""
    return starts_with_day(number) and not one_digit_only(number)


def fi_hetu(number: str) -> bool:
    """Henkilötunnus: a birth date, a sign or letter for the century, a check character modulo 31.

    Comes without the sign where that is none of letters and digits.
    """
    body = number[:6] + number[-4:-1]
    return starts_with_day(number) and _HETU_LETTERS[int(body) % 31] == number[-1]


def cz_rodne_cislo(number: str) -> bool:
    """Rodné číslo: a birth date with 50, 20 or 70 added to the month; ten digits are divisible by 11."""
    month = int(number[2:4])
    month -= next(extra for extra in (70, 50, 20, 0) if month > extra or not extra)
    if not is_date(int(number[:2]), month, int(number[4:6])):
        return False
    return len(number) == 9 or int(number) % 11 == 0 or (int(number[:9]) % 11 == 10 and number[9] == "0")


def ro_cnp(number: str) -> bool:
    """CNP: sex and century, birth date, county, check digit."""
    check = weighted(number[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return number[0] != "0" and starts_with_year(number, first=1) and (1 if check == 10 else check) == int(number[12])


def bg_egn(number: str) -> bool:
    """EGN: a birth date with 20 or 40 added to the month, a check digit modulo 11."""
    month = int(number[2:4])
    month -= 40 if month > 40 else 20 if month > 20 else 0
    check = weighted(number[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    return is_date(int(number[:2]), month, int(number[4:6])) and check == int(number[9])


def hr_oib(number: str) -> bool:
    """OIB: MOD 11,10."""
    return mod_11_10(number) and not one_digit_only(number)


def hu_taj(number: str) -> bool:
    """TAJ: weights 3 and 7."""
    return not one_digit_only(number) and weighted(number[:8], (3, 7) * 4) % 10 == int(number[8])


def hu_tax_id(number: str) -> bool:
    """Adóazonosító jel: weights 1 to 9 modulo 11."""
    return weighted(number[:9], range(1, 10)) % 11 == int(number[9])


def baltic_code(number: str) -> bool:
    """Isikukood, asmens kodas: sex and century, birth date, a check digit in two rounds modulo 11."""
    check = weighted(number[:10], (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(number[:10], (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return number[0] in "12345678" and starts_with_year(number, first=1) and check == int(number[10])


def lv_personas_kods(number: str) -> bool:
    """Personas kods: birth date and check digit; those since 2017 begin with 32 and have neither."""
    if number.startswith("32"):
        return True
    check = 1 + weighted(number[:10], (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))
    return starts_with_day(number) and check % 11 % 10 == int(number[10])


def emso(number: str) -> bool:
    """EMŠO, JMBG: birth date with three digits of the year, a check digit modulo 11."""
    check = (11 - weighted(number[:12], (7, 6, 5, 4, 3, 2) * 2) % 11) % 11 % 10
    return is_date(int(number[5:7]), int(number[2:4]), int(number[:2])) and check == int(number[12])


_VERHOEFF = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
    "8765932104", "9876543210",
)  # fmt: skip
_TURNS = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def lu_matricule(number: str) -> bool:
    """Matricule: birth date, serial, then a check digit by Luhn and one by Verhoeff."""
    if not is_date(int(number[:4]), int(number[4:6]), int(number[6:8])) or not luhn(number[:12]):
        return False
    check = 0
    for index, digit in enumerate(reversed(number[:11] + number[12])):
        check = int(_VERHOEFF[check][int(_TURNS[index % 8][int(digit)])])
    return check == 0


EASTERN: Mapping[str, Validator] = {
    "pl_pesel": standing_alone(pl_pesel), "pl_nip": standing_alone(pl_nip),
    "se_personnummer": standing_alone(se_personnummer), "no_fodselsnummer": standing_alone(no_fodselsnummer),
    "dk_cpr": standing_alone(dk_cpr), "fi_hetu": standing_alone(fi_hetu),
    "cz_rodne_cislo": standing_alone(cz_rodne_cislo), "ro_cnp": standing_alone(ro_cnp),
    "bg_egn": standing_alone(bg_egn), "hr_oib": standing_alone(hr_oib), "hu_taj": standing_alone(hu_taj),
    "hu_tax_id": standing_alone(hu_tax_id), "baltic_code": standing_alone(baltic_code),
    "lv_personas_kods": standing_alone(lv_personas_kods), "emso": standing_alone(emso),
    "lu_matricule": standing_alone(lu_matricule),
}  # fmt: skip
