# ruff: noqa: RUF001 - one country in one line; Greek letters are meant
"""Identity numbers with the words that announce them: 25 European countries, and US social security numbers."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.heldout import check_digits as made
from benchmarks.heldout.model import Value

# (maker, words that stand before it in text, names of fields, whether its form alone tells it)
COUNTRIES: dict[str, tuple[Callable[[random.Random], str], tuple[str, ...], tuple[str, ...], bool]] = {
    "DE": (
        made.germany,
        ("Steuer-ID: ", "Steueridentifikationsnummer ", "IdNr. ", "tax id: "),
        ("steuer_id", "tax_id"),
        False,
    ),
    "FR": (made.france, ("NIR: ", "numéro de sécurité sociale ", "sécu: "), ("nir", "numero_securite_sociale"), False),
    "IT": (made.italy, ("codice fiscale: ", "CF ", ""), ("codice_fiscale", "codiceFiscale"), True),
    "ES": (made.spain, ("DNI: ", "NIE ", "dni=", ""), ("dni", "nif", "nie"), True),
    "NL": (made.netherlands, ("BSN: ", "burgerservicenummer ", "bsn="), ("bsn",), False),
    "BE": (made.belgium, ("rijksregisternummer ", "NISS: ", "INSZ "), ("rijksregisternummer", "niss"), False),
    "PL": (made.poland, ("PESEL: ", "pesel=", "PESEL "), ("pesel",), False),
    "SE": (made.sweden, ("personnummer ", "personnummer: ", "pnr "), ("personnummer",), False),
    "NO": (made.norway, ("fødselsnummer ", "fodselsnummer: ", "fnr="), ("fodselsnummer", "fnr"), False),
    "DK": (made.denmark, ("CPR: ", "cpr-nummer ", "CPR-nr. "), ("cpr", "cpr_number"), False),
    "FI": (made.finland, ("hetu: ", "henkilötunnus ", ""), ("hetu", "henkilotunnus"), True),
    "PT": (made.portugal, ("NIF: ", "contribuinte ", "nif="), ("nif",), False),
    "IE": (made.ireland, ("PPSN: ", "PPS number ", "ppsn="), ("ppsn", "pps_number"), False),
    "GB": (
        made.united_kingdom,
        ("NINO: ", "national insurance number ", "NI number: "),
        ("nino", "national_insurance"),
        False,
    ),
    "GB nhs": (made.nhs, ("NHS number: ", "NHS no. ", "nhs "), ("nhs_number",), False),
    "AT": (made.austria, ("SVNR: ", "Sozialversicherungsnummer ", "SV-Nummer: "), ("svnr",), False),
    "CH": (made.switzerland, ("AHV: ", "AVS ", ""), ("ahv", "ahv_nummer"), True),
    "CZ": (made.czechia, ("rodné číslo: ", "RČ ", "rodne cislo "), ("rodne_cislo",), False),
    "RO": (made.romania, ("CNP: ", "cnp=", "CNP "), ("cnp",), False),
    "BG": (made.bulgaria, ("EGN: ", "ЕГН: ", "egn="), ("egn",), False),
    "EE/LT": (made.baltic, ("isikukood ", "asmens kodas: ", "isikukood: "), ("isikukood", "asmens_kodas"), False),
    "HR": (made.croatia, ("OIB: ", "oib=", "OIB "), ("oib",), False),
    "GR": (made.greece, ("AMKA: ", "ΑΜΚΑ: ", "amka="), ("amka",), False),
    "HU": (made.hungary, ("TAJ: ", "TAJ szám ", "taj="), ("taj", "taj_szam"), False),
    "SI": (made.slovenia, ("EMŠO: ", "EMSO ", "emso="), ("emso",), False),
    "LV": (made.latvia, ("personas kods: ", "personas kods "), ("personas_kods",), False),
}


def national_id(rng: random.Random) -> Value:
    """A number with its word before it or its key."""
    country = rng.choice(tuple(COUNTRIES))
    make, words, keys, tells = COUNTRIES[country]
    before = rng.choice(words)
    detail = f"{country} {'word' if before else 'form only'}"
    return Value("national_id", make(rng), before=before, keys=keys, needs_key=not tells, detail=detail)


def national_id_bare(rng: random.Random) -> Value:
    """A number whose form does not tell it, without any word: nobody can know, but it shows what passes."""
    country = rng.choice([name for name, row in COUNTRIES.items() if not row[3]])
    return Value("national_id_bare", COUNTRIES[country][0](rng), detail=country)


def ssn(rng: random.Random) -> Value:
    """A social security number: area not 000, 666 or 9xx, group not 00, serial not 0000."""
    area = rng.choice([number for number in range(1, 900) if number != 666])
    group, serial = rng.randint(1, 99), rng.randint(1, 9999)
    style = rng.choices(("dashes", "spaces", "plain"), (75, 10, 15))[0]
    glue = {"dashes": "-", "spaces": " ", "plain": ""}[style]
    text = f"{area:03d}{glue}{group:02d}{glue}{serial:04d}"
    words = ("SSN: ", "ssn ", "ssn=", "social security number ", "Social Security: ", "SSN is ")
    before = rng.choice(("", "", *words)) if style == "dashes" else rng.choice(words)
    keys = ("ssn", "social_security_number", "user.ssn", "SSN")
    return Value("ssn", text, before=before, keys=keys, needs_key=style != "dashes", detail=style)
