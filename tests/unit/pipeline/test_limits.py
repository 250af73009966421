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


@pytest.mark.parametrize(
    ("variable", "wanted"),
    [
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", (100, None, None)),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", (None, None, 100)),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", (100, 100, 100)),
    ],
)
def test_values_are_cut_by_the_copy_and_not_by_the_sdk(
    monkeypatch: pytest.MonkeyPatch, variable: str, wanted: tuple[int | None, ...]
) -> None:
    """A rule must see them whole; events and links have the general length, as in the SDK."""
    monkeypatch.setenv(variable, "100")

    limits = attribute_limits()

    assert wanted == (limits.span_length, limits.part_length, limits.log_length)
    assert MAX_BYTES < span_limits(limits).max_span_attribute_length  # type: ignore[operator]
    assert MAX_BYTES < span_limits(limits).max_attribute_length  # type: ignore[operator]
    assert MAX_BYTES < log_limits(limits).max_log_record_attribute_length  # type: ignore[operator]
