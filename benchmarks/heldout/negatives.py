# ruff: noqa: E501 - one kind of text in one line
"""Hard negatives: what looks like a secret or a person's number and is none. Every one must come out as it went in."""

from __future__ import annotations

import base64
import functools
import hashlib
import random
import sysconfig
import uuid
from collections.abc import Callable
from pathlib import Path

from benchmarks.heldout.machines import BASE64, pick
from benchmarks.heldout.model import Item
from benchmarks.heldout.money import card_number, digits, iban_number, luhn_digit

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEX = "0123456789abcdef"
_PACKAGES = (
    "left-pad",
    "@types/node",
    "react-dom",
    "pydantic",
    "opentelemetry-sdk",
    "lodash",
    "@babel/core",
    "uvicorn",
)


def _trace_ids(rng: random.Random) -> str:
    trace, span = pick(rng, _HEX, 32), pick(rng, _HEX, 16)
    return rng.choice((f"trace_id={trace} span_id={span} ok", f"00-{trace}-{span}-01", f"traceparent: 00-{trace}-{span}-00",
                       f'{{"trace_id":"{trace}","span_id":"{span}","msg":"done"}}', f"b3: {trace}-{span}-1",
                       f"X-Amzn-Trace-Id: Root=1-{trace[:8]}-{trace[8:]}", str(rng.getrandbits(63)),
                       f"uber-trace-id: {trace}:{span}:0:1", f"dd.trace_id={rng.getrandbits(63)} dd.span_id={rng.getrandbits(63)}"))  # fmt: skip


def _uuids(rng: random.Random) -> str:
    number = rng.getrandbits(128)
    version = rng.choice((1, 3, 4, 5, 6, 7, 8))
    number = number & ~(0xF000 << 64) & ~(0xC000 << 48) | version << 76 | 0x8000 << 48
    if version == 7:
        number = number & (1 << 80) - 1 | rng.randint(1_600_000_000_000, 1_900_000_000_000) << 80
    text = str(uuid.UUID(int=number))
    return rng.choice((f"order {text} stored", text, text.upper(), f"job id={text}", f"/v1/orders/{text}/items",
                       f"urn:uuid:{text}", f"{{{text}}}", text.replace("-", ""), f"request {text} took 12 ms"))  # fmt: skip


def _ulids(rng: random.Random) -> str:
    text = "01" + pick(rng, _CROCKFORD, 24)
    return rng.choice((f"event {text} accepted", text, f"id={text}", f"ksuid {pick(rng, BASE64[:62], 27)} queued",
                       f"nanoid {pick(rng, BASE64[:62], 21)} made", f"snowflake {rng.randint(10**17, 10**18)} sent",
                       f"cuid c{pick(rng, 'abcdefghijklmnopqrstuvwxyz0123456789', 24)} ok", f"ObjectId('{pick(rng, _HEX, 24)}')",
                       f"xid {pick(rng, '0123456789abcdefghijklmnopqrstuv', 20)}"))  # fmt: skip


def _hashes(rng: random.Random) -> str:
    data = rng.randbytes(20)
    md5, sha1, sha256 = hashlib.md5(data).hexdigest(), hashlib.sha1(data).hexdigest(), hashlib.sha256(data).hexdigest()
    b64 = base64.b64encode(hashlib.sha384(data).digest()).decode()
    return rng.choice((f"md5 {md5} app.tar.gz", f"commit {sha1}", f"sha256:{sha256}", f"HEAD is now at {sha1[:8]} Fix tests",
                       f"{sha256}  dist/app.whl", f'ETag: "{md5}"', f"integrity sha384-{b64}", f"image api@sha256:{sha256} pulled",
                       f"cache miss {sha1}", f"app.{md5[:8]}.js 12 kB", f"checksum {md5} ok", f"git+https://git.example.com/a/b@{sha1}",
                       f"build {sha1[:7]}-dirty", f"blake2b {hashlib.blake2b(data).hexdigest()}"))  # fmt: skip


def _times(rng: random.Random) -> str:
    second = rng.randint(1_500_000_000, 1_900_000_000)
    number = str(second) + digits(rng, rng.choice((0, 3, 6, 9)))
    return rng.choice((number, f"at {number} started", f'{{"time":{number},"level":30}}', f"ts={number} took=12",
                       f"exp={second} iat={second - 3600}", f"{second}.{digits(rng, 6)} worker up", f"start {number} end {int(number) + 17}",
                       f"offset {digits(rng, rng.randint(8, 19))} of partition 3", f"{second}, {second + 60}, {second + 120}",
                       f"time.monotonic_ns() {number}", f"/metrics?start={second}&end={second + 600}&step=15"))  # fmt: skip


