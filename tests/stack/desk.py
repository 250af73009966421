"""A service with the kit beside the shop, for what the shop does not do: signs people in and out, asks several models.

Run by ``WatchedShop``; goes on until it is told to end.
"""

from __future__ import annotations

import itertools
import logging
import signal
import threading
from collections.abc import Iterator
from typing import Any

import otel_kit
from otel_kit import event

_PAUSE_S = 0.25


def chunks() -> Iterator[dict[str, Any]]:
    """Yield a model's answer as it is streamed."""
    yield {"choices": [{"index": 0, "delta": {"content": "a"}}]}
    yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    yield {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 250}}


log = logging.getLogger("desk")


def ask_models(number: int) -> None:
    """One streamed call, one of a model that nobody knows the price of, one that fails."""
    tenant = ("acme", "globex")[number % 2]
    with event.llm(provider="anthropic", model="claude-sonnet-5", feature="search", tenant=tenant) as call:
        for _ in call.stream(chunks()):
            pass
    with event.llm(provider="openai", model="mystery-1", feature="summary", tenant=tenant) as call:
        call.usage(input_tokens=1000 * (1 + number % 9), output_tokens=200)
    try:
        with event.llm(provider="openai", model="gpt-4o-mini", feature="summary", tenant=tenant):
            raise TimeoutError("the model took too long")
    except TimeoutError:
        pass


def tell_events(number: int) -> None:
    """Everything that security and audit look at."""
    who, where = f"u-{number % 5}", f"203.0.113.{number % 3}"
    for outcome in ("success", "failure"):
        event.security(
            "authentication", outcome=outcome, severity="low", method="password", actor=who, source_address=where,
            target="desk",
        )  # fmt: skip
    event.security(
        "authorization", outcome="failure", severity="medium", actor=who, source_address=where, target="order 17",
        reason="no role",
    )  # fmt: skip
    event.security("privilege_change", outcome="success", severity="high", actor="admin", target=who)
    event.security("data_export", outcome="success", severity="medium", actor=who, target="customers.csv")
    event.audit(
        "user.delete", actor="admin", target=f"user {number}", target_type="user", outcome="success",
        source_address=where, reason="asked for",
    )  # fmt: skip


def main() -> None:
    """Do both again and again until SIGTERM."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    kit = otel_kit.init("desk")
    for number in itertools.count():
        ask_models(number)
        tell_events(number)
        kit.reload({"logs.levels": {"db": ("info", "debug")[number % 2]}})
        log.info("round %d is done", number)
        if stopped.wait(_PAUSE_S):
            break
    kit.shutdown()


if __name__ == "__main__":
    main()
