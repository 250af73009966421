"""Checksums, ranges and neighbours."""

from __future__ import annotations

import pytest

from otel_kit.policy.vocabulary import VALIDATORS as NAMES
from otel_kit.redaction.validation.validators import VALIDATORS, is_card_number, is_public_address


def accepts(name: str, text: str, found: str) -> bool:
    """Whether the validator accepts ``found`` where it stands in ``text``."""
    start = text.index(found)
    return VALIDATORS[name](text, start, start + len(found))


def test_the_policys_words_are_all_there() -> None:
    """What a policy may name is what exists."""
    assert set(NAMES) == set(VALIDATORS)


@pytest.mark.parametrize(
    "number",
    ["4111111111111111", "5555555555554444", "2223003122003222", "378282246310005", "371449635398431",
     "6011111111111117", "3530111333300000", "30569309025904", "38520000023237", "6205500000000000004",
     "5018000000000009", "2200000000000004"],
)  # fmt: skip
def test_numbers_of_card_schemes_are_cards(number: str) -> None:
    """One number of each scheme; another last digit breaks the checksum."""
    assert is_card_number(number)
    assert not is_card_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "number", ["1732196400123458", "9999999999999995", "4111111111112", "0000000000000000", "41111111111111111111"]
)
def test_other_numbers_are_no_cards(number: str) -> None:
    """No scheme's prefix, no scheme's length, or one digit only."""
    assert not is_card_number(number)


@pytest.mark.parametrize(
    ("name", "text", "found", "real"),
    [
        ("card", "30569309025904", "30569309025904", False),
        ("card", "3056 930902 5904", "3056 930902 5904", True),
        ("card", "0.4111111111111111", "4111111111111111", False),
        ("card", "1-4111111111111111", "4111111111111111", False),
        ("card", "order-4111111111111111", "4111111111111111", True),
        ("card", "4111111111111111.", "4111111111111111", True),
        ("ssn", "536-22-1234", "536-22-1234", True),
        ("ssn", "000-22-1234", "000-22-1234", False),
        ("ssn", "666-22-1234", "666-22-1234", False),
        ("ssn", "900-22-1234", "900-22-1234", False),
        ("ssn", "536-00-1234", "536-00-1234", False),
        ("ssn", "536-22-0000", "536-22-0000", False),
        ("ssn", "1-536-22-1234", "536-22-1234", False),
        ("iban", "DE89370400440532013000", "DE89370400440532013000", True),
        ("iban", "DE8937040044053201300", "DE8937040044053201300", False),
        ("iban", "XX89370400440532013000", "XX89370400440532013000", False),
        ("iban", "NO9386011117947", "NO9386011117947", True),
        ("iban", "DE88370400440532013000", "DE88370400440532013000", False),
        ("ip", "Chrome/120.0.0.1", "120.0.0.1", False),
        ("ip", "http://120.0.0.1/", "120.0.0.1", True),
        ("ip", "GET /ip/120.0.0.1", "120.0.0.1", True),
        ("ip", "version 1.2.3.4", "1.2.3.4", False),
        ("ip", "pkg-1.2.3.4", "1.2.3.4", False),
        ("ip", "1.2.3.4.5", "1.2.3.4", False),
        ("ip", "1.2.3.4-beta", "1.2.3.4", False),
        ("ip", "peer 1.2.3.4.", "1.2.3.4", True),
        ("ip", "300.2.3.4", "300.2.3.4", False),
        ("email", "pkg@1.2.3-rc.one", "pkg@1.2.3-rc.one", False),
        ("email", "icon@2x.png", "icon@2x.png", False),
        ("email", "a@163.com", "a@163.com", True),
        ("phone", "555-123-1234", "555-123-1234", True),
        ("phone", "111-111-1111", "111-111-1111", False),
        ("phone", "1.555.123.1234", "555.123.1234", False),
        ("phone", "555-1234", "555-1234", False),
        ("phone", "555 123 1234", "555 123 1234", False),
        ("phone", "415 555 2671", "415 555 2671", True),
        ("basic", "dXNlcjpwYXNz", "dXNlcjpwYXNz", True),
        ("basic", "authentication", "authentication", False),
        ("random", "abcdef1", "abcdef1", True),
        ("random", "spinner-container", "spinner-container", False),
    ],
)
def test_candidates_are_told_from_the_real_thing(name: str, text: str, found: str, real: bool) -> None:
    """Each check looks at the value and at what stands around it."""
    assert accepts(name, text, found) is real


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("203.0.113.7", True), ("2606:4700::1", True), ("::ffff:8.8.8.8", True), ("172.15.0.1", True),
     ("172.32.0.1", True), ("10.0.0.1", False), ("127.0.0.1", False), ("172.16.0.1", False), ("172.31.255.255", False),
     ("192.168.0.1", False), ("169.254.0.1", False), ("100.64.0.1", False), ("224.0.0.1", False),
     ("255.255.255.255", False), ("::1", False), ("fe80::1", False), ("fd00::1", False), ("::ffff:10.0.0.1", False),
     ("no address", False), ("", False)],
)  # fmt: skip
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    """Dependency maps need the private ones."""
    assert is_public_address(address) is public