def _versions(rng: random.Random) -> str:
    a, b, c, d = (rng.randint(0, 40) for _ in range(4))
    three, four = f"{a}.{b}.{c}", f"{a}.{b}.{c}.{d}"
    return rng.choice((f"version {three}", f"python {three}", f"v{three}-rc.{d}", f"upgrade {three} -> {a}.{b}.{c + 1}",
                       f"Chrome/{a + 90}.0.{rng.randint(1000, 6999)}.{rng.randint(10, 250)} Safari/537.36",
                       f"assembly version {four}", f"Version={four}, Culture=neutral", f"release {four} installed", f"version={four}",
                       f"driver v{four}", f"kernel {a}.{b}.{c}-{d}-generic", f"Microsoft.AspNetCore/{four}", f"build-{four}.zip",
                       f"lib-{three}.post1-py3-none-any.whl", f"ver. {four}", f"API v{a} revision {four} loaded", f"oid 1.3.6.1.4.1.{rng.randint(100, 9999)}.{a}.{b}.{c}",
                       f"Firmware: {four}", f"release-{four}.tar.gz", f"appVersion: {four}"))  # fmt: skip


def _packages(rng: random.Random) -> str:
    version = f"{rng.randint(0, 30)}.{rng.randint(0, 40)}.{rng.randint(0, 40)}"
    name = rng.choice(_PACKAGES)
    return rng.choice((f"{name}@{version}", f"installed {name}@{version} in 2 s", f"+ {name}@{version}", f"npm warn deprecated {name}@{version}: use another",
                       f"{name}=={version}", f"https://cdn.example.com/npm/{name}@{version}/dist/index.js", f"pkg:npm/{name.replace('@', '%40')}@{version}",
                       f"uses: actions/checkout@v{version[0]}", "@app.get decorated by @functools.cache",
                       f"image registry.local/shop@{version}", "user@host-3:~$ ls", "root@api-7f9c:/app#", f"from {name} import x  # @todo",
                       f"selector a@b", f"job@{rng.randint(1, 99)}", f"worker1@api-7d9c5b8f6-x2x4z ready", f"mean {version} @ 95%"))  # fmt: skip  # noqa: F541


def _prices(rng: random.Random) -> str:
    euros, cents = rng.randint(1, 99999), rng.randint(0, 99)
    return rng.choice((f"total {euros}.{cents:02d} EUR", f"${euros:,}.{cents:02d} charged", f"amount={euros}{cents:02d}", f"{euros},{cents:02d} €",
                       f"USD {euros}.{cents:02d} refunded", f"sum {euros:,} of {euros * 3:,}", f"price_cents: {euros * 100}", f"-{euros}.{cents:02d}",
                       f"{euros} x 3 = {euros * 3}", f"{rng.random():.12f} {rng.random() * 100:.4f}", f"p99 {rng.random() * 1000:.6f} ms",
                       f"score 0.{digits(rng, 16)}", f"loss={rng.random():.6f}, {rng.random():.6f}, {rng.random():.6f}"))  # fmt: skip


def _orders(rng: random.Random) -> str:
    number = digits(rng, rng.choice((6, 7, 8, 9, 10, 12)))
    return rng.choice((f"order {number} shipped", f"order #{number}", f"invoice INV-2026-{number[:6]} sent", f"PO {number} approved",
                       f"ticket ABC-{number[:5]} closed", f"customer c-{number[:5]} updated", f"orders/{number}", f"order_id={number}", f"SKU {number[:4]}-{number[:3]}-{pick(rng, 'ABCDEF', 2)}",
                       f"RMA{number}", f"parcel JJD{digits(rng, 17)} scanned", f"1Z{pick(rng, _CROCKFORD, 16)}", f"batch {number} of {number}1",
                       f"job {number} exited with 137", f"id={number} name=shop", f"row {number}: 12 columns", f"item {number[:3]}-{number[3:6]}", f"lot {number[:2]}-{number}"))  # fmt: skip


