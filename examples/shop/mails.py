"""Mails of the shop, sent by a thread of their own: the request that asks for one does not wait for it.

The queue is this process's own here. Through RabbitMQ or Kafka the trace would go the same way: `inject` writes it into
a message, `extract` goes on with it.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import Any

import otel_kit

log = logging.getLogger(__name__)
outbox: queue.Queue[dict[str, Any]] = queue.Queue()


def confirm(order: int, email: str) -> None:
    """Have the confirmation of an order sent."""
    outbox.put({"order": order, "email": email, "headers": otel_kit.inject()})


@otel_kit.monitored
def send(order: int, email: str) -> None:
    """Stands in for a talk with a mail server."""
    log.info("confirmation of order %d sent to %s", order, email)


def work() -> None:
    while True:
        message = outbox.get()
        with otel_kit.extract(message.pop("headers")):
            send(**message)


threading.Thread(target=work, name="mails", daemon=True).start()
