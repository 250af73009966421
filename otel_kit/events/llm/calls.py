"""``otel_kit.event.llm``: measures a call of a language model, whichever library makes it.

    with otel_kit.event.llm(provider="openai", model="gpt-4o-mini", feature="support") as call:
        call.read(client.chat.completions.create(...))

A call is a CLIENT span, one event and the metrics of the conventions of generative AI. Nothing here raises into the
application, except ``EventError`` for unknown or missing fields while the kit is strict.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from otel_kit import semconv
from otel_kit.events.checked import checked
from otel_kit.events.llm.answer import Answer
from otel_kit.events.llm.call import Call, Figure, Money
from otel_kit.events.llm.fields import short_text
from otel_kit.events.llm.request import Request, new_request
from otel_kit.events.llm.settlement import Course
from otel_kit.events.llm.usage import amount_of

_NO_CALL = Call(Request("unknown", None, "chat")).retire()  # in place of one that cannot be made


@checked(semconv.EVENT_LLM, otherwise=_NO_CALL)
def _call(  # noqa: PLR0913 - the event's fields
    *,
    provider: str,
    model: str | None,
    operation: str = "chat",
    feature: str | None = None,
    tenant: str | None = None,
    conversation_id: str | None = None,
    max_tokens: Figure = None,
    temperature: Money = None,
    messages: Any = None,
    attributes: Mapping[str, Any] | None = None,
) -> Call:
    """Return a call that runs while its ``with`` or ``async with`` block does.

    ``provider`` and ``operation`` by the conventions' names (openai, anthropic, gcp.gemini, aws.bedrock; chat,
    embeddings, text_completion, generate_content). ``feature``: what of the application asks. ``tenant``: for whom,
    else the one that is bound. ``messages``, what is sent to the model, is recorded only with the setting
    ``llm.content``. ``attributes`` are for what has no field here.
    """
    request = new_request(
        provider, model, operation, attributes, feature=feature, tenant=tenant,
        conversation_id=short_text(conversation_id), max_tokens=max_tokens, temperature=temperature,
    )  # fmt: skip
    return Call(request, messages)


@checked(semconv.EVENT_LLM, otherwise=None)
def _record(  # noqa: PLR0913 - the event's fields
    *,
    provider: str,
    model: str | None,
    operation: str = "chat",
    input_tokens: Figure = None,
    output_tokens: Figure = None,
    cache_read_tokens: Figure = None,
    cache_creation_tokens: Figure = None,
    reasoning_tokens: Figure = None,
    cost: Money = None,
    duration_s: Money = None,
    time_to_first_chunk_s: Money = None,
    error: BaseException | str | None = None,
    response_model: str | None = None,
    response_id: str | None = None,
    finish_reasons: Sequence[str] = (),
    tool_names: Sequence[str] = (),
    feature: str | None = None,
    tenant: str | None = None,
    conversation_id: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Record a call that is over, of which the application has the figures. Never blocks on I/O.

    ``input_tokens`` and ``output_tokens`` are totals: cached tokens are part of the input, those of reasoning of the
    output. ``cost`` in US dollars wins over the price file. ``error``: the exception, or a word for what failed.
    """
    request = new_request(
        provider, model, operation, attributes, feature=feature, tenant=tenant,
        conversation_id=short_text(conversation_id),
    )  # fmt: skip
    answer = Answer(id=short_text(response_id))
    for reason in finish_reasons:
        answer.finish(short_text(reason))
    for name in tool_names:
        answer.tool(short_text(name))
    call = Call(request, answer=answer)
    call.usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_tokens=cache_read_tokens,
        cache_creation_tokens=cache_creation_tokens,
        reasoning_tokens=reasoning_tokens,
        cost=cost,
        model=response_model,
    )
    took_s = _seconds(duration_s, answer)
    call.start(time.time_ns() - int((took_s or 0.0) * 1e9))
    failure = error if error is None or isinstance(error, BaseException) else short_text(error) or semconv.OTHER
    call.finish(Course(took_s, _seconds(time_to_first_chunk_s, answer), error=failure))


def _seconds(value: Any, answer: Answer) -> float | None:
    """Return a time in seconds; None for nothing and, counted, for what cannot be one."""
    amount = amount_of(value, answer.refuse)
    return None if amount is None else float(amount)


class Llm:
    """``llm(...)`` is a call in a block, ``llm.record(...)`` one that is over."""

    __call__ = staticmethod(_call)
    record = staticmethod(_record)


llm = Llm()
