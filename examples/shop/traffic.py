"""The shop's customers: first one visit for each planted value, then ordinary visits at an even pace until stopped."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from . import planted

_PAUSE_S = 0.2
_CUSTOMERS = 2
_KEPT = 500
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a customer."""

    name: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a visit. ``trace_id`` is what the response said; empty without a kit."""

    visit: str
    status: int
    trace_id: str


def planted_visits() -> list[Visit]:
    """Return the visits that carry every planted value."""
    inner = quote("/welcome?email=" + quote(planted.ENCODED_TWICE_EMAIL, safe=""), safe="")
    return [
        _search(quote(planted.QUERY_EMAIL, safe="")),
        Visit("login", "GET", f"/login/done?next={inner}&reset_token={planted.RESET_TOKEN}&state={planted.ID_TOKEN}"),
        Visit("own orders", "GET", f"/customers/{planted.PATH_EMAIL}/orders"),
        Visit("crawler", "GET", "/products/teapot", {
            "Authorization": f"Bearer {planted.BEARER}",
            "Cookie": f"basket={planted.COOKIE}; theme=dark",
            "X-Customer-Email": planted.HEADER_EMAIL,
            "User-Agent": f"TeaCrawler/2.1 (+mailto:{planted.AGENT_EMAIL})",
            "X-Forwarded-For": planted.CLIENT_ADDRESS,
        }),
        checkout("checkout", "cup", password=planted.PASSWORD, coupon=planted.COUPON_EMAIL),
        *[declined_checkout() for _ in range(5)],  # in a row, and some may be lost: payments raises an alert
        Visit("failed login", "POST", "/login", body={"login": planted.LOGIN_EMAIL, "password": planted.PASSWORD}),
        _chat(f"I was charged twice on my card {planted.CHAT_CARD}, please refund it."),
        Visit("support", "POST", "/support", body=_ticket()),
        checkout("checkout", "teapot"),  # resolves the alert
    ]  # fmt: skip


def ordinary_visits(chance: random.Random) -> Iterator[Visit]:
    """Yield visits without end: mostly good, some slow, some wrong, some failing."""
    kinds = {
        "product": 5, "search": 3, "checkout": 5, "slow checkout": 2, "declined checkout": 1, "unknown product": 1,
        "chat": 2, "failed login": 1,
    }  # fmt: skip
    while True:
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        product = chance.choice(["cup", "kettle", "teapot"])
        if kind == "product":
            yield Visit(kind, "GET", f"/products/{product}")
        elif kind == "search":
            yield _search(chance.choice(["tea", "cup", "sam", quote(planted.QUERY_EMAIL)]))
        elif kind == "unknown product":
            yield Visit(kind, "GET", "/products/anvil")
        elif kind == "declined checkout":
            yield declined_checkout()
        elif kind == "chat":
            yield _chat(chance.choice(["Where is my teapot?", "Please refund my broken cup, and send a new one."]))
        elif kind == "failed login":
            yield Visit(kind, "POST", "/login", body={"login": planted.LOGIN_EMAIL, "password": "guessed"})
        else:
            yield checkout(kind, "samovar" if kind == "slow checkout" else product, f"c-{chance.randrange(40)}")


def checkout(name: str, product: str, customer: str = "c-1", **more: str) -> Visit:
    """Return the visit of somebody who buys ``product``; a samovar takes a slow fraud check."""
    body = {
        "session": f"s-{customer}",
        "customer": customer,
        "product": product,
        "email": planted.BODY_EMAIL,
        "full_name": planted.FULL_NAME,
        "birth_date": planted.BIRTH_DATE,
        "card_number": planted.CARD,
        **more,
    }
    return Visit(name, "POST", "/checkout", body=body)


def declined_checkout() -> Visit:
    """Return the visit of somebody whose card is declined: an error through all three services."""
    return checkout(
        "declined checkout", "kettle", "c-7", email=planted.DECLINED_EMAIL, card_number=planted.DECLINED_CARD
    )


def _search(term: str) -> Visit:
    return Visit("search", "GET", f"/search?q={term}&sort=price")


def _chat(text: str) -> Visit:
    return Visit("chat", "POST", "/support/chat", body={"session": "s-chat", "text": text})


def _ticket() -> dict[str, Any]:
    lines = [
        f"Please call {planted.TEXT_PHONE}, my number is {planted.TEXT_SSN}.",
        f"The refund to {planted.TEXT_IBAN} never came and I am blocked from {planted.TEXT_ADDRESS}.",
        f"login with password={planted.TEXT_PASSWORD} fails, so does postgresql://shop:{planted.DATABASE_PASSWORD}@db/shop",
        f"I sent Basic {planted.BASIC_AUTH} and the keys: AWS {planted.AWS_KEY}, "
        f"GitHub {planted.GITHUB_TOKEN}, Stripe {planted.STRIPE_KEY}",
        f"-----BEGIN PRIVATE KEY-----\n{planted.PRIVATE_KEY}\n-----END PRIVATE KEY-----",
    ]
    contact = {"phone": planted.CONTACT_PHONE, "ssn": planted.CONTACT_SSN}
    return {"message": "\n".join(lines), "contact": contact}


class Traffic:
    """Customers on threads of their own. A request that fails is a visit with status 0, never an exception."""

    def __init__(self, shop_url: str, seed: int = 1) -> None:
        self._client = httpx.Client(base_url=shop_url, timeout=_TIMEOUT_S, trust_env=False)
        self._stopped = threading.Event()
        self._has_planted = threading.Event()
        self._seen: deque[Seen] = deque(maxlen=_KEPT)
        self._planted: list[Seen] = []
        self._threads = [
            threading.Thread(target=self._live, args=(random.Random(seed + number), number == 0), daemon=True)
            for number in range(_CUSTOMERS)
        ]

    @property
    def seen(self) -> list[Seen]:
        """The last visits, oldest first."""
        return list(self._seen)

    @property
    def planted_seen(self) -> list[Seen]:
        """The visits that carry the planted values, as far as they are done."""
        return list(self._planted)

    def start(self) -> None:
        """Let the customers in."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Let nobody in any more; blocks until the visits that run are done, at most about ``timeout_s``."""
        self._stopped.set()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            self._client.close()

    def _live(self, chance: random.Random, plants: bool) -> None:
        for visit in planted_visits() if plants else []:
            if self._stopped.is_set():
                return
            self._planted.append(self._go(visit))
        if plants:
            self._has_planted.set()
        while not self._has_planted.wait(_PAUSE_S):  # a good checkout in between would hide three bad ones in a row
            if self._stopped.is_set():
                return
        for visit in ordinary_visits(chance):
            if self._stopped.wait(_PAUSE_S * chance.uniform(0.5, 1.5)):
                return
            self._go(visit)

    def _go(self, visit: Visit) -> Seen:
        try:
            response = self._client.request(visit.method, visit.url, headers=dict(visit.headers), json=visit.body)
        except httpx.HTTPError:
            seen = Seen(visit.name, 0, "")
        else:
            # W3C Trace Context level 2, draft: version-traceid-childid-flags.
            parts = response.headers.get("traceresponse", "").split("-")
            seen = Seen(visit.name, response.status_code, parts[1] if len(parts) == 4 else "")
        self._seen.append(seen)
        return seen
