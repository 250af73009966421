"""Identity numbers of Europe and the United States: valid ones go, those with another check digit stay.

The numbers come from Faker's makers, which know nothing of our checks, or from the issuers' own published samples.
"""

from __future__ import annotations

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.validation.validators import VALIDATORS


def redacted(text: str) -> str:
    """What becomes of ``text``."""
    return default_redactor().text(text, Findings())


def tail(number: str) -> str:
    """What stays of an id."""
    return "****" + "".join(filter(str.isalnum, number))[-4:]


# (what, Faker's locale and maker, text around it): a text without a word says that the form is enough.
MADE = [
    ("Rentenversicherungsnummer", "de_DE", "rvnr", "Rentenversicherungsnummer {}"),
    ("NIR", "fr_FR", "ssn", "patient {} admitted"),
    ("codice fiscale", "it_IT", "ssn", "for {}."),
    ("NIE", "es_ES", "nie", "cliente {} no encontrado"),
    ("DNI", "es_ES", "nif", "cliente {} no encontrado"),
    ("CIF", "es_ES", "cif", "CIF {}"),
    ("BSN", "nl_NL", "ssn", "bsn {} onbekend"),
    ("PESEL", "pl_PL", "pesel", "PESEL {}"),
    ("NIP", "pl_PL", "nip", "NIP {}"),
    ("personnummer", "sv_SE", "ssn", "user {} not found"),
    ("fodselsnummer", "no_NO", "ssn", "user {} not found"),
    ("HETU", "fi_FI", "ssn", "user {} not found"),
    ("CNP", "ro_RO", "ssn", "CNP {}"),
    ("OIB", "hr_HR", "ssn", "OIB {}"),
    ("AMKA", "el_GR", "ssn", "AMKA {}"),
    ("isikukood", "et_EE", "ssn", "isikukood {}"),
    ("personas kods", "lv_LV", "ssn", "user {} not found"),
    ("AHV", "de_CH", "ssn", "user {} not found"),
    ("SVNR", "de_AT", "ssn", "SVNR {}"),
    ("rijksregisternummer", "nl_BE", "ssn", "user {} not found"),
]


@pytest.mark.parametrize(("what", "locale", "maker", "text"), MADE, ids=lambda value: str(value)[:16])
def test_made_numbers_are_masked_to_their_last_four(what: str, locale: str, maker: str, text: str) -> None:
    """Every one of 100 numbers."""
    faker = Faker(locale)
    faker.seed_instance(20261121)

    for _ in range(100):
        number = getattr(faker, maker)()
        assert redacted(text.format(number)) == text.format(tail(number)), number


@pytest.mark.parametrize(("what", "locale", "maker", "text"), MADE, ids=lambda value: str(value)[:16])
def test_another_check_digit_stays(what: str, locale: str, maker: str, text: str) -> None:
    """One digit further, one letter further: nobody issued that, up to the few where another rule fits by chance."""
    faker = Faker(locale)
    faker.seed_instance(4711)
    altered = 0

    for _ in range(200):
        number = getattr(faker, maker)()
        last = number[-1]
        other = str((int(last) + 1) % 10) if last.isdigit() else chr((ord(last) - 64) % 26 + 65)
        altered += redacted(text.format(number[:-1] + other)) != text.format(number[:-1] + other)

    assert altered <= 4


