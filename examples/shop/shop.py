"""The shop's front: what customers see. Run it with `uvicorn shop.shop:app`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from starlette.config import Config

import otel_kit
from otel_kit import event

from . import assistant

ORDERS_URL = Config()("SHOP_ORDERS_URL", default="http://127.0.0.1:8001")
PRICES = {"cup": 12.5, "kettle": 39.9, "teapot": 48.0, "samovar": 620.0}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with orders:
        yield


app = FastAPI(title="shop", lifespan=lifespan)
kit = otel_kit.init(
    "shop", app=app, settings={"web.request_headers": ["authorization", "cookie", "x-customer-email", "user-agent"]}
)

log = logging.getLogger(__name__)
orders = httpx.AsyncClient(base_url=ORDERS_URL)
coupons = otel_kit.meter("shop").counter("shop.coupons", "{coupon}", "Coupons redeemed.")
PASSWORDS = {"zoe": "amber-kettle-41"}
# People can look at tea while orders are down, so they are not critical here.
kit.health.check("orders", kit.health.checks.http(f"{ORDERS_URL}/livez"), critical=False)


class Checkout(BaseModel):
    session: str
    customer: str
    product: str
    email: str
    full_name: str
    birth_date: str
    card_number: str
    password: str | None = None  # also opens an account
    coupon: str | None = None


class Ticket(BaseModel):
    message: str
    contact: dict[str, str] = {}


class Login(BaseModel):
    login: str
    password: str


class Question(BaseModel):
    session: str
    text: str


@app.get("/products/{name}")
async def product(name: str) -> dict[str, Any]:
    if name not in PRICES:
        log.warning("no product %s", name)
        raise HTTPException(404, "There is no such product.")
    return {"name": name, "price": PRICES[name]}


@app.get("/search")
async def search(q: str) -> list[str]:
    found = [name for name in PRICES if q in name]
    log.info("search for %r found %d products", q, len(found))
    return found


@app.post("/login")
async def login(attempt: Login) -> str:
    if PASSWORDS.get(attempt.login) != attempt.password:
        event.security("authentication", outcome="failure", severity="low", method="password", target=attempt.login)
        raise HTTPException(401, "Wrong name or password.")
    return "welcome"


@app.get("/login/done")
async def login_done() -> str:
    """Where the identity provider sends people back; what it says stands in the query."""
    return "welcome"


@app.get("/customers/{email}/orders")
async def orders_of(email: str) -> list[dict[str, Any]]:
    response = await orders.get("/orders", params={"email": email})
    response.raise_for_status()
    found: list[dict[str, Any]] = response.json()
    return found


@app.post("/checkout")
async def checkout(order: Checkout) -> dict[str, Any]:
    otel_kit.bind(user_id=order.customer, session_id=order.session)
    log.info("checkout: %s", order.model_dump_json())
    if order.coupon:
        coupons.add(1, {"shop.coupon": order.coupon})
    content = {"price": PRICES[order.product], **order.model_dump(include={"product", "email", "card_number"})}
    try:
        response = await orders.post("/orders", json=content)
        response.raise_for_status()
    except httpx.HTTPError as error:
        log.exception("checkout failed")
        raise HTTPException(502, "Your order could not be placed.") from error
    if order.password:
        # Waits until the record has arrived where it is kept, or says why it has not.
        await event.audit.wait("account.open", actor=order.customer, target=order.email, reason="asked for at checkout")
    placed: dict[str, Any] = response.json()
    return placed


@app.post("/support")
async def support(ticket: Ticket) -> str:
    log.warning("support: %s", ticket.message, extra={"ticket": {"contact": ticket.contact}})
    return "thank you"


@app.post("/support/chat")
async def chat(question: Question) -> str:
    otel_kit.bind(session_id=question.session)
    return await assistant.answer(question.session, question.text)
