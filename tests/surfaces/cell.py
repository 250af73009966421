"""One cell of the surface table: a value planted at one surface by one way in, and what must become of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import quote

Outcome = Literal["masked", "removed", "not sent"]
# Where it comes out: in an OTLP request, on the program's standard output or error, in a file that it writes, in the
# headers of a request that it makes, in the answer of kit.status().
Outlet = Literal["otlp", "stdout", "stderr", "file", "headers", "status"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A planted value.

    ``plant`` is what the program puts there; ``secrets`` are the parts of it that must be nowhere in what left;
    ``shown`` must stand in one line of it, empty when nothing stands there. ``raw`` is how the secret looks there
    without redaction; a cell that shows nothing then says ``why_not_raw``. ``note`` becomes a footnote.
    """

    surface: str
    way: str
    plant: str
    secrets: tuple[str, ...]
    shown: str
    raw: str
    outcome: Outcome = "masked"
    outlet: Outlet = "otlp"
    note: str = ""
    why_not_raw: str = ""

    @property
    def id(self) -> str:
        """The cell's name in tests."""
        return f"{self.way}: {self.surface}"


def slug(*words: str) -> str:
    """Return words as one part of a domain name or key."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")


def mail(surface: str, way: str, *, before: str = "", after: str = "", **more: object) -> Cell:
    """An e-mail address in a text, with a domain of its own."""
    domain = f"{slug(surface)}.{slug(way)}.example.com"
    secret = f"ada@{domain}"
    return _cell(surface, way, f"{before}{secret}{after}", (secret,), f"a***@{domain}", **more)


def two_mails(surface: str, way: str, **more: object) -> Cell:
    """Two e-mail addresses that become one by the mask; the program plants both, divided by a space."""
    domain = f"{slug(surface)}.{slug(way)}.example.com"
    secrets = (f"ada@{domain}", f"amy@{domain}")
    return _cell(surface, way, " ".join(secrets), secrets, f"a***@{domain}", **more)


def card(surface: str, way: str, **more: object) -> Cell:
    """A card number with a last group of its own."""
    number = _card_number(f"{surface} {way}")
    shown = f"{number[:4]}-****-****-{number[-4:]}"
    return _cell(surface, way, number, (number,), shown, **more)


def token(surface: str, way: str, *, before: str = "", **more: object) -> Cell:
    """A GitHub token beside a word of its own."""
    word = slug(surface, way)
    secret = "ghp_" + re.sub("[^a-z0-9]", "", word)[:30].ljust(36, "0")
    return _cell(surface, way, f"{before}{word} {secret}", (secret,), f"{word} [REDACTED:github_token]", **more)


def password(surface: str, way: str, shown: str | None = None, **more: object) -> Cell:
    """A password whose key alone tells what it is: ``<slug>.password``."""
    word = slug(surface, way)
    secret = f"wint3r-{word}"
    return _cell(
        surface, way, secret, (secret,), f"{word}.password=[REDACTED:password]" if shown is None else shown, **more
    )


def not_sent(surface: str, way: str, why: str, **more: object) -> Cell:
    """A value that is never collected, with or without redaction."""
    secret = f"ada@{slug(surface)}.{slug(way)}.example.com"
    return _cell(surface, way, secret, (secret,), "", outcome="not sent", why_not_raw=why, note=why, **more)


def spellings(secret: str) -> Iterator[str]:
    """Yield a value as it may stand in a request: as it is, and percent-encoded once and twice."""
    yield secret
    once = quote(secret, safe="")
    yield once
    yield quote(once, safe="")


def key(surface: str, way: str) -> str:
    """Return the key that carries the password of a cell."""
    return f"{slug(surface, way)}.password"


def encoded(surface: str, way: str, layers: int, *, before: str = "", **more: object) -> Cell:
    """An e-mail address that is percent-encoded once or twice in a text."""
    domain = f"{slug(surface)}.{slug(way)}.example.com"
    sign = "@"
    for _ in range(layers):
        sign = quote(sign, safe="")
    secret = f"ada{sign}{domain}"
    return _cell(surface, way, f"{before}{secret}", (f"ada@{domain}",), f"a***{sign}{domain}", raw=secret, **more)


def _cell(surface: str, way: str, plant: str, secrets: tuple[str, ...], mask: str, **more: object) -> Cell:
    fields = {"raw": secrets[0], "shown": mask, **more}
    return Cell(surface, way, plant, secrets, **fields)  # type: ignore[arg-type]  # the fields of Cell


_numbers: dict[str, str] = {}


@cache
def _card_number(name: str) -> str:
    """Return another card number for each name: the check digit is Luhn's (ISO/IEC 7812-1)."""
    body = f"400000{len(_numbers):09d}"
    _numbers[name] = body
    digits = [int(digit) for digit in reversed(body)]
    total = sum(sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return f"{body}{-total % 10}"
