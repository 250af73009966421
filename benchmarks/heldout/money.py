"""Cards of all schemes (ISO/IEC 7812, the schemes' public ranges) and IBANs of all countries (ISO 13616 registry)."""

from __future__ import annotations

import random

from benchmarks.heldout.model import Value

# scheme: first digits, length
_SCHEMES: tuple[tuple[str, tuple[str, ...], tuple[int, ...]], ...] = (
    ("visa", ("4",), (16,)),
    ("visa13", ("4",), (13,)),
    ("visa19", ("4",), (19,)),
    ("mastercard", ("51", "52", "53", "54", "55"), (16,)),
    ("mastercard2", ("2221", "2300", "2520", "2699", "2720"), (16,)),
    ("amex", ("34", "37"), (15,)),
    ("discover", ("6011", "644", "649", "65"), (16,)),
    ("diners", ("300", "305", "36", "38"), (14,)),
    ("jcb", ("3528", "3545", "3589"), (16,)),
    ("unionpay", ("62",), (16, 17, 18, 19)),
    ("maestro", ("5018", "5020", "5038", "6304", "6759", "6761", "6763"), (12, 16, 18, 19)),
    ("mir", ("2200", "2204"), (16,)),
    ("rupay", ("6521", "508500", "817200"), (16,)),
    ("troy", ("979200",), (16,)),
    ("elo", ("636368", "504175", "438935"), (16,)),
)
_WEIGHTS = (30, 2, 3, 20, 8, 10, 6, 6, 4, 4, 5, 3, 3, 2, 3)
_CARD_KEYS = ("card", "card_number", "cardNumber", "pan", "cc", "payment.card", "credit_card", "creditCardNumber")
_GROUPS = {12: (4, 4, 4), 13: (4, 3, 3, 3), 14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 17: (4, 4, 4, 5),
           18: (4, 4, 4, 6), 19: (4, 4, 4, 4, 3)}  # fmt: skip

# Country: structure of the BBAN as in the registry: (length, kind) with n digits, a upper case, c either.
_IBAN: dict[str, str] = {
    "AD": "8n12c", "AE": "19n", "AL": "8n16c", "AT": "16n", "AZ": "4a20c", "BA": "16n", "BE": "12n", "BG": "4a6n8c",
    "BH": "4a14c", "BI": "23n", "BR": "23n1a1c", "BY": "4c4n16c", "CH": "5n12c", "CR": "18n", "CY": "8n16c",
    "CZ": "20n", "DE": "18n", "DJ": "23n", "DK": "14n", "DO": "4c20n", "EE": "16n", "EG": "25n", "ES": "20n",
    "FI": "14n", "FK": "2a12n", "FO": "14n", "FR": "10n11c2n", "GB": "4a14n", "GE": "2a16n", "GI": "4a15c",
    "GL": "14n", "GR": "7n16c", "GT": "4c20c", "HN": "4a20n", "HR": "17n", "HU": "24n", "IE": "4a14n", "IL": "19n",
    "IQ": "4a15n", "IS": "22n", "IT": "1a10n12c", "JO": "4a4n18c", "KW": "4a22c", "KZ": "3n13c", "LB": "4n20c",
    "LC": "4a24c", "LI": "5n12c", "LT": "16n", "LU": "3n13c", "LV": "4a13c", "LY": "21n", "MC": "10n11c2n",
    "MD": "2c18c", "ME": "18n", "MK": "3n10c2n", "MN": "16n", "MR": "23n", "MT": "4a5n18c", "MU": "4a19n3a",
    "NI": "4a20n", "NL": "4a10n", "NO": "11n", "OM": "3n16c", "PK": "4a16c", "PL": "24n", "PS": "4a21c", "PT": "21n",
    "QA": "4a21c", "RO": "4a16c", "RS": "18n", "RU": "14n15c", "SA": "2n18c", "SC": "4a20n3a", "SD": "14n",
    "SE": "20n", "SI": "15n", "SK": "20n", "SM": "1a10n12c", "SO": "19n", "ST": "21n", "SV": "4a20n", "TL": "19n",
    "TN": "20n", "TR": "5n1n16c", "UA": "6n19c", "VA": "18n", "VG": "4a16n", "XK": "16n", "YE": "4a4n18c",
}  # fmt: skip
_IBAN_KEYS = ("iban", "account", "bank_account", "IBAN", "payment.iban", "creditor", "ref")


def luhn_digit(digits: str) -> str:
    """Return the check digit that makes ``digits`` pass (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def digits(rng: random.Random, count: int) -> str:
    """Return so many random digits."""
    return "".join(rng.choice("0123456789") for _ in range(count))


def card_number(rng: random.Random) -> tuple[str, str]:
    """Return scheme and number without separators."""
    scheme, starts, lengths = rng.choices(_SCHEMES, _WEIGHTS)[0]
    start, length = rng.choice(starts), rng.choice(lengths)
    body = start + digits(rng, length - len(start) - 1)
    return scheme, body + luhn_digit(body)


def grouped(number: str, glue: str) -> str:
    """Return the number in the groups that its length has on a card."""
    parts, at = [], 0
    for size in _GROUPS[len(number)]:
        parts.append(number[at : at + size])
        at += size
    return glue.join(parts)


def card(rng: random.Random) -> Value:
    """A card number in one of the usual groupings."""
    scheme, number = card_number(rng)
    style = rng.choices(("plain", "spaces", "dashes"), (40, 40, 20))[0]
    text = number if style == "plain" else grouped(number, " " if style == "spaces" else "-")
    before = rng.choice(("", "", "card ", "card number: ", "pan=", "cc ", "paid with ", "Kreditkarte "))
    # Other counts of digits in one run may be anything: times, counters and ids are. A word goes with them.
    bare = style == "plain" and len(number) not in (15, 16)
    if bare and not before:
        before = "card "
    return Value("card", text, before=before, keys=_CARD_KEYS, needs_key=bare, detail=f"{scheme} {style}")


def iban_number(rng: random.Random, country: str) -> str:
    """Return a valid IBAN of the country: ISO 7064 MOD 97-10."""
    bban, count = "", ""
    for letter in _IBAN[country]:
        if letter.isdigit():
            count += letter
            continue
        alphabet = {"n": "0123456789", "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "c": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
        bban += "".join(rng.choice(alphabet[letter]) for _ in range(int(count)))
        count = ""
    number = int("".join(str(int(letter, 36)) for letter in bban + country + "00"))
    return f"{country}{98 - number % 97:02d}{bban}"


def iban(rng: random.Random) -> Value:
    """An IBAN of any country, electronic or in groups of four; sometimes in lower case."""
    country = rng.choice(tuple(_IBAN))
    number = iban_number(rng, country)
    style = rng.choices(("electronic", "groups", "dashes", "lower"), (52, 41, 2, 5))[0]
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    text = {"electronic": number, "groups": " ".join(groups), "dashes": "-".join(groups), "lower": number.lower()}[
        style
    ]
    before = rng.choice(("", "", "IBAN: ", "iban ", "account ", "Konto ", "to "))
    return Value("iban", text, before=before, keys=_IBAN_KEYS, detail=f"{country} {style}")