def _mac_like(rng: random.Random) -> str:
    pairs = [f"{rng.randrange(256):02x}" for _ in range(6)]
    a, b, c, d = (rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59), rng.randint(0, 999))
    return rng.choice((f"10:{b:02d}:{c:02d}.{d:03d} started", f"took {a}:{b:02d}:{c:02d}", f"ratio {a}:{b}:{c}", f"frame 00:{a:02d}:{b:02d}:{c:02d}",
                       f"build {'.'.join(pairs[:4])}", "a::b::c in C++", "std::map<int, std::vector<char>>", "abc::def::<T>", f"{a}:{b} {b}:{c}",
                       f"cpu affinity {a:02x}:{b:02x}", f"pci 0000:{a:02x}:00.0 found", "Foo::Bar::baz()", "face::dead", "std::fs::read", "::before", "score 3:2::1:0",
                       f"dns: 10.0.{a}.{b} -> 10.1.{b}.{c}", f"127.0.0.1:{d + 1000}", f"192.168.{a}.{b}", f"fe80::1 link local", f"fd00::{a:x}:{b:x} up", f"0.0.0.0:{d + 8000}", "::1"))  # fmt: skip  # noqa: F541


@functools.cache
def _source_lines() -> tuple[str, ...]:
    """Lines of the running Python's own library: its programs talk of passwords, tokens and addresses all day."""
    names = ("http/cookiejar", "urllib/request", "imaplib", "smtplib", "ftplib", "tokenize", "getpass", "secrets", "hashlib", "ssl",
             "email/message", "http/client", "http/cookies", "ipaddress", "netrc", "argparse", "logging/__init__", "tarfile", "zipfile/__init__",
             "asyncio/base_events", "json/decoder", "random", "datetime", "xmlrpc/client", "poplib", "calendar", "decimal", "turtle", "difflib", "uuid")  # fmt: skip
    folder = Path(sysconfig.get_path("stdlib"))
    found: list[str] = []
    for name in names:
        path = folder / f"{name}.py"
        if path.exists():
            found += [line.rstrip() for line in path.read_text(encoding="utf-8").splitlines() if len(line.strip()) > 8]
    # Addresses of the authors and examples in comments are what they look like.
    return tuple(line for line in found if "@" not in line.replace("@property", "") and "://" not in line)


def _source(rng: random.Random) -> str:
    return rng.choice(_source_lines())


def _sql(rng: random.Random) -> str:
    return rng.choice(("SELECT id, password_hash, token_count FROM users WHERE id = $1", "SELECT count(*) FROM secrets WHERE owner_id = ?",
                       "CREATE TABLE sessions (id uuid PRIMARY KEY, token text NOT NULL)", "ALTER TABLE users ADD COLUMN password text",
                       "INSERT INTO tokens (user_id, token) VALUES (%(user_id)s, %(token)s)", "UPDATE users SET password = :password WHERE email = :email",
                       "SELECT email, phone FROM customers ORDER BY email LIMIT 50", "DELETE FROM api_keys WHERE expires_at < now()",
                       f"SELECT * FROM orders_{rng.randint(2000, 2030)} WHERE id IN ($1, $2, $3)", "CREATE INDEX ix_users_email ON users (lower(email))"))  # fmt: skip


def _agents(rng: random.Random) -> str:
    a, b = rng.randint(90, 130), rng.randint(1, 6900)
    return rng.choice((f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{a}.0.{b}.{rng.randint(1, 220)} Safari/537.36",
                       f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{a % 9} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
                       f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{a}.0) Gecko/20100101 Firefox/{a}.0", f"python-httpx/0.28.{a % 9}", f"curl/8.{a % 9}.0", f"kube-probe/1.{a % 40}",
                       f"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{a}.0.0.0 Mobile Safari/537.36", f"okhttp/4.{a % 12}.{b % 10}",
                       f"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", f"aws-sdk-go/1.44.{b} (go1.21.{a % 9}; linux; amd64)", f"Edg/{a}.0.{b}.{a} Opera/9.80.{b}.1"))  # fmt: skip  # noqa: F541


