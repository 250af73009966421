# ruff: noqa: E501, RUF001 - one carrier in one line; its dashes are meant
"""Where values stand: lines that real programs write, with a place for a value.

``<<v>>`` is the place; other names in ``<<>>`` are filled with harmless text. ``takes`` is ``free`` where any words may
stand, ``field`` where a program puts the bare value of something called ``<<key>>``. ``encoding`` is what the program
does to it. The texts follow the programs' own formats; none holds anything that is to be redacted.
"""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

_SLOT = re.compile(r"<<(\w+)>>")


@dataclass(frozen=True, slots=True)
class Carrier:
    """One kind of line."""

    name: str
    template: str
    takes: str = "free"
    encoding: str = "plain"
    lines: bool = True  # whether a value of several lines may stand there


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "json": lambda text: json.dumps(text, ensure_ascii=True)[1:-1],
    "json utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json twice": lambda text: json.dumps(json.dumps(text))[3:-3],
    "url": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "url twice": lambda text: quote(quote(text, safe=""), safe=""),
    "sql": lambda text: text.replace("'", "''"),
    "repr": lambda text: repr(text)[1:-1],
    "xml": lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "indented": lambda text: text.replace("\n", "\n      "),
}

CARRIERS: tuple[Carrier, ...] = (
    # servers
    Carrier(
        "uvicorn access",
        'INFO:     10.1.2.3:<<port>> - "GET /api/search?<<key>>=<<v>>&page=2 HTTP/1.1" 200 OK',
        "field",
        "url",
    ),
    Carrier(
        "uvicorn path",
        'INFO:     127.0.0.1:<<port>> - "DELETE /users/<<v>>/sessions HTTP/1.1" 404 Not Found',
        "field",
        "url",
    ),
    Carrier(
        "nginx access",
        '10.0.0.7 - - [<<clf>>] "GET /login?next=%2F&<<key>>=<<v>> HTTP/1.1" 302 0 "-" "curl/8.5.0"',
        "field",
        "url",
    ),
    Carrier(
        "nginx error",
        '<<nginx>> [error] 31#31: *<<n>> upstream timed out (110: Connection timed out) while reading response header from upstream, client: 10.0.0.9, server: api.local, request: "POST /charge?<<key>>=<<v>> HTTP/1.1", upstream: "http://10.0.0.4:8000/charge"',
        "field",
        "url",
    ),
    Carrier("gunicorn", "[<<gunicorn>>] [<<pid>>] [ERROR] Error handling request /orders/<<n>>: <<v>>"),
    Carrier("django", "<<ts>> WARNING django.security Invalid login for <<v>> (attempt <<n>> of 5)"),
    Carrier(
        "django debug",
        'Internal Server Error: /checkout/\nTraceback (most recent call last):\n  File "/usr/lib/python3/dist-packages/django/core/handlers/exception.py", line 55, in inner\n    response = get_response(request)\nValueError: cannot handle <<v>>\n',
    ),
    Carrier("starlette", "<<ts>> ERROR uvicorn.error Exception in ASGI application: ValidationError for <<v>>"),
    # databases
    Carrier(
        "sqlalchemy echo",
        "<<ts>> INFO sqlalchemy.engine.Engine SELECT users.id FROM users WHERE users.<<key>> = %(p_1)s\n<<ts>> INFO sqlalchemy.engine.Engine [generated in 0.00<<port>>s] {'p_1': '<<v>>', 'limit': 10}",
        "field",
        "repr",
    ),
    Carrier(
        "sqlalchemy error",
        "(sqlite3.IntegrityError) UNIQUE constraint failed: users.<<key>>\n[SQL: INSERT INTO users (<<key>>, active) VALUES (?, ?)]\n[parameters: ('<<v>>', 1)]\n(Background on this error at: https://sqlalche.me/e/21/gkpj)",
        "field",
        "repr",
    ),
    Carrier(
        "asyncpg",
        'asyncpg.exceptions.UniqueViolationError: duplicate key value violates unique constraint "users_<<key>>_key"\nDETAIL:  Key (<<key>>)=(<<v>>) already exists.',
        "field",
    ),
    Carrier(
        "postgres log",
        '<<ts>> UTC [<<pid>>] ERROR:  invalid input syntax for type integer: "<<v>>" at character <<n>>',
        "free",
        "plain",
        False,
    ),
    Carrier(
        "sql statement", "UPDATE customers SET <<key>> = '<<v>>', updated_at = now() WHERE id = <<n>>", "field", "sql"
    ),
    Carrier(
        "sql log",
        "duration: 12.<<port>> ms  statement: SELECT * FROM accounts WHERE <<key>> = '<<v>>' AND active",
        "field",
        "sql",
    ),
    Carrier("mysql", "ERROR 1062 (23000): Duplicate entry '<<v>>' for key 'users.<<key>>'", "field"),
    # clients
    Carrier(
        "httpx", 'HTTP Request: GET http://users:8000/v1/find?limit=1&<<key>>=<<v>> "HTTP/1.1 200 OK"', "field", "url"
    ),
    Carrier(
        "requests",
        "HTTPConnectionPool(host='users', port=8000): Max retries exceeded with url: /find?<<key>>=<<v>> (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f3a5c1b9d30>: Failed to establish a new connection: [Errno 111] Connection refused'))",
        "field",
        "url",
    ),
    Carrier("url path", "http://users.internal/v2/lookup/<<v>>/orders", "field", "url"),
    Carrier("url query", "https://shop.example.com/search?page=1&<<key>>=<<v>>&sort=asc", "field", "url"),
    Carrier("url fragment", "https://app.example.com/callback#state=x1&<<key>>=<<v>>", "field", "url"),
    Carrier(
        "url twice", "https://sso.example.com/login?next=%2Ffind%3F<<key>>%3D<<v>>%26page%3D1", "field", "url twice"
    ),
    Carrier("form body", "action=save&<<key>>=<<v>>&submit=OK", "field", "form"),
    Carrier(
        "curl",
        "+ curl -s -X POST http://users:8000/users --data '{\"<<key>>\": \"<<v>>\"}' -H 'Content-Type: application/json'",
        "field",
        "json",
    ),
    # structured logs
    Carrier(
        "structlog json",
        '{"event": "<<v>>", "level": "warning", "logger": "shop.users", "timestamp": "<<ts>>", "attempt": <<n>>}',
        "free",
        "json",
    ),
    Carrier("json field", '{"ts": "<<ts>>", "msg": "profile saved", "<<key>>": "<<v>>", "ok": true}', "field", "json"),
    Carrier("json utf-8", '{"meldung": "größer als erlaubt: <<v>>", "stufe": "warnung"}', "free", "json utf-8"),
    Carrier(
        "pino",
        '{"level":30,"time":<<ms>>,"pid":<<pid>>,"hostname":"api-7f9c","req":{"method":"POST","url":"/users","body":{"<<key>>":"<<v>>"}},"msg":"request completed"}',
        "field",
        "json",
    ),
    Carrier(
        "json in json", '{"log": "{\\"<<key>>\\": \\"<<v>>\\", \\"n\\": 1}", "stream": "stdout"}', "field", "json twice"
    ),
    Carrier(
        "structlog console",
        "<<ts>> [info     ] user updated                   attempt=<<n>> <<key>>=<<v>> source=web",
        "field",
        "plain",
        False,
    ),
    Carrier("logfmt", 'level=info ts=<<ts>> caller=main.go:<<n>> msg="<<v>>" took=12ms', "free", "json utf-8", False),
    Carrier("python repr", "payload={'id': <<n>>, '<<key>>': '<<v>>', 'tags': ['a', 'b']}", "field", "repr"),
    Carrier("dataclass repr", "saving Customer(id=<<n>>, <<key>>='<<v>>', active=True)", "field", "repr"),
    Carrier(
        "pydantic",
        "1 validation error for Order\n<<key>>\n  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='<<v>>', input_type=str]\n    For further information visit https://errors.pydantic.dev/2.11/v/int_parsing",
        "field",
        "repr",
    ),
    # prose and programs
    Carrier("prose", "we could not process <<v>> within the time that was given"),
    Carrier("prose end", "last request before the crash was for <<v>>"),
    Carrier("prose start", "<<v>> was refused by the gateway"),
    Carrier("glued", "rejected(<<v>>);retry=<<n>>"),
    Carrier("brackets", "[worker-3] <<<v>>> moved to the dead letter queue"),
    Carrier("semicolons", "a=1;b=2;<<v>>;c=3", "free", "plain", False),
    Carrier("non-ascii", "Übertragung für „<<v>>“ fehlgeschlagen – bitte prüfen"),
    Carrier("cjk", "用户<<v>>登录失败"),
    Carrier("emoji", "done ✅ <<v>> 🎉"),
    Carrier(
        "kubernetes event",
        'Warning  Failed  <<n>>s  kubelet  Error: failed to start container "api": env value <<v>> is not valid',
    ),
    Carrier("systemd", "Nov 21 10:11:12 host-3 backup[<<pid>>]: skipped <<v>>: permission denied"),
    Carrier(
        "stack trace",
        'Traceback (most recent call last):\n  File "/app/shop/orders.py", line <<n>>, in create_order\n    result = await gateway.charge(order)\n             ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File "/app/shop/gateway.py", line 41, in charge\n    raise ChargeFailed(reason)\nshop.errors.ChargeFailed: <<v>>',
    ),
    Carrier(
        "java trace",
        "java.lang.IllegalArgumentException: <<v>>\n\tat com.acme.shop.Orders.create(Orders.java:<<n>>)\n\tat com.acme.shop.Api.post(Api.java:77)",
    ),
    Carrier("celery", "Task shop.tasks.notify[<<uuid>>] raised unexpected: ValueError('<<v>>')", "free", "repr"),
    Carrier("kwargs", "Task shop.tasks.mail[<<uuid>>] received args=['<<v>>'] kwargs={'n': <<n>>}", "free", "repr"),
    Carrier("csv", "<<n>>,active,<<v>>,2026-11-20,EUR", "field", "plain", False),
    Carrier("tabs", "<<n>>\tactive\t<<v>>\tweb", "field", "plain", False),
    Carrier("yaml", 'customer:\n  id: <<n>>\n  <<key>>: "<<v>>"\n  active: true\n', "field", "json utf-8"),
    Carrier("yaml block", "data:\n  content: |\n      <<v>>\nkind: Secret\n", "free", "indented"),
    Carrier("xml", '<order id="<<n>>"><<<key>>><<v>></<<key>>></order>', "field", "xml"),
    Carrier("html", '<input type="text" name="<<key>>" value="<<v>>">', "field", "xml"),
    Carrier("graphql", 'query { user(<<key>>: "<<v>>") { id name orders(first: 10) { total } } }', "field", "json"),
    Carrier(
        "graphql variables",
        '{"query": "query U($v: String!) { user(q: $v) { id } }", "variables": {"<<key>>": "<<v>>"}}',
        "field",
        "json",
    ),
    Carrier("header", "X-Customer: <<v>>", "free", "plain", False),
    Carrier("span name", "POST /customers/<<v>>", "field", "url", False),
    Carrier("redis", "redis GET customer:<<v>>", "field", "plain", False),
    Carrier("kafka", "Delivered message to orders [3] at offset <<n>>: key=<<v>>", "field", "plain", False),
    Carrier("message queue", "amqp: rejected delivery <<n>> on queue mail, body b'<<v>>'", "free", "repr"),
    Carrier("diff", "- old: <<n>>\n+ new: <<v>>\n", "free", "plain", False),
    Carrier("ini", "[customer]\nid = <<n>>\n<<key>> = <<v>>\n", "field", "plain", False),
    Carrier("markdown", "| <<n>> | `<<v>>` | open |", "free", "plain", False),
    Carrier("long line", "<<words>> <<v>> <<words>>", "free"),
)

