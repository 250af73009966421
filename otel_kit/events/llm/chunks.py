"""Chunks and events of streams, read one by one as they pass; what the last of them adds up to is the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from otel_kit.events.llm.answer import Answer
from otel_kit.events.llm.content import read_tool_calls
from otel_kit.events.llm.fields import field, members, opened, short_text
from otel_kit.events.llm.responses import (
    block_tool,
    item_tool,
    read_candidate,
    read_response,
    take_names,
    take_usage,
    tool_names,
)
from otel_kit.events.llm.tokens import LEFT_EARLY, MISSING, UNKNOWN_SHAPE
from otel_kit.events.llm.usage import read_usage

_USAGE_FIELDS: Final = (
    "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation",
    "output_tokens_details",
)  # fmt: skip
_EVENT_LINES: Final = ("data:", "event:")  # of a stream that is read line by line
_RESPONSE_ENDS: Final = ("response.completed", "response.incomplete", "response.failed")


def read_chunk(answer: Answer, chunk: Any) -> None:
    """Add to ``answer`` what one chunk says; a chunk of an unknown form adds nothing."""
    text, chunk = chunk, opened(chunk)
    if isinstance(text, str) and not isinstance(chunk, Mapping):
        if not text or text.startswith(_EVENT_LINES):
            return
        answer.texts_seen = True
        if answer.output is not None:
            answer.output.text(0, text)
        return
    kind = field(chunk, "type")
    if kind == "chunk":  # what OpenAI's stream helper wraps around each
        chunk, kind = field(chunk, "chunk"), None
    if isinstance(kind, str):
        reader = _MESSAGE_EVENTS.get(kind)
        if reader is not None:
            answer.shape_seen = True
            reader(answer, chunk)
        elif kind.startswith("response."):
            answer.shape_seen = True
            _read_response_event(answer, kind, chunk)
        return
    if isinstance(field(chunk, "choices"), (list, tuple)):
        _read_choices_chunk(answer, chunk)
    elif field(chunk, "candidates", "usageMetadata", "usage_metadata") is not None:
        _read_candidates_chunk(answer, chunk)
    elif isinstance(chunk, Mapping):
        _read_converse_event(answer, chunk)


def end_of_stream(answer: Answer, *, exhausted: bool) -> None:
    """Note what a stream that has ended leaves unknown."""
    answer.complete = answer.complete or (exhausted and answer.usage_seen)
    if answer.complete or answer.is_only_texts:
        return
    if exhausted:
        answer.refuse(MISSING if answer.shape_seen else UNKNOWN_SHAPE)
    else:
        answer.refuse(LEFT_EARLY)


def _read_choices_chunk(answer: Answer, chunk: Any) -> None:
    """Chunks of OpenAI's chat completions; the last one has the usage and no choices, if it was asked for."""
    answer.shape_seen = True
    choices = field(chunk, "choices")
    if answer.model is None or answer.id is None or not choices:  # not again for each of a thousand chunks
        take_names(answer, chunk)
    for number, choice in enumerate(members(choices)):
        place = field(choice, "index")
        index = place if isinstance(place, int) else number
        reason = short_text(field(choice, "finish_reason"))
        answer.finish(reason)
        delta = field(choice, "delta")
        calls = field(delta, "tool_calls")
        for name in tool_names(calls):
            answer.tool(name)
        if answer.output is not None:
            answer.output.text(index, field(delta, "content") or field(choice, "text"))
            read_tool_calls(answer.output, index, calls)
            answer.output.finish(index, reason)
    if field(chunk, "usage") is not None:  # some servers send figures with each chunk, always of all so far
        take_usage(answer, chunk)
    answer.complete = answer.usage_seen and bool(answer.finish_reasons)


def _message_start(answer: Answer, event: Any) -> None:
    message = field(event, "message")
    take_names(answer, message)
    _take_message_usage(answer, field(message, "usage"), final=False)


def _block_start(answer: Answer, event: Any) -> None:
    block = field(event, "content_block")
    answer.tool(block_tool(block))
    if answer.output is not None and block_tool(block) is not None:
        answer.output.tool_call(0, f"{field(event, 'index')}", field(block, "id"), field(block, "name"))