def _kubernetes(rng: random.Random) -> str:
    low = "bcdfghjklmnpqrstvwxz2456789"
    pod = f"api-{pick(rng, low, 10)}-{pick(rng, low, 5)}"
    return rng.choice((f"pod/{pod} created", f"Started container api in {pod}", f"node ip-10-0-{rng.randint(1, 250)}-17.ec2.internal ready", f"deployment.apps/api scaled to {rng.randint(1, 9)}",
                       f"pvc-{uuid.UUID(int=rng.getrandbits(128))} bound", "secret/db-credentials unchanged", "configmap tokens-config mounted", f"serviceaccount default-token-{pick(rng, low, 5)} used",
                       f"namespace=prod pod={pod} container=api restarts=3", f"gke-prod-pool-1-{pick(rng, _HEX, 8)}-{pick(rng, low, 4)}", f"arn:aws:iam::{digits(rng, 12)}:role/deploy",
                       f"i-0{pick(rng, _HEX, 16)} running", f"vpc-0{pick(rng, _HEX, 16)}", f"projects/shop-{digits(rng, 6)}/secrets/db/versions/3", f"docker://{pick(rng, _HEX, 64)}"))  # fmt: skip


def _base64(rng: random.Random) -> str:
    blob = pick(rng, BASE64, rng.choice((60, 200, 800)))
    return rng.choice((f"data:image/png;base64,iVBORw0KGgo{blob}", f'<img src="data:image/gif;base64,R0lGODlh{blob}">', f"thumbnail /9j/4AAQSkZJRg{blob}", f"cursor={base64.b64encode(digits(rng, 12).encode()).decode()}",
                       f"body: {base64.b64encode(b'hello world, this is plain text').decode()}", f"etag W/{blob[:22]}", f"Sec-WebSocket-Accept: {blob[:27]}=", f"nonce-{blob[:22]}=="))  # fmt: skip


def _dates(rng: random.Random) -> str:
    y, m, d = rng.randint(1990, 2030), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice((f"{y}-{m:02d}-{d:02d}T10:11:12Z", f"{d:02d}.{m:02d}.{y} 10:11", f"{m:02d}/{d:02d}/{y}", f"due {y}-{m:02d}-{d:02d}", f"{y}{m:02d}{d:02d}T101112", f"backup-{y}{m:02d}{d:02d}101112.tar",
                       f"{y}-W{m:02d}-3", f"{y}-{m:02d}-{d:02d} 10:11:12.123456+02:00", f"{d:02d}/Nov/{y}:10:11:12 +0000", f"migration {y}{m:02d}{d:02d}1011_add_phone applied", f"log.{y}-{m:02d}-{d:02d}-10-11"))  # fmt: skip


def _phone_like(rng: random.Random) -> str:
    a, b, c = digits(rng, 3), digits(rng, 3), digits(rng, 4)
    return rng.choice((f"pages {a}-{b}", f"range {a} - {c}", f"part no. {a}-{b}-{pick(rng, 'ABCD', 2)}{c}", f"rows 1000-{c} of {a}{b}", f"{a}x{b} px", f"bytes {a}{b}-{a}{c}/{c}{a}{b}", f"lines {a}-{b}, {b}-{c}",
                       f"model {a}.{b}.{c[:2]}", f"size {a} {b} {c[:2]}", f"({a}) items, ({b}) more", f"matrix [{a}, {b}, {c}]", f"port {c} on {a} hosts", f"+{c} lines, -{a} lines", f"@@ -{a},7 +{b},9 @@",
                       f"HTTP {a} in {c} ms", f"at 0x{pick(rng, _HEX, 12)}", f"seq {a}{b}{c} ack {c}{b}{a}", f"ZIP {a}{b[:2]}", f"RFC {c} section {a[:1]}.{b[:1]}", f"case {a}-{b}", f"epoch {a}/{b} loss 0.{c}", f"rev {a}{b}{c}", f"{a},{b},{c}", f"gen {a}.{b}", f"+{a}%", f"+{c}{a}ms"))  # fmt: skip


def _isbn(rng: random.Random) -> str:
    body = rng.choice(("978", "979", "400", "501", "871")) + digits(rng, 9)
    check = -sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body)) % 10
    ean = f"{body}{check}"
    return rng.choice((f"ISBN {ean[:3]}-{ean[3]}-{ean[4:8]}-{ean[8:12]}-{ean[12]}", f"EAN {ean}", f"isbn={ean}", f"barcode {ean} scanned", f"gtin {ean}", f"UPC 0{ean[1:12]}", f"ISSN {digits(rng, 4)}-{digits(rng, 4)}"))  # fmt: skip


