"""The partial forms."""

from __future__ import annotations

import pytest

from otel_kit.policy.vocabulary import ACTIONS
from otel_kit.redaction.masks import MASKS, is_masked, mask_for

FORMS = [
    ("email", "john@example.com", "j***@example.com"),
    ("email", "j%40example.com", "j***%40example.com"),
    ("card", "4111111111111111", "4111-****-****-1111"),
    ("card", "3782 822463 10005", "3782-****-****-0005"),
    ("ssn", "536221234", "***-**-1234"),
    ("phone", "555.123.1234", "(555) ***-1234"),
    ("phone", "1-555-123-1234", "+1 (555) ***-1234"),
    ("phone", "+15551231234", "+1 (555) ***-1234"),
    ("phone", "+442079460958", "+44 ***-0958"),
    ("phone", "%2B442079460958", "+44 ***-0958"),
    ("phone", "+35312345678", "+353 ***-5678"),
    ("phone", "+79161234567", "+7 ***-4567"),
    ("phone", "0301234567", "***-4567"),
    ("iban", "GB82 WEST 1234 5698 7654 32", "GB** **** 5432"),
    ("last4", "C01X00T47", "****0T47"),
    ("ip", "203.0.113.57", "203.0.113.0"),
    ("ip", "2001:db8:85a3:1::7", "2001:db8:85a3::"),
    ("ip", "10.0.0.7", "10.0.0.7"),
    ("scheme", "Bearer abc", "Bearer [REDACTED:r]"),
    ("scheme", "abc", "[REDACTED:r]"),
    ("replace", "abc", "[REDACTED:r]"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "value", "wanted"), FORMS)
def test_values_take_their_partial_form(action: str, value: str, wanted: str) -> None:
    """The forms of the design, which a second look takes for masked."""
    assert mask_for(action, "r")(value) == wanted
    if action not in ("ip", "scheme", "replace"):
        assert is_masked(action, wanted)
        assert not is_masked(action, value)


@pytest.mark.parametrize("action", [*MASKS])
@pytest.mark.parametrize("value", ["hunter2", "x", "12", "a b c", "*"])
def test_a_value_of_another_shape_is_replaced_as_a_whole(action: str, value: str) -> None:
    """A partial form of what is no card would show who knows what."""
    assert mask_for(action, "r")(value) == "[REDACTED:r]"


def test_the_policys_words_are_all_there() -> None:
    """What a policy may name is what exists."""
    assert set(ACTIONS) == {"replace", "scheme", *MASKS}
