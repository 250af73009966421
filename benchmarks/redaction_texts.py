"""The texts that redaction is measured on: what services write, in the shares in which they write it.

45 % log lines, 15 % URLs, 15 % JSON, 10 % SQL, 3 % stack traces, 12 % short values; about 255 bytes each where such a
text can be that long. The clean ones are deliberately hard: epoch times, trace ids, hashes, versions, prices.
"""

from __future__ import annotations

import random
from collections.abc import Callable

_WORDS = [
    "order",
    "created",
    "for",
    "cart",
    "in",
    "warehouse",
    "queue",
    "depth",
    "worker",
    "retry",
    "cache",
    "hit",
    "ratio",
    "payment",
    "charged",
    "gateway",
    "returned",
    "status",
    "items",
    "authored",
    "tokenizer",
    "password_reset",
    "mail",
    "template",
    "rendered",
    "session",
    "renewed",
    "upstream",
    "timeout",
    "connection",
    "pool",
    "exhausted",
    "shard",
    "replica",
    "lag",
    "segment",
    "flushed",
    "monkey",
    "keyboard",
    "records",
    "exported",
    "region",
    "pod",
    "scheduled",
    "image",
    "pulled",
]
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
_LOGGERS = ("shop.orders", "shop.payments", "uvicorn.access", "worker.mail", "app.api.v2.items")
_DIRTY = (
    "john.doe@example.com",
    "4111 1111 1111 1111",
    "password=hunter2x",
    "Bearer mF_9.B5f-4.1JqMabc123",
    "AKIAIOSFODNN7EXAMPLE",
    "203.0.113.57",
    "536-22-1234",
    "DE89370400440532013000",
    "+49 30 1234567",
    "postgresql://app:s3cr3t@db:5432/shop",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
)


def records(count: int, *, dirty_share: float = 0.0, seed: int = 4) -> list[str]:
    """Return ``count`` different texts; ``dirty_share`` of them hold one value that must be masked."""
    draw = random.Random(seed)  # the same texts each time, nothing secret
    shares = ((_log_line, 45), (_url, 15), (_json, 15), (_sql, 10), (_stack_trace, 3), (_short, 12))
    makers: list[Callable[[random.Random], str]] = [maker for maker, share in shares for _ in range(share)]
    texts = []
    for index in range(count):
        text = makers[index * 37 % 100](draw)
        if draw.random() < dirty_share:
            text = f"{text} {draw.choice(_DIRTY)}" if text[:1] != "{" else _dirty_json(text, draw)
        texts.append(text)
    return texts


def span(number: int) -> dict[str, object]:
    """Return the 20 attributes of a request's span, three of them as only this ``number`` has them."""
    return {
        "http.request.method": "GET",
        "url.scheme": "http",
        "url.path": f"/api/orders/{number}",
        "url.query": "page=2&size=50",
        "http.route": "/api/orders/{order_id}",
        "http.response.status_code": 200,
        "server.address": "shop.internal",
        "server.port": 8000,
        "client.address": "10.1.2.3",
        "client.port": 51234,
        "network.protocol.version": "1.1",
        "user_agent.original": _AGENT,
        "shop.order.id": f"01JD4Z8Q6M{number:012d}",
        "shop.cart.id": f"7f3a{number:x}",
        "shop.items": 3,
        "shop.total": 129.5,
        "shop.currency": "EUR",
        "shop.warehouse": "berlin-2",
        "thread.name": "MainThread",
        "code.function.name": "create_order",
    }


def _words(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(_WORDS, k=count))


def _hex(draw: random.Random, length: int) -> str:
    return f"{draw.getrandbits(4 * length):0{length}x}"


