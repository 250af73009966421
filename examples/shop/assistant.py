"""The shop's assistant: answers customers in the support chat, by a language model that only pretends to be one."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from typing import Any

from otel_kit import event

MODEL = "gpt-5-mini"
numbers = itertools.count(1)


async def answer(session: str, text: str) -> str:
    """Return the reply to what a customer wrote."""
    started = time.perf_counter()
    messages = [{"role": "system", "content": "You help customers of a tea shop."}, {"role": "user", "content": text}]
    # Tokens, cost and latency, by model and feature. What was asked and answered is not recorded by default.
    with event.llm(provider="openai", model=MODEL, feature="support-chat") as call:
        completion = await complete(messages)
        call.read(completion)
    reply: str = completion["choices"][0]["message"]["content"]
    event.interaction(
        "chat",
        session=session,
        input_text=text,
        reply_text=reply,
        intent="refund",
        confidence=0.93,
        success=True,
        latency_s=time.perf_counter() - started,
        model=MODEL,
    )
    return reply


async def complete(messages: list[dict[str, str]]) -> dict[str, Any]:
    """Answer as the chat completions of OpenAI do; nothing leaves the shop."""
    await asyncio.sleep(random.uniform(0.05, 0.2))
    asked = sum(len(message["content"]) for message in messages) // 4
    return {
        "id": f"chatcmpl-{next(numbers)}",
        "object": "chat.completion",
        "model": f"{MODEL}-2025-08-07",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "I am sorry. Your refund is on its way."},
            }
        ],
        "usage": {
            "prompt_tokens": 1024 + asked,
            "completion_tokens": 42,
            "prompt_tokens_details": {"cached_tokens": 1024},
            "completion_tokens_details": {"reasoning_tokens": 24},
        },
    }