def _block_delta(answer: Answer, event: Any) -> None:
    if answer.output is None:
        return
    delta, key = field(event, "delta"), f"{field(event, 'index')}"
    kind = field(delta, "type")
    if kind == "text_delta":
        answer.output.text(0, field(delta, "text"), key=key)
    elif kind == "thinking_delta":
        answer.output.text(0, field(delta, "thinking"), key=key, kind="reasoning")
    elif kind == "input_json_delta":
        answer.output.tool_call(0, key, arguments=field(delta, "partial_json"))


def _message_delta(answer: Answer, event: Any) -> None:
    reason = short_text(field(field(event, "delta"), "stop_reason"))
    answer.finish(reason)
    if answer.output is not None:
        answer.output.finish(0, reason)
    _take_message_usage(answer, field(event, "usage"), final=True)


def _take_message_usage(answer: Answer, usage: Any, *, final: bool) -> None:
    """Take Anthropic's figures: the first event has the input's, the last the output's; each is of all so far."""
    for name in _USAGE_FIELDS:
        value = field(usage, name)
        # The first event counts only the output that there was by then.
        if value is not None and (final or name not in ("output_tokens", "output_tokens_details")):
            answer.raw_usage[name] = value
    tokens = read_usage(answer.raw_usage, answer.refuse)
    if tokens is not None:
        answer.tokens = tokens
        answer.usage_seen = True
        answer.complete = answer.complete or (final and tokens.output is not None)


def _nothing(_answer: Answer, _event: Any) -> None:
    """Of interest only because it tells whose stream it is."""


_MESSAGE_EVENTS: Final[Mapping[str, Callable[[Answer, Any], None]]] = {
    "message_start": _message_start,
    "content_block_start": _block_start,
    "content_block_delta": _block_delta,
    "content_block_stop": _nothing,
    "message_delta": _message_delta,
    "message_stop": _nothing,
}


def _read_response_event(answer: Answer, kind: str, event: Any) -> None:
    """Events of OpenAI's responses; the last one holds the whole response."""
    response = field(event, "response")
    if kind in _RESPONSE_ENDS:
        if answer.output is not None:
            answer.output.parts.clear()  # gathered from the deltas; here it comes again
        read_response(answer, response)
        answer.complete = answer.usage_seen
    elif response is not None:
        take_names(answer, response)
    elif kind == "response.output_item.added":
        answer.tool(item_tool(field(event, "item")))
    elif kind == "response.output_text.delta" and answer.output is not None:
        answer.output.text(0, field(event, "delta"), key=f"{field(event, 'output_index')}")


def _read_candidates_chunk(answer: Answer, chunk: Any) -> None:
    """Chunks of Gemini; figures are of all so far."""
    answer.shape_seen = True
    take_names(answer, chunk)
    for index, candidate in enumerate(members(field(chunk, "candidates"))):
        read_candidate(answer, index, candidate)
    take_usage(answer, chunk)
    answer.complete = answer.usage_seen and bool(answer.finish_reasons)


def _read_converse_event(answer: Answer, event: Mapping[str, Any]) -> None:
    """Events of Bedrock's ConverseStream; chunks of Ollama's own form."""
    if field(event, "messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata") is not None:
        answer.shape_seen = True
        answer.finish(short_text(field(field(event, "messageStop"), "stopReason")))
        start = field(field(event, "contentBlockStart"), "start")
        answer.tool(short_text(field(field(start, "toolUse"), "name")))
        if answer.output is not None:
            answer.output.text(0, field(field(field(event, "contentBlockDelta"), "delta"), "text"))
        take_usage(answer, field(event, "metadata"))
    elif "done" in event:
        answer.shape_seen = True
        take_names(answer, event)
        answer.finish(short_text(field(event, "done_reason")))
        if answer.output is not None:
            answer.output.text(0, field(field(event, "message"), "content") or field(event, "response"))
        take_usage(answer, event)
    answer.complete = answer.complete or answer.usage_seen
