"""What redaction costs: microseconds per log line and per span, and how the time grows on hostile input.

Run it with ``python -m benchmarks.redaction``. Times are CPU times of one thread, the best of several rounds; other
load on the machine still shows, so compare figures of one run.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, compile_policy

_ROUNDS = 7
_SECTION = "{:<52} {:>10}"

LINES = (
    "2026-11-20T13:44:40.{n:06d}Z INFO shop.orders order {n} created for cart 7f3a5c1b in 12.5 ms, status=201 items=3 "
    "warehouse=berlin-2 trace=4bf92f3577b34da6a3ce929d0e0e4736 queue depth 17 of 512 worker-3 retry=0 cache "
    "hit ratio 0.87 and a few more words to fill it",
    'INFO:     127.0.0.1:5{n:05d} - "GET /api/orders/{n}/items?page=2&size=50 HTTP/1.1" 200 OK took 0.0123 s upstream '
    "http://payments:8000/charge Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36 bytes 5123",
    '{{"time":"2026-11-20T13:44:40Z","level":"info","logger":"shop.orders","msg":"charged","order":{n},"amount":12.5,'
    '"currency":"EUR","attempt":1,"gateway":"adyen","region":"eu-central-1","pod":"shop-7d9c5b8f6-x2x4z","ok":true,'
    '"tags":["a","b"]}}',
    'Traceback (most recent call last): File "/app/shop/orders.py", line 123, in create_order result = await '
    'gateway.charge(order, retries=3) File "/app/shop/gateway.py", line {n}, in charge raise ChargeFailed(status) '
    "shop.errors.ChargeFailed: 502 from payments after 3 tries, giving up on it",
)
SPAN = {
    "http.request.method": "GET",
    "url.scheme": "http",
    "url.path": "/api/orders/42",
    "url.query": "page=2&size=50",
    "http.route": "/api/orders/{{order_id}}",
    "http.response.status_code": 200,
    "server.address": "shop.internal",
    "server.port": 8000,
    "client.address": "10.1.2.3",
    "client.port": 51234,
    "network.protocol.version": "1.1",
    "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
    "otel_kit.request_id": "01JD4Z8Q6M3V0X5K7T9R2B4C6D",
    "shop.cart.id": "7f3a5c1b",
    "shop.items": 3,
    "shop.total": 129.5,
    "shop.currency": "EUR",
    "shop.warehouse": "berlin-2",
    "thread.name": "MainThread",
    "code.function.name": "create_order",
}
HOSTILE = (
    "a",
    "a.",
    "!",
    "+1",
    "1 ",
    "1:",
    "password=",
    "@",
    "a@",
    "%41",
    "eyJ",
    "://a:",
    "4111 ",
    "{",
    '"',
    "'",
    "\\",
    "=",
    "_",
)


def microseconds(work: Callable[[], object], times: int) -> float:
    """Return the CPU time of one call, the best of several rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - start) / times)
    return best * 1e6


def lines(redactor: Redactor) -> None:
    """Log lines of about 255 bytes, each different, so that no cache helps."""
    for template in LINES:
        numbers = itertools.count(1000)
        length = len(template.format(n=1000))
        cost = microseconds(lambda t=template, n=numbers: redactor.text(t.format(n=next(n)), Findings()), 400)  # type: ignore[misc]
        print(_SECTION.format(f"line of {length} characters: {template[:26]}...", f"{cost:.1f} us"))


def spans(redactor: Redactor) -> None:
    """A span of 20 attributes: all values repeated, and three of them new each time."""
    print(
        _SECTION.format(
            "span, 20 attributes, values repeat",
            f"{microseconds(lambda: redactor.attributes(SPAN, Findings()), 2000):.1f} us",
        )
    )
    numbers = itertools.count(1)

    def fresh() -> None:
        n = next(numbers)
        redactor.attributes(
            SPAN
            | {
                "url.path": f"/api/orders/{n}",
                "otel_kit.request_id": f"01JD4Z8Q6M{n:012d}",
                "shop.cart.id": f"7f3a{n}",
            },
            Findings(),
        )

    print(_SECTION.format("span, 20 attributes, 3 values new", f"{microseconds(fresh, 400):.1f} us"))


def hostile(redactor: Redactor) -> None:
    """Repeated pieces at 32 and 64 KiB: the time should about double."""
    for piece in HOSTILE:
        texts = [piece * (size // len(piece)) for size in (1 << 15, 1 << 16)]
        small, large = (microseconds(functools.partial(redactor.text, text, Findings()), 1) for text in texts)
        print(_SECTION.format(f"64 KiB of {piece!r}", f"{large / 1000:.1f} ms") + f"   x{large / max(small, 1):.1f}")
    huge = "a@" * (5 << 20)
    print(
        _SECTION.format(
            "10 MiB of 'a@', cut", f"{microseconds(lambda: redactor.text(huge, Findings()), 1) / 1000:.1f} ms"
        )
    )


def main() -> None:
    """Print all figures."""
    policy = load_policy()
    print(
        _SECTION.format(
            "compile the shipped policy", f"{microseconds(lambda: compile_policy(policy), 1) / 1000:.1f} ms"
        )
    )
    redactor = compile_policy(policy)
    lines(redactor)
    spans(redactor)
    hostile(redactor)


if __name__ == "__main__":
    main()
