"""What only looks like personal data or a secret stays as it is, byte for byte."""

from __future__ import annotations

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor

CLEAN = r"""
4bf92f3577b34da6a3ce929d0e0e4736
00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
123e4567-e89b-12d3-a456-426614174000
12345678-1234-1234-1234-123456789012
d41d8cd98f00b204e9800998ecf8427e
sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
1732196400123
1732196400123456
1732196400123456789
ts=1732196400.123456 level=info msg="request done" duration_ms=12.5
2026-11-20T13:44:40.123456Z INFO shop.orders order 1234567890 created in 12 ms
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36
Chrome/120.0.6099.109
pkg@1.2.3
react@18.2.0 lodash@4.17.21 @scope/pkg@1.0.0-beta.1
price $1,299.99 total 4111.11 EUR
00:1a:2b:3c:4d:5e
00-1A-2B-3C-4D-5E
  File "/app/shop/orders.py", line 123, in create_order
    token = auth.get_token(user)
    password = request.form["password"]
    secret = self.settings.secret
def login(user: str, password: str) -> None:
login(password=password, user=user)
api_key=settings.API_KEY
def f(password: Optional[str] = None, token: list[str] = []) -> None:
password=get_password(), token=vault.read("kv/x")
f"password={password} token={self.token}"
if password == expected: raise ValueError("password missing")
/usr/lib/python3.11/site-packages/starlette/routing.py:758
C:\Users\app\shop\main.py
tokenizer authored password_reset secretary keyboard
GET /users/42/password_reset HTTP/1.1 200 OK
password_reset_url=/reset token_type=bearer max_tokens=100
Basic authentication failed for realm
invalid token: expected string
127.0.0.1:54321 - "GET /health HTTP/1.1" 200
10.1.2.3 172.16.0.1 192.168.1.1 169.254.1.1 100.64.0.1 ::1 fe80::1 fd00::1
nginx:1.25.3@sha256:0123456789abcdef
python 3.11.7 (main, Dec  8 2023, 18:56:58) [GCC 11.4.0]
SELECT id FROM orders WHERE id = ?
Decimal('12.50') 0x7f3a5c1b2d30 <object at 0x7f3a5c1b2d30>
Order #4111-2222 shipped, tracking 1Z999AA10123456784
progress: 100%|##########| 50%off
line 12, column 34: unexpected token
urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
{"level":"info","count":3,"ids":["a","b"]}
{"a": 1.10, "b": [1, 2], "c" : null}
https://example.com:8443/a/b?page=2&size=50#top
s3://bucket/key/2026/11/20/file.parquet
postgresql://app@db:5432/shop
redis://cache:6379/0
icon@2x.png
git clone git@github.com:acme/shop.git
count: 5551234567
id=30569309025904
lat_ms=12 flat=3 platform: linux
filename=report.pdf hostname=web-1 username_field=x
secrets.token_hex(16)
session.id=abc session_id=42
KeyError: 'password'
{'type': 'missing', 'loc': ('body', 'password'), 'msg': 'Field required'}
["email", "password", "token"]
os.environ["SECRET_KEY"] is not set
status=200 code=200 key=orders:42 sort_key=asc
password=**** token=%s secret=${SECRET} api_key=<api key>
cookie consent banner shown
""".strip("\n").split("\n")


@pytest.mark.parametrize("text", CLEAN)
def test_harmless_text_is_unaltered(text: str) -> None:
    """No rule fires, as text and as an attribute's value."""
    findings = Findings()

    assert default_redactor().text(text, findings) == text
    assert default_redactor().value("shop.note", text, findings) == text
    assert findings == Findings()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("http.request.method", "GET"),
        ("http.response.status_code", 200),
        ("service.version", "1.2.3.4"),
        ("server.address", "8.8.8.8"),
        ("host.ip", ["8.8.8.8"]),
        ("client.address", "10.1.2.3"),
        ("client.address", "testclient"),
        ("user.id", "42"),
        ("session.id", "9f8e7d"),
        ("gen_ai.usage.input_tokens", 12),
        ("shop.tokens", 12),
        ("shop.started_at", 1732196400123),
        ("shop.started_ns", 1732196400123456789),
        ("shop.big", 9007199254740993),
        ("url.path", "/api/orders/42"),
        ("url.query", "page=2&size=50&q=a%20b+c"),
        ("url.full", "https://example.com:8443/a%20b?page=2#top"),
        ("db.query.text", 'SELECT "user"."id", t1.c2 FROM t1 WHERE id = $1 AND name = %(name)s'),
        ("http.request.header.accept", ["text/html;q=0.9"]),
        ("token.present", True),
        ("password", None),
        ("password", ""),
    ],
)
def test_harmless_attributes_are_unaltered(key: str, value: object) -> None:
    """Neither the key nor the value asks for masking."""
    findings = Findings()

    assert default_redactor().value(key, value, findings) == value
    assert findings == Findings()