def _wrong_checks(rng: random.Random) -> str:
    _, number = card_number(rng)
    number = number[:-1] + str((int(luhn_digit(number[:-1])) + rng.randint(1, 9)) % 10)
    bank = iban_number(rng, rng.choice(("DE", "GB", "FR", "NL")))
    wrong = bank[:2] + f"{(int(bank[2:4]) + rng.randint(1, 90)) % 97 + 2:02d}" + bank[4:]
    if wrong == bank:
        wrong = bank[:-1] + ("1" if bank[-1] != "1" else "2")
    return rng.choice((f"reference {number} booked", f"tracking {number}", f"ref {number[:4]} {number[4:8]} {number[8:12]} {number[12:]}".rstrip(), f"counter {number}",
                       f"document {wrong} stored", f"ref={wrong}", f"area 000-{digits(rng, 2)}-{digits(rng, 4)}", f"code 666-{digits(rng, 2)}-{digits(rng, 4)}", f"part 9{digits(rng, 2)}-{rng.randint(10, 40)}-{digits(rng, 4)}"))  # fmt: skip


def _talk(rng: random.Random) -> str:
    """Words of secrets without any secret."""
    n = rng.randint(1, 90)
    return rng.choice((f"password reset requested for account {n}", "token expired", f"tokens=1{n} prompt_tokens={n} max_tokens=4096", "invalid password", f"password changed {n} days ago", "authorization failed: missing scope read",
                       "password: required field", "api key is missing", f"secret rotated, version {n}", "no session cookie", "SECRET_KEY is not set", f"the token bucket has {n} tokens left", "passwordless login enabled", "bearer of bad news",
                       f"tokenizer loaded in {n} ms", "basic auth is off", "password=None", "password=", "token: null", '{"password": null, "token": ""}', "password=***", "password: <hidden>", "token=${TOKEN}", "password = os.environ['DB_PASSWORD']", "Authorization: Bearer $TOKEN",
                       "cookie policy accepted", f"keys={n} misses=2", f"primary_key=id", "author: unknown", "key: value", f"keyboard interrupt", "private key loaded from /etc/ssl/private/app.pem", "public_key=ok", "access_token refreshed", f"session {n} closed", "Set-Cookie header missing", "credit card declined", f"card expired 12/2{n % 10}", "phone number invalid", "email is required", f"ssn check passed", "iban: invalid checksum", f"email_verified=true", f"pin count {n}", "location: /orders/17", f"token_type=bearer expires_in=3600", "password_policy=strict min_length=12"))  # fmt: skip  # noqa: F541


def _geo_like(rng: random.Random) -> str:
    a, b = rng.random() * 80, rng.random() * 170
    return rng.choice((f"load {a:.2f}, {b:.2f}, 0.10", f"bbox 0,0,{int(a)},{int(b)}", f"p50={a:.3f} p99={b:.3f}", f"mean {a:.4f} std {b:.4f}", f"({a:.1f}, {b:.1f})", f"took {a:.5f}s, waited {b:.5f}s", f"weights [{a / 90:.6f}, {b / 180:.6f}, 0.5]", f"x={a:.4f} y={b:.4f}", f"{a:.2f}/{b:.2f}"))  # fmt: skip


KINDS: dict[str, Callable[[random.Random], str]] = {
    "trace ids": _trace_ids, "UUIDs": _uuids, "ULIDs and other ids": _ulids, "hashes": _hashes, "epoch times, counters": _times,
    "versions": _versions, "pkg@1.2.3, user@host": _packages, "prices, measures": _prices, "order numbers": _orders,
    "MAC-like, IP-like, private IPs": _mac_like, "source lines": _source, "SQL without literals": _sql, "user agents": _agents,
    "Kubernetes names": _kubernetes, "base64": _base64, "dates": _dates, "phone-like": _phone_like, "ISBN, EAN": _isbn,
    "wrong check digits": _wrong_checks, "talk of secrets": _talk, "coordinate-like": _geo_like,
}  # fmt: skip
PHONE_KINDS = (
    "phone-like",
    "epoch times, counters",
    "order numbers",
    "prices, measures",
    "ISBN, EAN",
    "dates",
    "versions",
    "wrong check digits",
)
"""Kinds whose digits could be taken for a phone number: the base of its rate of false alarms."""


def negatives(rng: random.Random, each: int) -> list[Item]:
    """Return so many of each kind."""
    return [Item(kind, "as it is", make(rng)) for kind, make in KINDS.items() for _ in range(each)]