_WORDS = ("order", "created", "queue", "depth", "retry", "cache", "ratio", "worker", "stored", "batch", "window", "shard",
          "timeout", "backoff", "replica", "leader", "commit", "segment", "flush", "handler")  # fmt: skip


def filled(carrier: Carrier, rng: random.Random, key: str) -> tuple[str, str]:
    """Return what stands before and after the value, with everything else filled in."""
    day, second = rng.randint(1, 28), rng.randint(0, 59)
    stamp = f"2026-11-{day:02d}T10:{second:02d}:{second:02d}"
    values = {
        "key": key, "n": str(rng.randint(2, 980)), "port": str(rng.randint(4000, 9999)), "pid": str(rng.randint(7, 4000)),
        "ts": f"{stamp}.{rng.randint(100, 999)}Z", "ms": str(1_790_000_000_000 + rng.getrandbits(30)),
        "clf": f"{day:02d}/Nov/2026:10:11:{second:02d} +0000", "nginx": f"2026/11/{day:02d} 10:11:{second:02d}",
        "gunicorn": f"2026-11-{day:02d} 10:11:{second:02d} +0000", "v": "\x00",
        "uuid": "3f2a9c1e-7b54-4d0a-9e11-5a6b7c8d9e0f",
        "words": " ".join(rng.choice(_WORDS) for _ in range(rng.randint(20, 60))),
    }  # fmt: skip
    before, _, after = _SLOT.sub(lambda match: values[match[1]], carrier.template).partition("\x00")
    return before, after
