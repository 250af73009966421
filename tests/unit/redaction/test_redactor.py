"""The Redactor as its callers see it: what goes in, what comes out, what is counted."""

from __future__ import annotations

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy, default_redactor

TEXTS = [
    # e-mail
    ("mail john@example.com now", "mail j***@example.com now", "email"),
    ("q=bob%40example.com", "q=b***%40example.com", "email"),
    ("q=bob%2540example.com", "q=b***%2540example.com", "email"),
    ("ValueError: bad address 'bob@example.com'", "ValueError: bad address 'b***@example.com'", "email"),
    # numbers
    ("card 4111 1111 1111 1111 declined", "card 4111-****-****-1111 declined", "card"),
    ("no 1234 4111 1111 1111 1111 x", "no 1234 4111-****-****-1111 x", "card"),
    ("card=5555555555554444,", "card=5555-****-****-4444,", "card"),
    ("q=4111%201111%201111%201111", "q=4111-****-****-1111", "card"),
    ("ssn is 536-22-1234.", "ssn is ***-**-1234.", "ssn"),
    ("call (555) 123-1234", "call (555) ***-1234", "phone"),
    ("reach me at +49 30 1234567", "reach me at +49 ***-4567", "phone_international"),
    ("pay to DE89370400440532013000 now", "pay to DE** **** 3000 now", "iban"),
    # addresses
    ("from 203.0.113.57 port 1", "from 203.0.113.0 port 1", "ip"),
    ("from 2001:db8:85a3::8a2e:370:7334 port 1", "from 2001:db8:85a3:: port 1", "ipv6"),
    # secrets by their shape
    ("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl y", "x [REDACTED:jwt] y", "jwt"),
    ("got Bearer abcdef0123456789", "got Bearer [REDACTED:bearer]", "bearer"),
    ("got Basic dXNlcjpwYXNz", "got Basic [REDACTED:basic_auth]", "basic_auth"),
    ("dsn postgresql://app:s3cret@db/shop", "dsn postgresql://app:[REDACTED:url_password]@db/shop", "url_password"),
    ("AKIAIOSFODNN7EXAMPLE", "[REDACTED:aws_key]", "aws_key"),
    # names beside values
    ("password=hunter2", "password=[REDACTED:password]", "password"),
    ("dbPassword = hunter2;", "dbPassword = [REDACTED:password];", "password"),
    ("new_password2: hunter2", "new_password2: [REDACTED:password]", "password"),
    ("api key: abc123, x", "api key: [REDACTED:api_key], x", "api_key"),
    ("Authorization: Bearer abc", "Authorization: Bearer [REDACTED:authorization]", "authorization"),
    ("Cookie: a=b; c=d", "Cookie: a=[REDACTED:cookie]; c=[REDACTED:cookie]", "cookie"),
    ('payload={"password": "hun\\"ter2", "n": 1}', 'payload={"password": "[REDACTED:password]", "n": 1}', "password"),
    (r'body "{\"token\": \"abc\", \"n\": 1}"', r'body "{\"token\": \"[REDACTED:token]\", \"n\": 1}"', "token"),
    ("User(name='x', first_name='Bob')", "User(name='x', first_name='[REDACTED:person_name]')", "person_name"),
    ("first_name=Bob Smith ordered", "first_name=[REDACTED:person_name] ordered", "person_name"),
    ('{"date of birth": "1980-01-01"} x', '{"date of birth": "[REDACTED:birth_date]"} x', "birth_date"),
    ("(b'authorization', b'Bearer abc')", "(b'authorization', b'Bearer [REDACTED:authorization]')", "authorization"),
    ("password='cut off at the limi", "password='[REDACTED:password]", "password"),
    ('"tokens list": ["a", "b"], x', '"tokens list": "[REDACTED:token]", x', "token"),
    ("secret=p(ss{w0rd", "secret=[REDACTED:secret]", "secret"),
    ("login(secret=p4ss)", "login(secret=[REDACTED:secret])", "secret"),
    ("password=a,b9c user=x", "password=[REDACTED:password] user=x", "password"),
    ("password=<s3cr3t>", "password=[REDACTED:password]", "password"),
    ('x {"password": {"old": "abc"}}', 'x {"password": "[REDACTED:password]"}', "password"),
    ('Authorization: Digest username="bob", response="abc"', "Authorization: Digest [REDACTED:authorization]",
     "authorization"),
    ("full_name: Jane van Doe, x", "full_name: [REDACTED:person_name], x", "person_name"),
    # form data in free text
    ("POST a=1&password=s%26cret&b=2", "POST a=1&password=[REDACTED:password]&b=2", "password"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "rule_id"), TEXTS)
def test_values_in_text_are_masked(text: str, wanted: str, rule_id: str) -> None:
    """Each value is masked in its default form and counted under its rule."""
    findings = Findings()

    assert default_redactor().text(text, findings) == wanted
    assert findings == Findings(hits={rule_id: 1})


