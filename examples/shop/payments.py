"""Payments: charges cards. Run it with `uvicorn shop.payments:app`."""

from __future__ import annotations

import asyncio
import logging
import random

from fastapi import FastAPI
from opentelemetry import trace
from pydantic import BaseModel

import otel_kit

app = FastAPI(title="payments")
otel_kit.init("payments", app=app)

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)
LARGE = 500.0
DECLINED = "0002"  # the last digits of the test cards that banks decline


class Charge(BaseModel):
    order: int
    amount: float
    email: str
    card_number: str


class CardDeclined(Exception):
    """The bank said no."""


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


@app.post("/charges")
async def charge(charge: Charge) -> str:
    log.info("charging %.2f for order %d", charge.amount, charge.order)
    if charge.amount > LARGE:
        with tracer.start_as_current_span("fraud check"):
            await asyncio.sleep(random.uniform(0.3, 0.8))
        log.warning("order %d: the fraud check was slow", charge.order)
    if charge.card_number.endswith(DECLINED):
        raise CardDeclined(f"card {charge.card_number} of {charge.email} was declined")
    return "charged"
