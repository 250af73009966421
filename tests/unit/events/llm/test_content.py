"""Prompts and answers in the form of the conventions' messages, bounded."""

from __future__ import annotations

from typing import Any

import pytest

from otel_kit.events.llm.content import Conversation, conversation
from otel_kit.redaction.strings import MAX_BYTES, OVERLAP

_TEXT = [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]
_CALL = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Rome"}}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("hello", _TEXT),
        ({"role": "user", "content": "hello"}, _TEXT),
        ([{"role": "user", "content": [{"type": "text", "text": "hello"}]}], _TEXT),
        ([{"role": "user", "content": [{"type": "input_text", "text": "hello"}]}], _TEXT),
        ([{"role": "user", "parts": [{"text": "hello"}]}], _TEXT),
        (
            [{"role": "assistant", "content": None, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]}],
            [{"role": "assistant", "parts": [_CALL]}],
        ),
        (
            [{"role": "assistant", "content": [
                {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Rome"}}]}],
            [{"role": "assistant", "parts": [_CALL]}],
        ),
        (
            [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "rain"}]}],
            [{"role": "user", "parts": [{"type": "tool_call_response", "content": "rain"}]}],
        ),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:..."}}]}], []),
        ([{"role": "user", "content": 7}, 8, None], []),
        ([], []),
    ],
)  # fmt: skip
def test_what_is_sent_has_one_form(given: Any, wanted: list[Any]) -> None:
    """OpenAI's, Anthropic's and Gemini's; pictures and what nobody knows are left out."""
    assert conversation(given) == wanted


def test_a_long_history_keeps_its_end_and_says_what_is_missing() -> None:
    """Whole texts are left out, since half a secret is not found by redaction."""
    messages = [{"role": "user", "content": f"{n}" + "x" * (MAX_BYTES // 2)} for n in range(100)]

    kept = conversation(messages)

    assert len(kept) == 64
    assert kept[-1]["parts"][0]["content"] == messages[-1]["content"]
    assert kept[0]["parts"] == [{"type": "text", "content": f"[text: {MAX_BYTES // 2 + 2} characters left out]"}]


def test_one_huge_text_is_kept_beyond_the_cut_of_redaction() -> None:
    """So that redaction sees whole what stands across its own cut."""
    built = Conversation()
    for _ in range(100):
        built.text(0, "y" * 4096)

    text = built.messages()[0]["parts"][0]["content"]

    assert MAX_BYTES + OVERLAP < len(text) <= MAX_BYTES + OVERLAP + 1
