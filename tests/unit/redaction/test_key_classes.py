"""What keys say."""

from __future__ import annotations

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses, Names
from otel_kit.redaction.redactor import compile_policy

REDACTOR = compile_policy(load_policy())
CLASSES = KeyClasses(load_policy().keys, frozenset(), ["shop.password", "debug.*"])


@pytest.mark.parametrize(
    ("key", "class_id"),
    [
        ("password", "password"), ("user.password", "password"), ("userPassword", "password"),
        ("USER_PASSWORD", "password"),
        ("dbpassword", "password"), ("password2", "password"), ("passwords.0", "password"), ("X-Api-Key", "api_key"),
        ("apiKey", "api_key"), ("APIKEY", "api_key"), ("aws_secret_access_key", "secret"), ("clientSecret", "secret"),
        ("access_token", "token"), ("x-csrf-token", "token"), ("http.request.header.authorization", "authorization"),
        ("Proxy-Authorization", "authorization"), ("set-cookie", "cookie"), ("JSESSIONID", "session_token"),
        ("firstName", "person_name"), ("user.name", "person_name"), ("dateOfBirth", "birth_date"),
        ("geo.lat", "coordinates"),
        ("db.query.parameter.user", "db_parameter"), ("card.cvv", "card_security_code"),
    ],
)  # fmt: skip
def test_keys_are_told_by_their_last_words(key: str, class_id: str) -> None:
    """Dots, dashes, underscores, capitals and trailing numbers are all the same."""
    found = CLASSES.of(key)

    assert found is not None
    assert found.id == class_id


@pytest.mark.parametrize(
    "key",
    ["", "password_reset_url", "tokenizer", "token_type", "gen_ai.usage.input_tokens", "filename", "host.name",
     "db.name", "service.name", "session.id", "user.id", "sort_key", "primary.key", "platform", "latency",
     "secretary",
     "signature", "code", "author", "product.name", "ключ", "🔑", "shop.password", "debug.token"],
)  # fmt: skip
def test_other_keys_say_nothing(key: str) -> None:
    """A word inside of a longer one or before the last ones is another thing; allowed keys are free."""
    assert CLASSES.of(key) is None


@pytest.mark.parametrize("key", ["sig", "code", "signature", "session_id"])
def test_some_names_tell_in_a_query_only(key: str) -> None:
    """``code`` is a credential in an OAuth callback and a number elsewhere."""
    found = CLASSES.of(key, in_query=True)

    assert found is not None
    assert found.id == "query_secret"
    assert CLASSES.of(key) is None


def test_a_key_of_any_length_is_looked_up_by_its_end() -> None:
    """A huge key costs no huge work and still tells."""
    found = CLASSES.of("x." * 100_000 + "password")

    assert found is not None


def test_names_cover_beginnings() -> None:
    """A trailing star stands for any rest."""
    names = Names.of(["a.b", "C.*"])

    assert "a.b" in names
    assert "c.d" in names
    assert "a.bc" not in names


def test_a_marker_in_a_key_says_nothing_of_the_value() -> None:
    """A name that was masked is no name of what stands beside it: a second redaction alters nothing."""
    once = REDACTOR.value("", [['{"password": "x"}', "0"], ["password=y", "1"]], Findings())

    assert REDACTOR.value("", once, Findings()) == once
    assert REDACTOR.value("[REDACTED:password]", "0", Findings()) == "0"


@pytest.mark.parametrize(
    "text", ["password=${DB_PASSWORD}", 'token: "$TOKEN"', "Authorization: Bearer $API_TOKEN", "pwd=$1"]
)
def test_shell_variables_stay(text: str) -> None:
    """They name a secret and hold none."""
    assert REDACTOR.text(text, Findings()) == text


def test_a_password_that_begins_with_a_dollar_goes() -> None:
    """In lower case it is no variable."""
    assert REDACTOR.text("password=$ecret1", Findings()) == "password=[REDACTED:password]"
