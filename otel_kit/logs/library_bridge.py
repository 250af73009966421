"""What logging libraries beside the standard one are connected to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from otel_kit.logs.printed import RedactorInForce


@dataclass(frozen=True, slots=True)
class Bridge:
    """What records are handed to; without a redactor what a library prints by itself stays as it is."""

    export: Callable[[logging.LogRecord], None]
    redactor: RedactorInForce | None
    count_fault: Callable[[str, BaseException], None]
    level: int = logging.NOTSET  # below it a library need not even make a message
