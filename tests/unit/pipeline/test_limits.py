"""How many attributes a record keeps."""

from __future__ import annotations

import pytest

from otel_kit.pipeline.limits import AttributeLimits, attribute_limits, log_limits, span_limits
from otel_kit.redaction.strings import MAX_BYTES


def test_default_is_128_and_the_sdk_has_room_for_more() -> None:
    """The first ones are chosen where the copy is made, not by the SDK, which keeps the last."""
    limits = attribute_limits()

    assert AttributeLimits(128, 128) == limits
    assert span_limits(limits).max_span_attributes > 1000
    assert log_limits(limits).max_log_record_attributes > 1000
    assert span_limits(limits).max_span_attribute_length == log_limits(limits).max_log_record_attribute_length
    assert span_limits(limits).max_span_attribute_length == MAX_BYTES + 1


@pytest.mark.parametrize(
    ("variable", "wanted"),
    [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", AttributeLimits(7, 128)),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", AttributeLimits(128, 7)),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", AttributeLimits(7, 7)),
    ],
)
def test_standard_variables_keep_their_meaning(
    monkeypatch: pytest.MonkeyPatch, variable: str, wanted: AttributeLimits
) -> None:
    """Fewer, or more, as the user says."""
    monkeypatch.setenv(variable, "7")

    assert wanted == attribute_limits()


def test_shorter_values_are_cut_by_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A length of one's own is kept, a longer one than redaction takes is not."""
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100")

    assert 100 == span_limits(AttributeLimits()).max_span_attribute_length
    assert 100 == log_limits(AttributeLimits()).max_log_record_attribute_length
