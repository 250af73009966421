"""An application that fails as it is asked to, and depends on an address.

    python -m tests.stack.faulty_app PORT BANK

``BANK`` is the port of what it depends on. Where its telemetry goes is set by the usual variables.
"""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from fastapi import FastAPI

import otel_kit

SERVICE = "faulty"
CHECK = "bank"
SLOW_S = 0.6


class Broken(Exception):
    """What the route fails with."""


def main(port: int, bank: int) -> None:
    """Serve until it is told to stop."""
    app = FastAPI()
    kit = otel_kit.init(SERVICE, app=app)
    kit.health.check(CHECK, kit.health.checks.tcp("127.0.0.1", bank), cache_s=0)

    @app.get("/work")
    async def work(fault: str = "") -> str:
        if fault == "slow":
            await asyncio.sleep(SLOW_S)
        if fault == "error":
            raise Broken
        return "done"

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
