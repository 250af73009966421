"""Orders: keeps them in a database and has them paid. Run it with `uvicorn shop.orders:app`."""

from __future__ import annotations

import itertools
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from opentelemetry import trace
from pydantic import BaseModel
from starlette.config import Config

import otel_kit
from otel_kit import event

from . import mails

PAYMENTS_URL = Config()("SHOP_PAYMENTS_URL", default="http://127.0.0.1:8002")


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with payments:
        yield


app = FastAPI(title="orders", lifespan=lifespan)
kit = otel_kit.init("orders", app=app)

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)
payments = httpx.AsyncClient(base_url=PAYMENTS_URL)
numbers = itertools.count(1)
database = sqlite3.connect(":memory:", isolation_level=None)
database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, product TEXT, price REAL, email TEXT, state TEXT)")


class Order(BaseModel):
    product: str
    price: float
    email: str
    card_number: str


@event.define
class OrderPlaced:
    """An event of the shop's own: `shop.orders.order_placed`, in the category business."""

    order: int
    product: str
    price: float


# What orders cannot work without: /readyz says so, and the page's Health view.
kit.health.check("payments", kit.health.checks.http(f"{PAYMENTS_URL}/livez"))


@kit.health.check("database")
async def database_answers() -> None:  # async: on the application's own thread, as all that uses this connection
    query("SELECT", "SELECT count(*) FROM orders")


@app.get("/orders")
async def orders_of(email: str) -> list[dict[str, Any]]:
    rows = query("SELECT", "SELECT id, product, state FROM orders WHERE email = ? ORDER BY id DESC LIMIT 20", email)
    log.info("found %d orders", len(rows))
    return [{"id": number, "product": product, "state": state} for number, product, state in rows]


@app.post("/orders")
async def place(order: Order) -> dict[str, Any]:
    number = next(numbers)
    query("INSERT", "INSERT INTO orders VALUES (?, ?, ?, ?, 'open')", number, order.product, order.price, order.email)
    log.info("order %d: %s for %.2f", number, order.product, order.price)
    charge = {"order": number, "amount": order.price, "email": order.email, "card_number": order.card_number}
    response = await payments.post("/charges", json=charge)
    if response.is_error:
        query("UPDATE", "UPDATE orders SET state = 'unpaid' WHERE id = ?", number)
        log.error("order %d is not paid: payments answered %d", number, response.status_code)
        raise HTTPException(502, "The order could not be paid.")
    query("UPDATE", "UPDATE orders SET state = 'paid' WHERE id = ?", number)
    event.emit(OrderPlaced(order=number, product=order.product, price=order.price), outcome="success")
    mails.confirm(number, order.email)
    return {"order": number, "state": "paid"}


def query(operation: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement in a span of its own and return its rows."""
    attributes = {"db.system.name": "sqlite", "db.operation.name": operation, "db.collection.name": "orders"}
    with tracer.start_as_current_span(f"{operation} orders", kind=trace.SpanKind.CLIENT, attributes=attributes) as span:
        # SQLite tells what it runs with the values in place, as database drivers and slow-query logs do.
        database.set_trace_callback(lambda text: span.set_attribute("db.query.text", text))
        return database.execute(statement, values).fetchall()
