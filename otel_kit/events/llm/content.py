"""Prompts and answers as the conventions' messages: roles with parts. Only made where content is recorded.

Nothing here redacts: the events that carry it go through the pipeline's redaction as any other. Texts are kept a little
beyond the length at which redaction cuts, so that a secret across the cut is seen whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from otel_kit.events.llm.fields import field as field_of
from otel_kit.events.llm.fields import members, short_text
from otel_kit.redaction.snapshot import plain
from otel_kit.redaction.strings import MAX_BYTES, OVERLAP

_MAX_PART: Final = MAX_BYTES + OVERLAP + 1
_MAX_TOTAL: Final = 2 * MAX_BYTES
_MAX_MESSAGES: Final = 64
_MAX_PARTS: Final = 64
_TEXT: Final = "text"
_TOOL_CALL: Final = "tool_call"
_REASONING: Final = "reasoning"


@dataclass(slots=True)
class _Part:
    kind: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    id: str | None = None
    name: str | None = None
    value: Any = None  # arguments that came as a value

    def add(self, text: str) -> None:
        """Add a piece of text; what is beyond the longest part is only counted."""
        room = _MAX_PART - self.length
        self.length += len(text)
        if room > 0:
            self.text.append(text[:room])


@dataclass(slots=True)
class Conversation:
    """Messages as they are gathered, by index and part. Bounded: what is beyond the bounds is left out, and said."""

    parts: dict[int, dict[str, _Part]] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    def text(self, index: int, text: Any, *, key: str = _TEXT, kind: str = _TEXT) -> None:
        """Add a piece of text to a message."""
        if isinstance(text, str) and text and (part := self._part(index, key, kind)) is not None:
            part.add(text)

    def tool_call(self, index: int, key: str, id_: Any = None, name: Any = None, arguments: Any = None) -> None:
        """Add a call of a tool, or a piece of its arguments, to a message."""
        part = self._part(index, key, _TOOL_CALL)
        if part is None:
            return
        part.id = part.id or short_text(id_)
        part.name = part.name or short_text(name)
        if isinstance(arguments, str):
            part.add(arguments)
        elif arguments:
            part.value = plain(arguments)

    def role(self, index: int, role: Any) -> None:
        """Note who speaks in a message; the assistant if nobody says."""
        if index < _MAX_MESSAGES:
            self.roles[index] = short_text(role) or "assistant"

    def finish(self, index: int, reason: str | None) -> None:
        """Note why a message ended."""
        if reason is not None and index < _MAX_MESSAGES:
            self.reasons[index] = reason

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages in the form of the conventions' schema."""
        kept = self._within_bounds()
        result: list[dict[str, Any]] = []
        for index in sorted(self.parts):
            parts = [
                _rendered(part) if (index, key) in kept else _left_out(part) for key, part in self.parts[index].items()
            ]
            message: dict[str, Any] = {"role": self.roles.get(index, "assistant"), "parts": parts}
            if index in self.reasons:
                message["finish_reason"] = self.reasons[index]
            result.append(message)
        return result

    def _within_bounds(self) -> set[tuple[int, str]]:
        """Return the parts that fit, the newest first: of a long history its end says more."""
        left, kept = _MAX_TOTAL, set()
        for index in sorted(self.parts, reverse=True):
            for key, part in self.parts[index].items():
                length = min(part.length, _MAX_PART)
                if length <= left:
                    left -= length
                    kept.add((index, key))
        return kept

    def _part(self, index: int, key: str, kind: str) -> _Part | None:
        if index not in self.parts and len(self.parts) >= _MAX_MESSAGES:
            return None
        parts = self.parts.setdefault(index, {})
        if key not in parts:
            if len(parts) >= _MAX_PARTS:
                return None
            parts[key] = _Part(kind)
        return parts[key]


def conversation(messages: Any) -> list[dict[str, Any]]:
    """Return what an application sends to a model, in the form of the conventions' schema.

    Takes a text, a message or a list of messages as OpenAI, Anthropic and Gemini want them; of a long list the newest.
    """
    if isinstance(messages, str) or not isinstance(messages, (list, tuple)):
        messages = [messages]
    built = Conversation()
    for index, message in enumerate(list(messages)[-_MAX_MESSAGES:]):
        if isinstance(message, str):
            built.role(index, "user")
            built.text(index, message)
        else:
            built.role(index, field_of(message, "role") or "user")
            read_parts(built, index, field_of(message, "content", "parts"))
            read_tool_calls(built, index, field_of(message, "tool_calls"))
    return built.messages()


def read_parts(built: Conversation, index: int, content: Any) -> None:
    """Add the parts of a message's ``content``: a text, or blocks of texts, calls and results of tools."""
    if isinstance(content, str):
        built.text(index, content)
        return
    for number, block in enumerate(members(content)):
        kind = field_of(block, "type")
        text = field_of(block, "text", "refusal")
        call = field_of(block, "functionCall", "function_call", "toolUse")
        if isinstance(block, str):
            built.text(index, block, key=f"{number}")
        elif call is not None or kind in ("tool_use", "server_tool_use", "function_call"):
            source = block if call is None else call
            built.tool_call(
                index, f"{number}", field_of(source, "id", "call_id", "toolUseId"), field_of(source, "name"),
                field_of(source, "input", "arguments", "args"),
            )  # fmt: skip
        elif isinstance(text, str):
            built.text(index, text, key=f"{number}")
        elif kind in ("thinking", "reasoning"):
            built.text(index, field_of(block, "thinking"), key=f"{number}", kind=_REASONING)
        elif kind in ("tool_result", "function_call_output"):
            result = field_of(block, "content", "output")
            built.text(index, _as_text(result), key=f"{number}", kind="tool_call_response")


def read_tool_calls(built: Conversation, index: int, calls: Any) -> None:
    """Add the tool calls of an OpenAI message, or of a chunk of one."""
    for number, call in enumerate(members(calls)):
        place = field_of(call, "index")
        function = field_of(call, "function", "custom")
        key = f"tool{place if isinstance(place, int) else number}"
        arguments = field_of(function, "arguments", "input")
        built.tool_call(index, key, field_of(call, "id"), field_of(function, "name"), arguments)


def _rendered(part: _Part) -> dict[str, Any]:
    text = "".join(part.text)
    if part.kind != _TOOL_CALL:
        return {"type": part.kind, "content": text}
    call: dict[str, Any] = {"type": part.kind, "id": part.id, "name": part.name}
    arguments = part.value if part.value is not None else _parsed(text)
    if arguments is not None:
        call["arguments"] = arguments
    return {name: value for name, value in call.items() if value is not None}


def _left_out(part: _Part) -> dict[str, Any]:
    return {"type": _TEXT, "content": f"[{part.kind}: {part.length} characters left out]"}


def _parsed(text: str) -> Any:
    """Return arguments as values, so that redaction sees their names."""
    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text
    return plain(value)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    texts = [field_of(block, "text") for block in members(value)]
    if texts and all(isinstance(text, str) for text in texts):
        return "\n".join(texts)
    copied = plain(value)
    return json.dumps(copied, default=str) if isinstance(copied, (Mapping, list)) else ""
