"""Random tokens of the documented shapes, and random texts that are no secrets: everything drawn with a seed."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import string
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

_WRITTEN = yaml.safe_load(Path(__file__).with_name("token_shapes.yaml").read_text(encoding="utf-8"))
SHAPES: Mapping[str, list[str]] = _WRITTEN["shapes"]
NEEDS_ITS_END = frozenset(_WRITTEN["needs_its_end"])
WITHOUT_PREFIX: Mapping[str, str] = _WRITTEN["without_prefix"]

_LETTERS = string.ascii_lowercase + string.ascii_uppercase
_ALPHABETS: Mapping[str, str] = {
    "b62": string.digits + _LETTERS,
    "b64": string.digits + _LETTERS + "+/",
    "url": string.digits + _LETTERS + "_-",
    "alpha": _LETTERS,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "low": string.digits + string.ascii_lowercase,
    "up": string.digits + string.ascii_uppercase,
    "dig": string.digits,
    "b32": string.ascii_lowercase + "234567",
    "B32": string.ascii_uppercase + "234567",
    "b58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "bech": "023456789acdefghjklmnpqrstuvwxyz",
}
_UUID = "<8 hex>-<4 hex>-4<3 hex>-a<3 hex>-<12 hex>"
_RANDOM = re.compile(r"<(\d+) (\w+)>")


def tokens(rule: str, maker: random.Random) -> list[tuple[str, list[str]]]:
    """Return one random token for each documented shape of ``rule``, each with its random parts."""
    return [_drawn(shape, maker) for shape in SHAPES[rule]]


def _drawn(shape: str, maker: random.Random) -> tuple[str, list[str]]:
    parts: list[str] = []

    def fill(match: re.Match[str]) -> str:
        parts.append("".join(maker.choices(_ALPHABETS[match[2]], k=int(match[1]))))
        return parts[-1]

    return _RANDOM.sub(fill, shape.replace("<uuid>", _UUID)), parts


_FIRST, _NEXT, _WHOLE = (_WRITTEN["names"][part].split() for part in ("first", "next", "whole"))


def harmless(maker: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Yield ``count`` texts of each kind that look like tokens and are none, each behind its kind."""
    for kind, make in _HARMLESS.items():
        for _ in range(count):
            yield kind, make(maker)
    for word in _WHOLE:
        yield "name in code", f"calling {word} now"


def _hex(maker: random.Random, digits: int) -> str:
    return maker.randbytes(digits // 2 + 1).hex()[:digits]


def _some(maker: random.Random, alphabet: str, count: int) -> str:
    return "".join(maker.choices(_ALPHABETS[alphabet], k=count))


def _name(maker: random.Random, joint: str, most: int) -> str:
    return joint.join([maker.choice(_FIRST), *maker.choices(_NEXT, k=maker.randint(1, most))])


def _digest(maker: random.Random) -> str:
    made = maker.choice((hashlib.md5, hashlib.sha1, hashlib.sha256))(maker.randbytes(9)).hexdigest()
    return maker.choice(("checksum {}", "etag={}", '"{}"', "layer sha256:{} pulled", "cache/{}.bin", "v-{}")).format(
        made
    )


_HARMLESS: Mapping[str, Callable[[random.Random], str]] = {
    "UUID": lambda maker: f"order {uuid.UUID(bytes=maker.randbytes(16))} shipped",
    "prefixed UUID": lambda maker: f"{maker.choice(_NEXT)}-{uuid.UUID(bytes=maker.randbytes(16))}",
    "digest": _digest,
    "short base64": lambda maker: f"body={base64.b64encode(maker.randbytes(maker.randint(6, 19))).decode()}",
    "short base64url": lambda maker: f"/c/{base64.urlsafe_b64encode(maker.randbytes(maker.randint(6, 19))).decode()}/x",
    "git hash": lambda maker: f"merge {_hex(maker, maker.choice((7, 8, 10, 12, 40)))} into main",
    "CSS class": lambda maker: f'<div class="{_name(maker, "-", 4)} {_name(maker, "-", 3)}">',
    "identifier": lambda maker: f"self.{_name(maker, '_', 5)} = {_name(maker, '_', 3)}",
    "constant": lambda maker: f"os.environ[{_name(maker, '_', 4).upper()!r}]",
    "camel case": lambda maker: (
        f"{maker.choice(_FIRST)}_{''.join(word.title() for word in maker.choices(_NEXT, k=3))}()"
    ),
    "npm package": lambda maker: (
        f"@{maker.choice(_NEXT)}/{_name(maker, '-', 3)}@{maker.randint(0, 20)}.{maker.randint(0, 9)}.0"
    ),
    "docker image": lambda maker: f"registry.example.com/{_name(maker, '-', 2)}:{maker.randint(1, 9)}.{_hex(maker, 8)}",
    "docker digest": lambda maker: f"{maker.choice(_NEXT)}@sha256:{_hex(maker, 64)}",
    "Kubernetes pod": lambda maker: f"{_name(maker, '-', 3)}-{_some(maker, 'low', 10)}-{_some(maker, 'low', 5)}",
    "trace": lambda maker: f"traceparent: 00-{_hex(maker, 32)}-{_hex(maker, 16)}-01",
    "ULID": lambda maker: f"event 01{_some(maker, 'up', 24)} done",
    "file": lambda maker: f"/static/{_name(maker, '.', 2)}.{_hex(maker, 8)}.js",
    "module path": lambda maker: f"at {_name(maker, '.', 5)}({maker.randint(1, 900)})",
}