ATTRIBUTES = [
    ("user.password", "hunter2", "[REDACTED:password]", "password"),
    ("user.password", 1234, "[REDACTED:password]", "password"),
    ("shop.api_keys", ["a", "b"], ["[REDACTED:api_key]"] * 2, "api_key"),
    ("shop.credentials", {"a": 1}, "[REDACTED:secret]", "secret"),
    ("user.full_name", "Jane Doe", "[REDACTED:person_name]", "person_name"),
    ("user.name", "jane", "[REDACTED:person_name]", "person_name"),
    ("user", {"name": "jane"}, {"name": "[REDACTED:person_name]"}, "person_name"),
    ("user.birth_date", "1980-01-01", "[REDACTED:birth_date]", "birth_date"),
    ("geo.lat", 52.52, "[REDACTED:coordinates]", "coordinates"),
    ("user.phone", "5551231234", "(555) ***-1234", "phone_number"),
    ("user.phone", "+1 (415) 555-2671", "+1 (415) ***-2671", "phone_number"),
    ("user.email", "jane@example.com", "j***@example.com", "email_address"),
    ("user.email", "Jane <jane@example.com>", "[REDACTED:email_address]", "email_address"),
    ("user.ssn", "536221234", "***-**-1234", "social_security_number"),
    ("card_number", "4111111111111111", "4111-****-****-1111", "card_number"),
    ("user.passport", "C01X00T47", "****0T47", "identity_document"),
    ("user.iban", "DE89 3704 0044 0532 0130 00", "DE** **** 3000", "bank_account"),
    ("client.address", "203.0.113.57", "203.0.113.0", "ip"),
    ("network.peer.address", "2001:db8:85a3::1", "2001:db8:85a3::", "ip"),
    ("client.address", "::ffff:203.0.113.57", "203.0.113.0", "ip"),
    ("db.query.parameter.0", "Jane", "[REDACTED:db_parameter]", "db_parameter"),
    ("shop.note", 4111111111111111, "4111-****-****-1111", "card"),
    ("shop.note", 4111111111111111.0, "4111-****-****-1111", "card"),
    ("shop.note", b"mail bob@example.com", b"mail b***@example.com", "email"),
    ("shop.note", b"\xff\xfe bob@example.com", b"\xff\xfe b***@example.com", "email"),
    ("shop.note", [["bob@example.com"]], [["b***@example.com"]], "email"),
    ("shop.note", {"a": {"b": ["bob@example.com"]}}, {"a": {"b": ["b***@example.com"]}}, "email"),
    ("shop.note", {"bob@example.com": 1}, {"b***@example.com": 1}, "email"),
    ("headers", [("x-api-key", "abc"), (b"a", b"b")], [["x-api-key", "[REDACTED:api_key]"], [b"a", b"b"]], "api_key"),
    ("user.id", "bob@example.com", "b***@example.com", "email"),
    ("http.route", "/users/bob@example.com", "/users/b***@example.com", "email"),
    ("http.request.header.authorization", ["Bearer abc"], ["Bearer [REDACTED:authorization]"], "authorization"),
    ("http.request.header.x-api-key", ["abc"], ["[REDACTED:api_key]"], "api_key"),
    ("http.request.header.x-forwarded-for", ["203.0.113.57"], ["203.0.113.0"], "ip"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "wanted", "rule_id"), ATTRIBUTES)
def test_attributes_are_masked(key: str, value: object, wanted: object, rule_id: str) -> None:
    """The key's class comes first, then the structure, then the value; each is counted under its own rule."""
    findings = Findings()

    redacted = default_redactor().value(key, value, findings)

    assert redacted == wanted
    assert type(redacted) is type(wanted)
    assert list(findings.hits) == [rule_id]


@pytest.mark.parametrize(("key", "value"), [("", text) for text, _, _ in TEXTS] + [row[:2] for row in ATTRIBUTES])
def test_a_second_redaction_finds_nothing(key: str, value: object) -> None:
    """What the SDK has redacted leaves nothing for the receiver to do."""
    once = default_redactor().value(key, value, Findings())
    findings = Findings()

    assert default_redactor().value(key, once, findings) == once
    assert findings == Findings()


def test_keys_that_become_alike_are_numbered() -> None:
    """Two e-mail addresses as keys keep both of their values."""
    redacted = default_redactor().attributes({"bob@example.com": 1, "ben@example.com": 2}, Findings())

    assert redacted == {"b***@example.com": 1, "b***@example.com#2": 2}


def test_no_attributes_are_an_empty_map() -> None:
    """None stands for no attributes in the SDK's records."""
    assert default_redactor().attributes(None, Findings()) == {}


def test_every_counted_rule_is_named_by_the_redactor() -> None:
    """Dashboards list ``rule_ids``; a hit under another name would be invisible."""
    findings = Findings()
    for text, _, _ in TEXTS:
        default_redactor().text(text, findings)
    for key, value, _, _ in ATTRIBUTES:
        default_redactor().value(key, value, findings)
    default_redactor().value("db.query.text", "SELECT 1", findings)

    assert set(findings.hits) <= set(default_redactor().rule_ids)


def test_compiling_keeps_the_policys_id() -> None:
    """The mark on the wire names the policy that was compiled."""
    policy = load_policy()

    assert compile_policy(policy).policy_id == policy.id
    assert default_redactor() is default_redactor()
