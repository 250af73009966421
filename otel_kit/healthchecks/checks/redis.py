"""Redis answers PING by the application's own client."""

from __future__ import annotations

import inspect
from typing import Any

from otel_kit.healthchecks.results import HEALTHY, Outcome, unhealthy
from otel_kit.healthchecks.running import TimedCheck


def redis(client: Any) -> TimedCheck:
    """Return a check that ``client`` (of ``redis`` or ``redis.asyncio``) gets an answer to PING."""

    def outcome(answer: object) -> Outcome:
        return HEALTHY if answer in (True, b"PONG", "PONG") else unhealthy("the answer is not PONG")

    async def aprobe(_timeout_s: float) -> Outcome:
        answer = client.ping()
        return outcome(await answer if inspect.isawaitable(answer) else answer)

    def probe(_timeout_s: float) -> Outcome:
        return outcome(client.ping())

    is_async = ".asyncio" in type(client).__module__ or inspect.iscoroutinefunction(client.ping)
    return TimedCheck("redis", aprobe if is_async else probe)
