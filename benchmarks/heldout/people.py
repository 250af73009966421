"""Values of people: e-mail addresses, phone numbers, places, names and birth dates. RFC 5321, RFC 6532, E.164."""

from __future__ import annotations

import random
from functools import cache

import phonenumbers
from faker import Faker

from benchmarks.heldout.model import Value, has_piece

_LOCALES = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "nl_NL", "sv_SE", "cs_CZ", "pt_BR")
_TOP = ("com", "org", "net", "de", "io", "co.uk", "fr", "example", "museum", "pl", "com.br", "dev", "info", "eu")
_EMAIL_KEYS = ("email", "mail", "user.email", "customerEmail", "contact", "to", "login", "q", "recipient")
_PHONE_KEYS = ("phone", "phone_number", "mobile", "tel", "customer.phone", "phoneNumber", "contact_phone")
# Words that announce a number, in several languages; all in plain use before numbers.
_PHONE_WORDS = (
    "phone: ", "Phone number: ", "tel. ", "Tel: ", "tel=", "call ", "mobile: ", "called from ", "cell ", "phone ",
    "Telefon: ", "telephone ", "fax: ", "SMS to ", "whatsapp ", "Mobil: ", "tél. ", "my number is ", "contact: ",
    "phone_number=", "reach me at ", "Handynummer ", "callback number ",
)  # fmt: skip
REGIONS = (
    "US", "CA", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "PL", "SE", "NO", "DK", "FI", "PT", "IE", "AT", "CH", "CZ",
    "RO", "GR", "HU", "AU", "NZ", "IN", "BR", "MX", "JP", "ZA", "SG", "TR", "IL", "AR", "KR", "AE",
)  # fmt: skip


@cache
def _fakers() -> tuple[Faker, ...]:
    return tuple(Faker(locale) for locale in _LOCALES)


def faker_of(rng: random.Random) -> Faker:
    """Return a Faker of some locale, seeded from ``rng``."""
    faker = rng.choice(_fakers())
    faker.seed_instance(rng.getrandbits(64))
    return faker


def _ascii(text: str) -> str:
    plain = "".join(letter for letter in text.lower() if letter.isascii() and letter.isalnum())
    return plain or "quentin"


def email(rng: random.Random) -> Value:
    """An e-mail address: plain, with a subaddress, international, quoted or in upper case."""
    faker = faker_of(rng)
    first, last = _ascii(faker.first_name()), _ascii(faker.last_name())
    number = rng.randrange(10, 9999)
    local = rng.choice(
        (f"{first}.{last}", f"{first}_{last}", f"{first}{last}{number}", f"{first}-{last}", f"{last}.{number}")
    )
    domain = rng.choice((faker.domain_name(), f"{_ascii(faker.last_name())}-{number}.{rng.choice(_TOP)}", "gmail.com"))
    if not domain.isascii():
        domain = "mail.example.org"
    form = rng.choices(("plain", "sub", "upper", "idn", "puny", "quoted", "symbols"), (52, 17, 10, 8, 5, 2, 6))[0]
    if form == "sub":
        local += rng.choice(("+news", "+shop2024", "+a.b-c", "+otp"))
    elif form == "upper":
        local, domain = rng.choice(((local.upper(), domain.upper()), (local.title(), domain.title())))
    elif form == "idn":
        domain = rng.choice(("müller-bau.de", "bücher.example", "østfold.no", "café-lyon.fr", "почта.рф", "例え.jp"))
    elif form == "puny":
        domain = rng.choice(("xn--mller-kva.de", "mail.xn--bcher-kva.example", "xn--e1aybc.xn--p1ai"))
    elif form == "quoted":
        local = rng.choice((f'"{first}.{last}"', f'"{first} {last}"'))
    elif form == "symbols":
        local = rng.choice((f"o'{last}", f"{first}!{last}", f"{first}#{number}", f"{first}%{last}", f"{first}/{last}"))
    hidden = local.split("+")[0].strip('"')
    if has_piece(hidden, domain):  # masks keep the domain
        return email(rng)
    return Value("email", f"{local}@{domain}", secret=hidden, keys=_EMAIL_KEYS, detail=form)


@cache
def _example(region: str, kind: int) -> str:
    number = phonenumbers.example_number_for_type(region, kind)
    return "" if number is None else phonenumbers.national_significant_number(number)


def _number(rng: random.Random) -> phonenumbers.PhoneNumber:
    """Return a valid number: a region's example with its last digits varied, checked again."""
    while True:
        region = rng.choice(REGIONS)
        kind = rng.choice((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE))
        example = _example(region, kind)
        if not example:
            continue
        varied = rng.randint(4, max(4, len(example) - 3))
        digits = example[:-varied] + "".join(rng.choice("0123456789") for _ in range(varied))
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number


