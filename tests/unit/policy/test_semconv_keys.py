"""Every attribute that OpenTelemetry's semantic conventions name has a place in the shipped policy."""

from __future__ import annotations

import importlib
import pkgutil
import warnings

import opentelemetry.semconv
import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy

POLICY = load_policy()
REDACTOR = compile_policy(POLICY)


def conventional_keys() -> list[str]:
    """The values of all attribute constants of the installed package, stable and incubating."""
    found: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name in ("attributes", "_incubating.attributes"):
            package = importlib.import_module(f"{opentelemetry.semconv.__name__}.{name}")
            for module in pkgutil.iter_modules(package.__path__):
                constants = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
                found.update(value for key, value in constants.items() if key.isupper() and isinstance(value, str))
    return sorted(found)


KEYS = conventional_keys()


def listed(key: str, names: tuple[str, ...]) -> bool:
    """Whether one of ``names``, of which those with a trailing * stand for any rest, covers ``key``."""
    return any(key.startswith(name[:-1]) if name.endswith("*") else key == name for name in names)


def test_no_attribute_is_unknown_to_the_policy() -> None:
    """A stricter minimum_class would mask what no list names; a new convention has to be judged by somebody."""
    structured = tuple(name for _, names in POLICY.structured for name in names)
    by_key_class = tuple(name for one in POLICY.keys for name in one.exact)
    told_by_words = {"db.connection_string", "user.email"}

    known = (*structured, *POLICY.public, *POLICY.internal, *by_key_class)

    assert len(KEYS) > 500
    assert [key for key in KEYS if key not in told_by_words and not listed(key, known)] == []


def test_wildcards_of_public_keys_are_few() -> None:
    """Public values are not scanned: what is not named one by one must be a family of numbers or constants."""
    wildcards = {name for name in POLICY.public if name.endswith("*")}

    assert len(wildcards) <= 26
    assert not any(listed(prefix, tuple(wildcards)) for prefix in ("http.request.header", "k8s.pod.label", "db.query"))


@pytest.mark.parametrize("key", KEYS)
def test_a_telling_value_under_any_attribute_that_people_can_fill_is_masked(key: str) -> None:
    """Only public keys let a card number stand; those never hold what a caller sends."""
    value = REDACTOR.value(key, "4111 1111 1111 1111", Findings())

    assert (value == "4111 1111 1111 1111") is listed(key, POLICY.public)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("user.id", "u-4711", "u-4711"),
        ("session.id", "0f8fad5b", "0f8fad5b"),
        ("user.id", "jane@example.com", "j***@example.com"),
        ("user.full_name", "Jane Roe", "[REDACTED:person_name]"),
        ("user.name", "jane", "[REDACTED:person_name]"),
        ("user.email", "jane@example.com", "j***@example.com"),
        ("geo.location.lat", "52.52", "[REDACTED:coordinates]"),
        ("geo.location.lon", 13.405, "[REDACTED:coordinates]"),
        ("geo.country.iso_code", "DE", "DE"),
        ("geo.postal_code", "10115", "[REDACTED:postal_address]"),
        ("client.address", "203.0.113.57", "203.0.113.0"),
        ("server.address", "203.0.113.57", "203.0.113.57"),
        ("server.address", "jane.roe@example.com", "j***@example.com"),
        ("net.peer.name", "2001:db8:85a3::8a2e:370:7334", "2001:db8:85a3::8a2e:370:7334"),
        ("http.request.header.authorization", ["Bearer abc.def"], ["Bearer [REDACTED:authorization]"]),
        ("http.request.header.x-api-key", ["k"], ["[REDACTED:api_key]"]),
        ("http.request.header.from", ["jane@example.com"], ["j***@example.com"]),
        ("http.route", "/users/{user_id}", "/users/{user_id}"),
        ("db.query.parameter.0", "jane", "[REDACTED:db_parameter]"),
        ("process.command_line", "run --password hunter2", "run --password [REDACTED:command_option]"),
        ("process.environment_variable.HOME", "/home/jane", "[REDACTED:environment_variable]"),
        ("process.owner", "root", "root"),
        ("tls.client.subject", "CN=Jane Roe", "[REDACTED:client_certificate]"),
        ("gen_ai.input.messages", '[{"role": "user", "content": "call +49 30 1234567"}]',
         '[{"role":"user","content":"call +49 ***-4567"}]'),
        ("gen_ai.tool.call.arguments", '{"bsn": 111222333, "city": "Delft"}', '{"bsn":"****2333","city":"Delft"}'),
        ("url.fragment", "access_token=abcdef", "access_token=[REDACTED:token]"),
        ("url.full", "https://x.example/?ll=52.5200,13.4050", "https://x.example/?ll=[REDACTED:geo_query]"),
        ("user_agent.original", "Mozilla/5.0 Chrome/120.0.0.0", "Mozilla/5.0 Chrome/120.0.0.0"),
        ("browser.mobile", True, True),
    ],
)  # fmt: skip
def test_conventional_keys_are_treated_as_the_design_says(key: str, value: object, wanted: object) -> None:
    """Pseudonyms stay without a key, people's names and places go, servers' addresses stay."""
    assert REDACTOR.value(key, value, Findings()) == wanted


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [("bsn", 111222333, "****2333"), ("codiceFiscale", "RCCMNL83S18D969H", "****969H"), ("nhs_number", "9434765870",
     "****5870"), ("customer.pesel", "44051401359", "****1359"), ("vatId", "DE136695976", "****5976"),
     ("contact_number", "030 1234567", "***-4567"), ("debitCard", "4111111111111111", "4111-****-****-1111"),
     ("routing_number", "021000021", "****0021")],
)  # fmt: skip
def test_ids_are_masked_by_the_names_of_their_keys(key: str, value: object, wanted: str) -> None:
    """Whatever the value rules would say of bare digits."""
    assert REDACTOR.value(key, value, Findings()) == wanted
