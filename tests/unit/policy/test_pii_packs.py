"""The packs of personal data: what each rule must say, and what holds for all of them."""

from __future__ import annotations

import re

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy
from otel_kit.redaction.validation.bank_accounts import IBAN_LENGTHS

POLICY = load_policy()
PACKS = ("pii-core", "us-ids", "eu-ids", "geo")
RULES = [rule for rule in POLICY.rules if rule.pack in PACKS]
REDACTOR = compile_policy(POLICY)


def redacted(text: str) -> str:
    """What becomes of ``text``."""
    return REDACTOR.text(text, Findings())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_says_what_it_finds_and_where_that_is_described(rule: Rule) -> None:
    """One line and an address; ids show their last four at most."""
    assert rule.description.endswith(".")
    assert len(rule.description) < 130
    assert rule.source.startswith("https://")
    if rule.pack == "eu-ids":
        assert rule.action in ("last4", "replace")
    if rule.pack == "geo":
        assert rule.action == "replace"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.context], ids=lambda rule: rule.id)
def test_context_words_can_be_found_by_their_beginnings(rule: Rule) -> None:
    """Two letters of ASCII at the start let one pass over a text look up the words of all rules."""
    accented = {"phone_national_accented", "hu_taj", "hu_tax_id", "cz_rodne_cislo_bare", "lu_matricule", "emso"}

    assert rule.id in accented or all(re.match("[A-Za-z]{2}", word) for word in rule.context)
    assert len(set(rule.context)) == len(rule.context)


def test_no_pack_of_personal_data_is_empty() -> None:
    """As many rules as there are kinds of numbers."""
    counts = {pack: sum(rule.pack == pack for rule in RULES) for pack in PACKS}

    assert counts["pii-core"] >= 15
    assert counts["us-ids"] >= 12
    assert counts["eu-ids"] >= 38
    assert counts["geo"] >= 5


def made_iban(country: str) -> str:
    """An IBAN of ``country`` whose check digits fit: 98 minus what is left of the rest modulo 97."""
    rest = "37040044053201300057213642110998"[: IBAN_LENGTHS[country] - 4]
    number = int("".join(str(int(character, 36)) for character in f"{rest}{country}00"))
    return f"{country}{98 - number % 97:02d}{rest}"


@pytest.mark.parametrize("country", IBAN_LENGTHS)
def test_ibans_of_each_country_are_masked_however_they_are_written(country: str) -> None:
    """Compact, in groups, in lower case, next to other words; with another check digit they stay."""
    iban = made_iban(country)
    groups = [iban[at : at + 4] for at in range(0, len(iban), 4)]
    masked = f"{country}** **** {iban[-4:]}"

    for written in (iban, " ".join(groups), "-".join(groups), "\xa0".join(groups), iban.lower()):
        # A Slovak IBAN could also be the beginning of a cut Twilio key: gone it is either way.
        wanted = (
            (f"to {masked} EUR now", "to [REDACTED:twilio_key] EUR now")
            if country == "SK"
            else (f"to {masked} EUR now",)
        )
        assert redacted(f"to {written} EUR now") in wanted, written
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert redacted(f"to {wrong} now") == f"to {wrong} now" or country == "SK"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("geo:52.5200,13.4050", "[REDACTED:geo_uri]"),
        ("POINT (13.404954 52.5200066)", "[REDACTED:geo_uri])"),
        ("https://maps.example/maps/@52.5200066,13.404954,17z", "https://maps.example/maps[REDACTED:geo_uri],17z"),
        ("pickup 52.520008, 13.404954", "pickup [REDACTED:coordinate_pair]"),
        ("location: -33.86,151.20", "[REDACTED:coordinate_pair_near_name]"),
        ("48°51'29.6\"N 2°17'40.2\"E", "[REDACTED:coordinate_degrees] [REDACTED:coordinate_degrees]"),
        ("at 9F4MGC22+2X", "at [REDACTED:plus_code]"),
        ("losses 0.523112, 0.123344", "losses 0.523112, 0.123344"),
        ("scores 12.34567, 45.67890", "scores 12.34567, 45.67890"),
        ("location 12", "location 12"),
        ("box=10.1234,200.5678,300.1234,400.9999", "box=10.1234,200.5678,300.1234,400.9999"),
    ],
)
def test_places_are_masked_where_the_text_says_that_they_are_places(text: str, wanted: str) -> None:
    """Pairs of measurements stay."""
    assert redacted(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('mail "john doe"@example.com', "mail [REDACTED:email_quoted]"),
        ("to jörg+shop@bücher.example", "to j***@bücher.example"),
        ("иван@почта.рф", "и***@почта.рф"),
        ("bob@xn--bcher-kva.example", "b***@xn--bcher-kva.example"),
        ("mailto:bob@example.com?subject=x", "mailto:b***@example.com?subject=x"),
        ("pkg@1.2.3", "pkg@1.2.3"),
        ("npm i @scope/pkg@1.0.0", "npm i @scope/pkg@1.0.0"),
        ("git@git.example.org:org/repo.git", "git@git.example.org:org/repo.git"),
        ("root@localhost", "root@localhost"),
        ("@dataclass\nclass A: ...", "@dataclass\nclass A: ..."),
        ("y = a@b.transpose(0, 1)", "y = a@b.transpose(0, 1)"),
        ("user@1000.service: Succeeded", "user@1000.service: Succeeded"),
        ("logo@2x.png", "logo@2x.png"),
        ("@alice:matrix.example.org", "@alice:matrix.example.org"),
    ],
)
def test_addresses_are_told_from_what_has_an_at_sign(text: str, wanted: str) -> None:
    """Quoted, international and plain ones; packages, units, decorators and pictures stay."""
    assert redacted(text) == wanted


def test_a_pack_can_be_switched_off() -> None:
    """Its rules' values then stay; those of the other packs do not."""
    without = compile_policy(load_policy().__class__(rules=tuple(r for r in POLICY.rules if r.pack != "geo")))

    assert without.text("geo:52.5200,13.4050 bob@x.de", Findings()) == "geo:52.5200,13.4050 b***@x.de"
