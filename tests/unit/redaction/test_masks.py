"""The partial forms."""

from __future__ import annotations

import pytest

from otel_kit.policy.model import Rule
from otel_kit.policy.vocabulary import ACTION_RANKS, ACTIONS
from otel_kit.redaction.masks import MASKS, action_in_force, is_masked, mask_for
from otel_kit.redaction.pseudonyms import PseudonymKey, PseudonymKeys

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
    assert mask_for(Rule("r", "x", action=action))(value) == wanted
    if action not in ("ip", "scheme", "replace"):
        assert is_masked(action, wanted)
        assert not is_masked(action, value)


@pytest.mark.parametrize("action", [*MASKS])
@pytest.mark.parametrize("value", ["hunter2", "x", "12", "a b c", "*"])
def test_a_value_of_another_shape_is_replaced_as_a_whole(action: str, value: str) -> None:
    """A partial form of what is no card would show who knows what."""
    assert mask_for(Rule("r", "x", action=action))(value) == "[REDACTED:r]"


def test_the_policys_words_are_all_there() -> None:
    """What a policy may name is what exists."""
    assert set(ACTIONS) == {"keep", "truncate", "replace", "drop", "scheme", "pseudonym", *MASKS}


@pytest.mark.parametrize("action", ACTIONS)
def test_each_mask_maps_its_result_to_itself(action: str) -> None:
    """A second redaction alters nothing."""
    keys = PseudonymKeys((PseudonymKey("k1", b"s" * 32),))
    row = Rule("r", "x", action=action, keep=3)
    once = mask_for(row, keys)("some value")

    assert once == "some value" if action == "keep" else once != "some value"
    assert once == "[REDACTED:r]" or is_masked(action, once) or mask_for(row, keys)(once) == once


def test_truncate_leaves_the_beginning() -> None:
    """What is short enough stays as it is."""
    mask = mask_for(Rule("r", "x", action="truncate", keep=4))

    assert (mask("abcdefgh"), mask("abcd"), mask("abcd[REDACTED:r]")) == (
        "abcd[REDACTED:r]",
        "abcd",
        "abcd[REDACTED:r]",
    )


def test_a_pseudonym_without_a_key_does_what_its_fallback_says() -> None:
    """Masked, unless the policy says that the value may stay."""
    assert action_in_force(Rule("r", "x", action="pseudonym"), None) == "replace"
    assert action_in_force(Rule("r", "x", action="pseudonym", fallback="keep"), None) == "keep"
    assert mask_for(Rule("r", "x", action="pseudonym"))("bob") == "[REDACTED:r]"


def test_every_action_has_one_rank() -> None:
    """Whether a layer is only stricter is told by ranks."""
    assert len(ACTIONS) == len(set(ACTIONS)) == sum(map(len, ACTION_RANKS))
