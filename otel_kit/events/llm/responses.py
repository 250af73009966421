"""Whole answers of client libraries and compatible servers, read field by field: objects, mappings, JSON text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from otel_kit.events.llm.answer import Answer
from otel_kit.events.llm.content import read_parts, read_tool_calls
from otel_kit.events.llm.fields import field, members, opened, short_text
from otel_kit.events.llm.tokens import MISSING, UNKNOWN_SHAPE
from otel_kit.events.llm.usage import read_cost, read_usage

# What OpenAI's responses list among their output and what asks for a tool.
_TOOL_ITEMS: Final = ("_call", "function_call", "custom_tool_call")
_TOOL_BLOCKS: Final = ("tool_use", "server_tool_use", "mcp_tool_use")


def read_response(answer: Answer, response: Any) -> None:
    """Add to ``answer`` what ``response`` says about itself; of an unknown form nothing but that."""
    response = opened(response)
    take_names(answer, response)
    known = _read_choices(answer, response) or _read_blocks(answer, response) or _read_items(answer, response)
    known = known or _read_candidates(answer, response) or _read_converse(answer, response)
    take_usage(answer, response)
    if answer.usage_seen:
        answer.complete = True
    elif not known and field(response, "object") not in ("list", "response"):
        answer.refuse(UNKNOWN_SHAPE)
    else:
        answer.refuse(MISSING)
    answer.shape_seen = True


def take_names(answer: Answer, response: Any) -> None:
    """Take the model, the id and the service tier."""
    answer.model = short_text(field(response, "model", "modelVersion", "model_version")) or answer.model
    answer.id = short_text(field(response, "id", "responseId", "response_id")) or answer.id
    tier = field(response, "service_tier")
    if tier is None:
        tier = field(field(response, "usage"), "service_tier")
    if field(field(response, "usage"), "speed") == "fast":  # Anthropic: at a price of its own
        tier = "fast"
    answer.service_tier = short_text(tier) or answer.service_tier


def take_usage(answer: Answer, response: Any) -> None:
    """Take the figures that stand in ``response``, if they do; newer ones replace older ones."""
    usage = field(response, "usage", "usageMetadata", "usage_metadata")
    if usage is None and field(response, "prompt_eval_count", "eval_count") is not None:
        usage = response  # Ollama's own form
    if usage is None:
        return
    tokens = read_usage(usage, answer.refuse)
    if tokens is not None:
        answer.tokens = tokens
        answer.usage_seen = True
    cost = read_cost(usage, answer.refuse)
    if cost is not None:
        answer.cost = cost


def read_candidate(answer: Answer, index: int, candidate: Any) -> None:
    """Take one of Gemini's candidates."""
    reason = short_text(field(candidate, "finishReason", "finish_reason"))
    answer.finish(reason)
    parts = field(field(candidate, "content"), "parts")
    for part in members(parts):
        answer.tool(short_text(field(field(part, "functionCall", "function_call"), "name")))
    if answer.output is not None:
        read_parts(answer.output, index, parts)
        answer.output.finish(index, reason)


def tool_names(calls: Any) -> Iterator[str | None]:
    """Yield the names in the tool calls of an OpenAI message, or of a chunk of one."""
    for call in members(calls):
        yield short_text(field(field(call, "function", "custom"), "name"))


def block_tool(block: Any) -> str | None:
    """Return the name of the tool that a content block of Anthropic's asks for, if it does."""
    return short_text(field(block, "name")) if field(block, "type") in _TOOL_BLOCKS else None


def item_tool(item: Any) -> str | None:
    """Return the name of the tool that an output item of OpenAI's responses asks for; its kind where it has none."""
    kind = short_text(field(item, "type"))
    if kind is None or not kind.endswith(_TOOL_ITEMS):
        return None
    return short_text(field(item, "name")) or kind


def _read_choices(answer: Answer, response: Any) -> bool:
    """Chat completions and completions of OpenAI."""
    choices = field(response, "choices")
    for index, choice in enumerate(members(choices)):
        reason = short_text(field(choice, "finish_reason"))
        answer.finish(reason)
        message = field(choice, "message")
        calls = field(message, "tool_calls")
        for name in tool_names(calls):
            answer.tool(name)
        answer.tool(short_text(field(field(message, "function_call"), "name")))
        if answer.output is not None:
            read_parts(answer.output, index, field(message, "content") or field(choice, "text"))
            read_tool_calls(answer.output, index, calls)
            answer.output.finish(index, reason)
    return isinstance(choices, (list, tuple))


def _read_blocks(answer: Answer, response: Any) -> bool:
    """Messages of Anthropic."""
    # Not whatever has content: that of an HTTP response may still have to be read.
    is_message = field(response, "type") == "message" or field(response, "stop_reason") is not None
    content = field(response, "content") if is_message else None
    if not isinstance(content, (list, tuple)):
        return False
    reason = short_text(field(response, "stop_reason"))
    answer.finish(reason)
    for block in members(content):
        answer.tool(block_tool(block))
    if answer.output is not None:
        read_parts(answer.output, 0, content)
        answer.output.finish(0, reason)
    return True


def _read_items(answer: Answer, response: Any) -> bool:
    """Responses of OpenAI."""
    items = field(response, "output")
    if not isinstance(items, (list, tuple)):
        return False
    reason = short_text(field(field(response, "incomplete_details"), "reason")) or short_text(field(response, "status"))
    answer.finish(reason)
    answer.tools = ()  # a stream has named them before
    for index, item in enumerate(members(items)):
        answer.tool(item_tool(item))
        if answer.output is not None:
            call = item_tool(item) is not None
            read_parts(answer.output, 0, [item]) if call else _item_texts(answer, index, item)
    if answer.output is not None:
        answer.output.finish(0, reason)
    return True


def _item_texts(answer: Answer, index: int, item: Any) -> None:
    for number, block in enumerate(members(field(item, "content"))):
        if answer.output is not None:
            answer.output.text(0, field(block, "text", "refusal"), key=f"{index}.{number}")


def _read_candidates(answer: Answer, response: Any) -> bool:
    """Gemini."""
    candidates = field(response, "candidates")
    for index, candidate in enumerate(members(candidates)):
        read_candidate(answer, index, candidate)
    return isinstance(candidates, (list, tuple))


def _read_converse(answer: Answer, response: Any) -> bool:
    """Bedrock's Converse; Ollama's chat, which has a message and no list of them."""
    message = field(field(response, "output"), "message") or field(response, "message")
    if message is None:
        return False
    reason = short_text(field(response, "stopReason", "done_reason"))
    answer.finish(reason)
    content = field(message, "content")
    for block in members(content):
        answer.tool(short_text(field(field(block, "toolUse"), "name")))
    for name in tool_names(field(message, "tool_calls")):
        answer.tool(name)
    if answer.output is not None:
        read_parts(answer.output, 0, content)
        answer.output.finish(0, reason)
    return True
