"""Payments: charges cards. Run it with `uvicorn shop.payments:app`."""

from __future__ import annotations

import asyncio
import logging
import random

from fastapi import FastAPI
from pydantic import BaseModel

import otel_kit

app = FastAPI(title="payments")
otel_kit.init("payments", app=app)

log = logging.getLogger(__name__)
LARGE = 500.0
DECLINED = "0002"  # the last digits of the test cards that banks decline
TOO_MANY = 3  # charges that fail in a row: not a customer's card any more, but the bank
failed_in_a_row = 0


class Charge(BaseModel):
    order: int
    amount: float
    email: str
    card_number: str


class CardDeclined(Exception):
    """The bank said no."""


@app.post("/charges")
async def charge(charge: Charge) -> str:
    log.info("charging %.2f for order %d", charge.amount, charge.order)
    if charge.amount > LARGE:
        await check_for_fraud()
        log.warning("order %d: the fraud check was slow", charge.order)
    try:
        ask_bank(charge)
    except CardDeclined:
        watch_bank(charge, failed=True)
        raise
    watch_bank(charge, failed=False)
    return "charged"


@otel_kit.monitored  # a span of its own, and its duration and errors as metrics
async def check_for_fraud() -> None:
    await asyncio.sleep(random.uniform(0.3, 0.8))


def ask_bank(charge: Charge) -> None:
    if charge.card_number.endswith(DECLINED):
        raise CardDeclined(f"card {charge.card_number} of {charge.email} was declined")


def watch_bank(charge: Charge, *, failed: bool) -> None:
    """Raise an alert when charges fail in a row; it is over with the next one that does not."""
    global failed_in_a_row
    failed_in_a_row = failed_in_a_row + 1 if failed else 0
    if failed_in_a_row == TOO_MANY:
        reason = f"{TOO_MANY} charges failed in a row, the last one for {charge.email}"
        otel_kit.alert("bank", severity="high", reason=reason)
    elif not failed:
        otel_kit.alert.resolve("bank")