def _uuid(draw: random.Random) -> str:
    text = _hex(draw, 32)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _log_line(draw: random.Random) -> str:
    head = f"2026-11-20T13:44:{draw.randrange(60):02d}.{draw.randrange(10**6):06d}Z {draw.choice(['INFO', 'WARN'])} "
    tails = (
        lambda: (
            f"{draw.choice(_LOGGERS)} {_words(draw, 8)} id={draw.randrange(10**7)} took {draw.random() * 90:.2f} ms, "
            f"status=201 trace={_hex(draw, 32)} epoch {1732196400123 + draw.randrange(10**9)} {_words(draw, 9)}"
        ),
        lambda: (
            f'127.0.0.1:{draw.randrange(1024, 65535)} - "GET /api/orders/{draw.randrange(10**6)}/items?page=2&size=50 '
            f'HTTP/1.1" 200 OK took {draw.random():.4f} s {_AGENT} bytes {draw.randrange(9999)}'
        ),
        lambda: (
            f"[{draw.choice(_LOGGERS)}] {_words(draw, 10)}: {_uuid(draw)} pkg@1.{draw.randrange(9)}.3 version="
            f"2.{draw.randrange(99)}.1 price {draw.random() * 500:.2f} EUR, retry {draw.randrange(4)} of 3; "
            f"{_words(draw, 7)} sha256:{_hex(draw, 40)}"
        ),
        lambda: (
            f"{draw.choice(_LOGGERS)} pid={draw.randrange(99999)} thread=worker-{draw.randrange(32)} host=10.0."
            f"{draw.randrange(256)}.{draw.randrange(256)} {_words(draw, 16)} count={draw.randrange(10**5)} "
            f"bytes={draw.randrange(10**9)} {_words(draw, 6)}"
        ),
    )
    return head + draw.choice(tails)()


def _url(draw: random.Random) -> str:
    query = "&".join(f"{draw.choice(_WORDS)}={draw.randrange(10**6)}" for _ in range(draw.randrange(3, 8)))
    return (
        f"https://shop.example.com/api/v2/{draw.choice(_WORDS)}/{_uuid(draw)}/items/{draw.randrange(10**7)}?{query}"
        f"&cursor={_hex(draw, 24)}&sort=-created&fields=name,price,stock,{draw.choice(_WORDS)}"
    )


def _json(draw: random.Random) -> str:
    if draw.random() < 0.5:
        return (
            f'{{"time":"2026-11-20T13:44:{draw.randrange(60):02d}Z","level":"info","logger":"{draw.choice(_LOGGERS)}",'
            f'"msg":"{_words(draw, 6)}","order":{draw.randrange(10**6)},"amount":{draw.random() * 99:.2f},'
            f'"currency":"EUR","ts":{1732196400123 + draw.randrange(10**9)},"trace_id":"{_hex(draw, 32)}","ok":true,'
            f'"tags":["{draw.choice(_WORDS)}","b"],"region":"eu-central-1"}}'
        )
    return (
        f'{{"event": "{draw.choice(_WORDS)}", "id": "{_uuid(draw)}", "items": [{{"sku": "A-{draw.randrange(9999)}", '
        f'"qty": {draw.randrange(9)}}}], "cart": {{"id": {draw.randrange(10**6)}, "total": {draw.random() * 99:.2f}, '
        f'"note": null}}, "version": "2.{draw.randrange(20)}.1", "message": "{_words(draw, 7)}"}}'
    )


def _sql(draw: random.Random) -> str:
    return (
        f"SELECT o.id, o.total, c.region, w.name FROM shop.orders o JOIN carts c ON c.id = o.cart_id JOIN warehouses w "
        f"ON w.id = o.warehouse_id WHERE o.created_at > $1 AND o.status IN ($2, $3) AND o.{draw.choice(_WORDS)} = "
        f"{draw.randrange(10**6)} ORDER BY o.created_at DESC LIMIT {draw.randrange(100)}"
    )


def _stack_trace(draw: random.Random) -> str:
    line = draw.randrange(999)
    return (
        f'Traceback (most recent call last):\n  File "/app/shop/orders.py", line {line}, in create_order\n    result = '
        f'await gateway.charge(order, retries=3)\n  File "/app/shop/gateway.py", line {line + 7}, in charge\n    raise '
        f"ChargeFailed(status)\nshop.errors.ChargeFailed: 502 from payments after {draw.randrange(9)} tries"
    )


def _short(draw: random.Random) -> str:
    makers = (
        lambda: draw.choice(_WORDS),
        lambda: _uuid(draw),
        lambda: _hex(draw, 32),
        lambda: f"{draw.choice(_LOGGERS)}.{draw.choice(_WORDS)}",
        lambda: f"worker-{draw.randrange(10**5)}",
        lambda: f"/api/v2/{draw.choice(_WORDS)}/{draw.randrange(10**6)}",
    )
    return draw.choice(makers)()


def _dirty_json(text: str, draw: random.Random) -> str:
    return f'{text[:-1]},"note":"sent to {draw.choice(_DIRTY)}"}}'