def test_czech_birth_numbers_are_masked_by_their_slash() -> None:
    """Nine digits, given out until 1953, have no check digit."""
    faker = Faker("cs_CZ")
    faker.seed_instance(1)

    numbers = [faker.birth_number() for _ in range(100)]

    # Faker makes a 32nd day now and then.
    assert len([one for one in numbers if redacted(f"pacient {one}") != f"pacient {tail(one)}"]) <= 2
    assert redacted("pacient 836222/6885") == "pacient 836222/6885"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ssn 536-22-1234", "ssn ***-**-1234"),
        ("SSN: 536221234", "SSN: ***-**-1234"),
        ("social security number 536 22 1234", "social security number ***-**-1234"),
        ("itin 979-95-4185", "itin ***-**-4185"),
        ("EIN 94-4285656", "EIN ****5656"),
        ("routing number 021000021 ok", "routing number ****0021 ok"),
        ("passport 580730215", "passport ****0215"),
        ("driver's license D1234567", "driver's license ****4567"),
        ("MBI 1EG4-TE5-MK73", "MBI ****MK73"),
        ("DEA BB1388568", "DEA ****8568"),
        ("NPI 1245319599", "NPI ****9599"),
        ("acct no 000123456789", "acct no ****6789"),
        ("Steuer-ID 86 095 742 719", "Steuer-ID ****2719"),
        ("Steueridentifikationsnummer 86095742719", "Steueridentifikationsnummer ****2719"),
        ("NI AB 12 34 56 C", "NI ****456C"),
        ("nhs number 943 476 5919", "nhs number ****5919"),
        ("PPSN 1234567T", "PPSN ****567T"),
        ("CPR 211062-5629", "CPR ****5629"),
        ("EGN 7523169263", "EGN ****9263"),
        ("TAJ 123 456 788", "TAJ ****6788"),
        ("EMSO 0101006500006", "EMSO ****0006"),
        ("AFM 094259216", "AFM ****9216"),
        ("asmens kodas 38703181745", "asmens kodas ****1745"),
        ("Reisepass C01X00T47", "Reisepass ****0T47"),
        ("visum ATU13585627", "visum ****5627"),
        ("invoice BE0428759497", "invoice ****9497"),
        ("invoice DK13585628, EE100931558", "invoice ****5628, ****1558"),
        ("invoice FI20774740, HU12892312", "invoice ****4740, ****2312"),
        ("invoice IE6433435F, IT00743110157", "invoice ****435F, ****0157"),
        ("invoice LT119511515, LU15027442", "invoice ****1515, ****7442"),
        ("invoice LV40003521600, MT11679112", "invoice ****1600, ****9112"),
        ("invoice NL004495445B01, PL8567346215", "invoice ****5B01, ****6215"),
        ("invoice RO18547290, SI50223054", "invoice ****7290, ****3054"),
        ("invoice SK2022749619, SE123456789701", "invoice ****9619, ****9701"),
        ("invoice GB980780684, EL094259216", "invoice ****0684, ****9216"),
        ("invoice FR40303265045, ESJ99216582", "invoice ****5045, ****6582"),
        ("invoice BG175074752, CY10259033P", "invoice ****4752, ****033P"),
        ("invoice CZ25123891, HR33392005961", "invoice ****3891, ****5961"),
        ("invoice DE136695976, PT501964843", "invoice ****5976, ****4843"),
    ],
)  # fmt: skip
def test_published_samples_are_masked(text: str, wanted: str) -> None:
    """The issuers' own examples."""
    assert redacted(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["order 12345678901", "order 111222333", "ref 9434765919", "part AB123456E", "SKU 12345678A", "lot 1234567T",
     "batch 20261120-0001", "id 161175-19996", "DE123456789", "SE12345678", "passport control at gate 12",
     "routing key 021000022", "EIN 07-1234567", "000-12-3456", "912-69-1234", "version 756.1234", "wire 12345",
     "personal number of items 8803200017", "id 85073003329"],
)  # fmt: skip
def test_numbers_of_no_issuer_stay(text: str) -> None:
    """No word, or a check digit that nobody computed."""
    assert redacted(text) == text


@pytest.mark.parametrize(
    "line",
    ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
     "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
     "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"],
)  # fmt: skip
def test_machine_readable_lines_go_as_a_whole(line: str) -> None:
    """The samples of ICAO 9303: TD3, TD1 and TD2."""
    assert redacted(f"scanned\n{line}\nok").splitlines()[1] in (
        "[REDACTED:mrz_numbers]",
        "[REDACTED:mrz_names]",
    )


@given(
    text=st.text(max_size=30), start=st.integers(0, 30), length=st.integers(0, 30), name=st.sampled_from([*VALIDATORS])
)
def test_validators_say_yes_or_no_to_anything(text: str, start: int, length: int, name: str) -> None:
    """A user's rule may name any of them for any pattern."""
    assert VALIDATORS[name](text, min(start, len(text)), min(start + length, len(text))) in (True, False)


@given(text=st.text("0123456789ABCDEFX -./<", max_size=24), name=st.sampled_from([*VALIDATORS]))
def test_validators_say_yes_or_no_to_digits_of_any_length(text: str, name: str) -> None:
    """Also to ones that look nearly right."""
    assert VALIDATORS[name](text, 0, len(text)) in (True, False)
