"""Clean lines that look like personal data: at most one in a thousand is altered."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from pathlib import Path

import otel_kit
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor

Maker = Callable[[random.Random], str]
_HEX = "0123456789abcdef"


def digits(source: random.Random, count: int) -> str:
    """Digits, the first of them none of 0."""
    return str(source.randint(1, 9)) + "".join(source.choice("0123456789") for _ in range(count - 1))


def characters(source: random.Random, alphabet: str, count: int) -> str:
    """Characters of an alphabet."""
    return "".join(source.choice(alphabet) for _ in range(count))


def moment(source: random.Random) -> str:
    """A date and time of this decade."""
    date = f"20{source.randint(20, 29)}-{source.randint(1, 12):02d}-{source.randint(1, 28):02d}"
    return f"{date}T{source.randint(0, 23):02d}:{source.randint(0, 59):02d}:{source.randint(0, 59):02d}"


MAKERS: list[Maker] = [
    lambda s: f"trace_id={characters(s, _HEX, 32)} span_id={characters(s, _HEX, 16)} sampled=1",
    lambda s: f"request {uuid.UUID(int=s.getrandbits(128))} took {s.random() * 1000:.3f} ms",
    lambda s: f"at {s.randint(1_600_000_000_000, 1_900_000_000_000)} epoch {s.randint(1_600_000_000, 1_900_000_000)}",
    lambda s: f"ts={s.randint(1_600_000_000_000_000, 1_790_000_000_000_000)}us "
    f"{s.randint(16 * 10**17, 179 * 10**16)}ns",
    lambda s: f"{moment(s)}.{s.randint(0, 999999):06d}+00:00 INFO shop.orders order {digits(s, 8)} created",
    lambda s: f"commit {characters(s, _HEX, 40)} by ci, digest sha256:{characters(s, _HEX, 64)}",
    lambda s: f"pip install pkg@{s.randint(0, 20)}.{s.randint(0, 99)}.{s.randint(0, 99)} and git@host:org/repo.git",
    lambda s: f"Chrome/{s.randint(80, 140)}.0.{s.randint(1000, 9999)}.{s.randint(1, 200)} Safari/537.36",
    lambda s: f"version {s.randint(1, 20)}.{s.randint(0, 99)}.{s.randint(0, 99)}.{s.randint(0, 9999)} build",
    lambda s: f"price {s.randint(1, 99999)}.{s.randint(0, 99):02d} EUR, total {s.randint(1, 999)},{digits(s, 3)}",
    lambda s: f"order ORD-{digits(s, 6)}-{digits(s, 4)} of cart {digits(s, 9)} item {digits(s, 7)}",
    lambda s: f"rows {digits(s, 3)}-{digits(s, 3)} of {digits(s, 6)}, page {s.randint(1, 99)}",
    lambda s: f"connect to 10.{s.randint(0, 255)}.{s.randint(0, 255)}.{s.randint(1, 254)}:5432 failed",
    lambda s: f"mac {':'.join(characters(s, _HEX, 2) for _ in range(6))} up",
    lambda s: f"GET /v2/items/{digits(s, 8)}?page={s.randint(1, 99)}&size=50 HTTP/1.1 200 {digits(s, 5)}",
    lambda s: f"memory {digits(s, 10)} bytes, {digits(s, 7)} kB free, gc {s.randint(1, 99)} times",
    lambda s: f"losses [{s.random():.6f}, {s.random():.6f}, {s.random():.6f}] after epoch {s.randint(1, 99)}",
    lambda s: f"box ({s.random() * 500:.4f}, {s.random() * 500:.4f}) x {s.random() * 90:.5f}",
    lambda s: f"offset {digits(s, 9)} of partition {s.randint(0, 9)}, lag {digits(s, 11)}",
    lambda s: f"ISBN 978-3-{digits(s, 2)}-{digits(s, 6)}-{s.randint(0, 9)}",
    lambda s: f"call to payments failed after {s.randint(1, 9)} tries, message {digits(s, 8)} dropped",
    lambda s: f"telemetry sent {digits(s, 6)} spans, mobile clients {digits(s, 4)}, fax off",
    lambda s: f"card declined, code {digits(s, 3)}, attempt {s.randint(1, 9)}, reference {digits(s, 10)}",
    lambda s: f"row {' '.join(digits(s, 3) for _ in range(6))}",
    lambda s: f"hexdump {characters(s, '01234567', 4)}0: {' '.join(characters(s, _HEX, 4) for _ in range(8))}",
    lambda s: f"id {characters(s, 'ABCDEFGHJKMNPQRSTVWXYZ0123456789', 26)} state {characters(s, _HEX, 12)}",
    lambda s: f"sku {characters(s, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 3)}-{digits(s, 6)} at location {s.randint(1, 99)}",
    lambda s: f"account {digits(s, 8)} synced, tax rate {s.randint(1, 25)} %, passport module loaded",
    lambda s: f"node-{s.randint(1, 99)} {moment(s)[:10]} {digits(s, 6)}-{digits(s, 3)} state=OK",
    lambda s: f"cron */5 {s.randint(0, 23)} * * {s.randint(1, 5)} user@host job {digits(s, 5)}",
]  # fmt: skip


def altered(lines: list[str]) -> list[tuple[str, str]]:
    """The lines that do not stay, with what becomes of them."""
    redactor = default_redactor()
    pairs = [(line, redactor.text(line, Findings())) for line in lines]
    return [(line, after) for line, after in pairs if line != after]


def test_generated_lines_stay() -> None:
    """6000 lines of logs without anybody's data."""
    source = random.Random(20261121)
    lines = [MAKERS[number % len(MAKERS)](source) for number in range(6000)]

    found = altered(lines)

    assert len(found) <= 6, found[:20]


def test_source_lines_stay() -> None:
    """Our own code, but for the parts that quote values or handle secrets by their names on purpose."""
    root = Path(otel_kit.__file__).parent
    quoting = {"redaction", "policy", "demo", "local", "stack", "keys", "alerts"}
    files = [path for path in sorted(root.rglob("*.py")) if quoting.isdisjoint(path.relative_to(root).parts)]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]

    found = altered(lines)

    assert len(lines) > 3000
    assert len(found) <= len(lines) // 1000, found[:20]
