"""A database answers through SQLAlchemy's pool, as the application's own queries would be answered."""

from __future__ import annotations

from typing import Any

from otel_kit.healthchecks.results import HEALTHY, Outcome
from otel_kit.healthchecks.running import TimedCheck


def sqlalchemy(engine: Any, *, query: str = "SELECT 1") -> TimedCheck:
    """Return a check that ``engine`` (an ``Engine`` or ``AsyncEngine``) runs ``query``.

    The connection comes from the engine's pool: an exhausted pool shows as a time-out. How long a connection may take
    is the driver's matter; a check that is late is answered for all the same.
    """
    from sqlalchemy import text

    statement = text(query)

    async def aprobe(_timeout_s: float) -> Outcome:
        async with engine.connect() as connection:
            await connection.execute(statement)
        return HEALTHY

    def probe(_timeout_s: float) -> Outcome:
        with engine.connect() as connection:
            connection.execute(statement)
        return HEALTHY

    return TimedCheck("sqlalchemy", aprobe if hasattr(engine, "sync_engine") else probe)
