# ruff: noqa: E501 - one kind of text in one line
"""Identity numbers of European countries, made with right check digits.

The algorithms are those that the issuing offices publish; each is named in its function.
"""

from __future__ import annotations

import random

from benchmarks.heldout.money import digits, luhn_digit

_LETTERS23 = "TRWAGMYFPDXBNJZSQVHLCKE"  # Spain, DNI
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"  # Finland
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
         22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _day(rng: random.Random) -> tuple[int, int, int]:
    return rng.randint(1940, 2006), rng.randint(1, 12), rng.randint(1, 28)


def _weighted(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def _mod11_10(number: str) -> str:
    """ISO 7064 MOD 11,10."""
    rest = 10
    for digit in number:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def germany(rng: random.Random) -> str:
    """Steuer-IdNr: of the first ten digits exactly one occurs twice; ISO 7064 MOD 11,10."""
    while True:
        nine = rng.sample("0123456789", 9)
        ten = [*nine, rng.choice(nine)]
        rng.shuffle(ten)
        number = "".join(ten)
        if number[0] != "0":
            full = number + _mod11_10(number)
            return full if rng.random() < 0.6 else f"{full[:2]} {full[2:5]} {full[5:8]} {full[8:]}"


def france(rng: random.Random) -> str:
    """NIR: sex, year, month, department, commune, order, key 97 - n mod 97."""
    year, month, _ = _day(rng)
    body = f"{rng.choice('12')}{year % 100:02d}{month:02d}{rng.randint(1, 95):02d}{rng.randint(1, 989):03d}{rng.randint(1, 999):03d}"
    if body[5:7] == "20":
        body = body[:5] + "21" + body[7:]
    key = f"{97 - int(body) % 97:02d}"
    if rng.random() < 0.5:
        return body + key
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"


def italy(rng: random.Random) -> str:
    """Codice fiscale: six letters, date, place, check letter."""
    year, month, day = _day(rng)
    consonants = "BCDFGLMNPRSTVZ"
    body = "".join(rng.choice(consonants) for _ in range(6))
    body += f"{year % 100:02d}{'ABCDEHLMPRST'[month - 1]}{day + rng.choice((0, 40)):02d}{rng.choice('ABCDEFGHILMZ')}{rng.randint(1, 999):03d}"
    total = sum(
        _ODD[sign] if place % 2 == 0 else int(sign, 36) - (10 if sign.isalpha() else 0)
        for place, sign in enumerate(body)
    )
    return body + chr(65 + total % 26)


def spain(rng: random.Random) -> str:
    """DNI or NIE: the rest by 23 is a letter."""
    if rng.random() < 0.3:
        start, rest = rng.choice("XYZ"), digits(rng, 7)
        return f"{start}{rest}{_LETTERS23[int(str('XYZ'.index(start)) + rest) % 23]}"
    number = f"{rng.randint(10_000_000, 99_999_999)}"
    return f"{number}{rng.choice(('', '-'))}{_LETTERS23[int(number) % 23]}"


def netherlands(rng: random.Random) -> str:
    """BSN: elfproef with weights 9 to 2 and -1."""
    while True:
        number = f"{rng.randint(100_000_000, 999_999_999)}"
        if _weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0:
            return number


def belgium(rng: random.Random) -> str:
    """Rijksregisternummer: 97 - n mod 97, with a 2 in front for births from 2000."""
    year, month, day = _day(rng)
    body = f"{year % 100:02d}{month:02d}{day:02d}{rng.randint(1, 997):03d}"
    key = 97 - int(("2" if year >= 2000 else "") + body) % 97
    if rng.random() < 0.5:
        return f"{body}{key:02d}"
    return f"{body[:2]}.{body[2:4]}.{body[4:6]}-{body[6:]}.{key:02d}"


def poland(rng: random.Random) -> str:
    """PESEL: weights 1 3 7 9."""
    year, month, day = _day(rng)
    body = f"{year % 100:02d}{month + (20 if year >= 2000 else 0):02d}{day:02d}{digits(rng, 4)}"
    return body + str(-_weighted(body, (1, 3, 7, 9) * 3) % 10)


def sweden(rng: random.Random) -> str:
    """Personnummer: Luhn over ten digits."""
    year, month, day = _day(rng)
    body = f"{year % 100:02d}{month:02d}{day:02d}{rng.randint(0, 999):03d}"
    check = luhn_digit(body)
    century = str(year // 100) if rng.random() < 0.5 else ""
    return f"{century}{body[:6]}-{body[6:]}{check}"


def norway(rng: random.Random) -> str:
    """Fødselsnummer: two check digits modulo 11."""
    while True:
        year, month, day = _day(rng)
        low, high = (500, 999) if year >= 2000 else (0, 499)
        body = f"{day:02d}{month:02d}{year % 100:02d}{rng.randint(low, high):03d}"
        first = -_weighted(body, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
        if first == 10:
            continue
        second = -_weighted(f"{body}{first}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if second != 10:
            number = f"{body}{first}{second}"
            return number if rng.random() < 0.6 else f"{number[:6]} {number[6:]}"


def denmark(rng: random.Random) -> str:
    """CPR: weights 4 3 2 7 6 5 4 3 2 1 modulo 11 (kept for births before 2007)."""
    while True:
        year, month, day = _day(rng)
        seventh = rng.randint(0, 3) if year < 2000 else rng.randint(4, 9)
        number = f"{day:02d}{month:02d}{year % 100:02d}{seventh}{digits(rng, 3)}"
        if _weighted(number, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0:
            return f"{number[:6]}-{number[6:]}"


def finland(rng: random.Random) -> str:
    """HETU: the rest by 31 is a sign."""
    year, month, day = _day(rng)
    birth, order = f"{day:02d}{month:02d}{year % 100:02d}", f"{rng.randint(2, 899):03d}"
    return f"{birth}{'A' if year >= 2000 else '-'}{order}{_HETU[int(birth + order) % 31]}"


def portugal(rng: random.Random) -> str:
    """NIF: weights 9 to 2 modulo 11."""
    body = rng.choice("123") + digits(rng, 7)
    check = 11 - _weighted(body, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return f"{body}{0 if check > 9 else check}"


def ireland(rng: random.Random) -> str:
    """PPSN: weights 8 to 2 modulo 23; a second letter counts nine times."""
    body = f"{rng.randint(1_000_000, 9_999_999)}"
    second = rng.choice(("", "", "A", "W"))
    total = _weighted(body, (8, 7, 6, 5, 4, 3, 2)) + (9 * (ord(second) - 64) if second and second != "W" else 0)
    return f"{body}{'WABCDEFGHIJKLMNOPQRSTUV'[total % 23]}{second}"


def united_kingdom(rng: random.Random) -> str:
    """National insurance number: prefix rules, no check digit."""
    prefix = rng.choice(("AB", "CE", "JK", "PW", "SX", "HL", "YM"))
    number = digits(rng, 6)
    if rng.random() < 0.5:
        return f"{prefix}{number}{rng.choice('ABCD')}"
    return f"{prefix} {number[:2]} {number[2:4]} {number[4:]} {rng.choice('ABCD')}"


def nhs(rng: random.Random) -> str:
    """NHS number (England): weights 10 to 2 modulo 11."""
    while True:
        body = f"{rng.randint(400_000_000, 499_999_999)}"
        check = 11 - _weighted(body, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
        if check != 10:
            number = f"{body}{0 if check == 11 else check}"
            return f"{number[:3]} {number[3:6]} {number[6:]}"


def austria(rng: random.Random) -> str:
    """Sozialversicherungsnummer: weights 3 7 9 5 8 4 2 1 6 modulo 11."""
    while True:
        year, month, day = _day(rng)
        order, birth = f"{rng.randint(100, 999)}", f"{day:02d}{month:02d}{year % 100:02d}"
        check = _weighted(order + birth, (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
        if check != 10:
            return f"{order}{check} {birth}" if rng.random() < 0.7 else f"{order}{check}{birth}"


def switzerland(rng: random.Random) -> str:
    """AHV number: 756 and an EAN-13 check digit."""
    body = "756" + digits(rng, 9)
    number = body + str(-_weighted(body, (1, 3) * 6) % 10)
    return f"{number[:3]}.{number[3:7]}.{number[7:11]}.{number[11:]}"


def czechia(rng: random.Random) -> str:
    """Rodné číslo: ten digits that 11 divides."""
    while True:
        year, month, day = _day(rng)
        if year < 1954:
            continue
        body = f"{year % 100:02d}{month + rng.choice((0, 50)):02d}{day:02d}{digits(rng, 3)}"
        check = int(body) % 11
        if check != 10:
            return f"{body[:6]}/{body[6:]}{check}"


def romania(rng: random.Random) -> str:
    """CNP: weights 279146358279 modulo 11."""
    year, month, day = _day(rng)
    sex = rng.choice("12") if year < 2000 else rng.choice("56")
    body = f"{sex}{year % 100:02d}{month:02d}{day:02d}{rng.randint(1, 46):02d}{rng.randint(1, 999):03d}"
    check = _weighted(body, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return f"{body}{1 if check == 10 else check}"


def bulgaria(rng: random.Random) -> str:
    """EGN: weights 2 4 8 5 10 9 7 3 6 modulo 11."""
    year, month, day = _day(rng)
    body = f"{year % 100:02d}{month + (40 if year >= 2000 else 0):02d}{day:02d}{digits(rng, 3)}"
    return f"{body}{_weighted(body, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10}"


def baltic(rng: random.Random) -> str:
    """Isikukood (Estonia) and asmens kodas (Lithuania): two rounds of weights modulo 11."""
    year, month, day = _day(rng)
    sex = rng.choice("34") if year < 2000 else rng.choice("56")
    body = f"{sex}{year % 100:02d}{month:02d}{day:02d}{digits(rng, 3)}"
    check = _weighted(body, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = _weighted(body, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return f"{body}{check}"


def croatia(rng: random.Random) -> str:
    """OIB: ISO 7064 MOD 11,10."""
    body = digits(rng, 10)
    return body + _mod11_10(body)


def greece(rng: random.Random) -> str:
    """AMKA: birth date, four digits, Luhn."""
    year, month, day = _day(rng)
    body = f"{day:02d}{month:02d}{year % 100:02d}{digits(rng, 4)}"
    return body + luhn_digit(body)


def hungary(rng: random.Random) -> str:
    """TAJ: weights 3 and 7 modulo 10."""
    body = digits(rng, 8)
    number = body + str(_weighted(body, (3, 7) * 4) % 10)
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def slovenia(rng: random.Random) -> str:
    """EMŠO: weights 7 to 2 twice modulo 11."""
    while True:
        year, month, day = _day(rng)
        body = f"{day:02d}{month:02d}{year % 1000:03d}50{rng.randint(0, 999):03d}"
        check = 11 - _weighted(body, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if check != 10:
            return f"{body}{0 if check == 11 else check}"


def latvia(rng: random.Random) -> str:
    """Personas kods of the old kind: weights 10 5 8 4 2 1 6 3 7 9."""
    while True:
        year, month, day = _day(rng)
        body = f"{day:02d}{month:02d}{year % 100:02d}{1 if year < 2000 else 2}{digits(rng, 3)}"
        check = (1101 - _weighted(body, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11
        if check != 10:
            return f"{body[:6]}-{body[6:]}{check}"