def phone_international(rng: random.Random) -> Value:
    """A number with its country code, in one of the usual spellings."""
    number = _number(rng)
    shape = phonenumbers.PhoneNumberFormat
    text = phonenumbers.format_number(number, rng.choice((shape.E164, shape.INTERNATIONAL, shape.INTERNATIONAL)))
    style = rng.choice(("as is", "as is", "as is", "00", "dots", "dashes", "brackets"))
    if style == "00":
        text = "00" + text[1:]
    elif style == "dots":
        text = text.replace(" ", ".").replace("-", ".")
    elif style == "dashes":
        text = text.replace(" ", "-")
    elif style == "brackets":
        code, _, rest = text.partition(" ")
        area, _, tail = rest.partition(" ")
        text = f"{code} ({area}) {tail}" if tail else text
    before = rng.choice(("", "", "", *_PHONE_WORDS)) if style != "00" else rng.choice(_PHONE_WORDS)
    region = phonenumbers.region_code_for_number(number) or "?"
    return Value(
        "phone_international",
        text,
        before=before,
        keys=_PHONE_KEYS,
        needs_key=style == "00",  # two zeros and digits may be any counter
        detail=f"{region} {style}",
    )


def _national(rng: random.Random) -> tuple[str, str]:
    while True:
        number = _number(rng)
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        if rng.random() < 0.25:
            text = "".join(letter for letter in text if letter.isdigit())
        elif rng.random() < 0.2:
            text = text.replace(" ", "-").replace("(", "").replace(")", "")
        if len(text) >= 8:
            return text, phonenumbers.region_code_for_number(number) or "?"


def phone_national_context(rng: random.Random) -> Value:
    """A number without country code behind a word such as ``tel.``, or under a key that says it."""
    text, region = _national(rng)
    return Value(
        "phone_national_context", text, before=rng.choice(_PHONE_WORDS), keys=_PHONE_KEYS, needs_key=True, detail=region
    )


def phone_national_bare(rng: random.Random) -> Value:
    """A number without country code and without any word."""
    text, region = _national(rng)
    return Value("phone_national_bare", text, detail=region)


def coordinates(rng: random.Random) -> Value:
    """A pair of latitude and longitude with at least four decimals (11 m), or one of them under its key."""
    latitude, longitude = rng.uniform(-89, 89), rng.uniform(-179, 179)
    places = rng.randint(4, 7)
    if rng.random() < 0.4:
        keys = (("lat", "latitude", "geo.lat", "geo.location.lat"), ("lon", "lng", "longitude", "geo.location.lon"))
        which = rng.randrange(2)
        text = f"{(latitude, longitude)[which]:.{places}f}"
        return Value(
            "coordinates", text, keys=keys[which], needs_key=True, before=f"{keys[which][0]}=", detail="single"
        )
    glue = rng.choice((", ", ",", " , ", ";"))
    text = f"{latitude:.{places}f}{glue}{longitude:.{places}f}"
    before = rng.choice(("", "location: ", "gps=", "geo:", "coordinates ", "position=", "latlng="))
    pair_keys = ("coordinates", "location", "latlng", "geo.point", "gps", "position")
    kind = "coordinates" if before else "coordinates_bare"
    return Value(
        kind,
        text,
        before=before,
        keys=pair_keys if before else (),
        needs_key=bool(before),
        detail=f"pair {before.strip(': =') or 'bare'}",
    )


def person_name(rng: random.Random) -> Value:
    """A name under a key that says so: nothing else can tell."""
    faker = faker_of(rng)
    keys, text = rng.choice(
        (
            (("first_name", "firstName", "user.first_name", "given_name"), faker.first_name()),
            (("last_name", "lastName", "surname", "family_name", "customer.last_name"), faker.last_name()),
            (
                ("full_name", "fullName", "user.full_name", "customer.fullName"),
                f"{faker.first_name()} {faker.last_name()}",
            ),
        )
    )
    if len(text) < 4:
        return person_name(rng)
    return Value("person_name", text, keys=keys, needs_key=True, before=f"{keys[0]}=", exact=True)


def birth_date(rng: random.Random) -> Value:
    """A birth date under a key that says so."""
    day = faker_of(rng).date_of_birth(minimum_age=18, maximum_age=90)
    text = day.strftime(rng.choice(("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d")))
    keys = ("date_of_birth", "dob", "birthday", "birth_date", "dateOfBirth", "user.birth_date", "birthdate")
    return Value("birth_date", text, keys=keys, needs_key=True, before=f"{rng.choice(keys)}=")
