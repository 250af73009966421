"""One key: what is kept of it, how its text is made, and what each field may hold."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SECRET_BYTES: Final = 32
"""Random bytes in a key: so many that an unsalted hash of it cannot be guessed backwards."""
OLD_AFTER: Final = timedelta(days=90)
"""From this age on a key is listed as old: time to rotate it."""
LONGEST_NOTE: Final = 200

_ID_PREFIX: Final = "k"
_ID_RANDOM_BYTES: Final = 4
_ID: Final = re.compile(r"[a-z0-9-]{1,32}")
_TENANT: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}")
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_TEXT: Final = re.compile(r"otk_([a-z0-9-]{1,32})_[A-Za-z0-9_-]{43}")
# RFC 3339; `fromisoformat` alone takes other forms of ISO 8601 as well, which the guard does not.
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_LARGEST_LIMIT: Final = (1 << 53) - 1  # beyond, a reader that keeps numbers as floats would round it


@dataclass(frozen=True, slots=True)
class Limits:
    """What one key may send, in requests and in bytes after decompression: rates and how much of it at once.

    A rate of 0 is no limit; None is the guard's default.
    """

    requests_per_second: float | None = None
    burst: float | None = None
    bytes_per_second: float | None = None
    byte_burst: float | None = None


LIMITS: Final = tuple(Limits.__dataclass_fields__)
_BURST_OF: Final = {"requests_per_second": "burst", "bytes_per_second": "byte_burst"}


@dataclass(frozen=True, slots=True)
class Key:
    """What the file says of a key. ``sha256`` is the hash of its whole text; the text itself is nowhere."""

    id: str
    tenant: str
    sha256: str = field(repr=False)
    created: datetime
    expires: datetime | None = None
    trusted_redaction: bool = False
    note: str = ""
    limits: Limits = field(default_factory=Limits)

    def age(self, now: datetime) -> timedelta:
        """Return how long ago it was made; nothing for a key of the future, which a wrong clock makes."""
        return max(now - self.created, timedelta(0))

    def is_old(self, now: datetime) -> bool:
        """Whether it should be rotated."""
        return self.age(now) > OLD_AFTER

    def is_expired(self, now: datetime) -> bool:
        """Whether the guard refuses it by now."""
        return self.expires is not None and self.expires <= now

    def as_entry(self) -> dict[str, Any]:
        """Return the entry of the file: limits that are the guard's own are left out, and so is an empty note."""
        limits = {name: value for name, value in asdict(self.limits).items() if value is not None}
        return {
            "id": self.id,
            "tenant": self.tenant,
            "sha256": self.sha256,
            "created": time_text(self.created),
            "expires": None if self.expires is None else time_text(self.expires),
            "trusted_redaction": self.trusted_redaction,
            **({"note": self.note} if self.note else {}),
            **limits,
        }

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Key:
        """Return the key of an entry without faults."""
        return cls(
            id=entry["id"],
            tenant=entry["tenant"],
            sha256=entry["sha256"].lower(),
            created=_time(entry["created"]),
            expires=None if entry.get("expires") is None else _time(entry["expires"]),
            trusted_redaction=entry.get("trusted_redaction", False),
            note=entry.get("note", ""),
            limits=Limits(**{name: entry.get(name) for name in LIMITS}),
        )


def new_id() -> str:
    """Return a random id."""
    return _ID_PREFIX + secrets.token_hex(_ID_RANDOM_BYTES)


def new_text(id: str) -> str:
    """Return the text of a new key: the one thing that is secret."""
    random = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    return f"otk_{id}_{random}"


def hash_of(text: str) -> str:
    """Return the SHA-256 of a key's whole text, in hexadecimal. *Standard:* FIPS 180-4."""
    return hashlib.sha256(text.encode()).hexdigest()


def id_in(text: str) -> str | None:
    """Return the id inside the text of a key, None if it is no such text."""
    match = _TEXT.fullmatch(text)
    return match[1] if match else None


def time_text(time: datetime) -> str:
    """Return a time in UTC to the second. *Standard:* RFC 3339."""
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_time(text: str) -> datetime:
    """Return a time from RFC 3339. Raises ValueError."""
    if not _TIME.fullmatch(text):
        raise ValueError
    time = datetime.fromisoformat(text)
    time.astimezone(UTC)  # year 1 and 9999 have zones that leave the calendar
    return time


def bursts_too_small(limits: Mapping[str, Any]) -> list[str]:
    """Return the bursts that no request could ever meet, which the guard refuses; 0 goes with a rate of 0 only."""
    return [
        burst
        for rate, burst in _BURST_OF.items()
        if limits.get(burst) is not None and limits[burst] < 1 and limits.get(rate) != 0
    ]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry: whether it fits, what is wanted, and whether its value may be shown in an error."""

    fits: Callable[[Any], bool]
    wanted: str
    shown: bool = True
    required: bool = True


def _fits(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError
    return parse_time(value)


def _is_time(value: Any) -> bool:
    try:
        _time(value)
    except (ValueError, OverflowError):
        return False
    return True


def _is_limit(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LARGEST_LIMIT


def _is_note(value: Any) -> bool:
    # What a terminal would obey, and half characters that no file can hold, are no note.
    return isinstance(value, str) and len(value) <= LONGEST_NOTE and (not value or value.isprintable())


BURST_WANTED: Final = "at least 1 is needed where the rate is not 0"
_LIMIT = Field(_is_limit, f"a number from 0 to {_LARGEST_LIMIT} is needed", required=False)
# Somebody who takes a field for the place of the key itself must not see it in an error: these are not shown.
FIELDS: Final[Mapping[str, Field]] = {
    "id": Field(_fits(_ID), "1 to 32 of a-z, 0-9 and '-' are needed", shown=False),
    "tenant": Field(
        _fits(_TENANT), "1 to 64 of letters, digits, '.', '_' and '-' are needed, a letter or digit first", shown=False
    ),
    "sha256": Field(_fits(_HASH), "64 hexadecimal digits are needed: the SHA-256 of the key", shown=False),
    "created": Field(_is_time, "a time such as 2026-11-21T23:00:00Z is needed"),
    "expires": Field(
        lambda value: value is None or _is_time(value),
        "null or a time such as 2026-11-21T23:00:00Z is needed",
        required=False,
    ),
    "trusted_redaction": Field(lambda value: isinstance(value, bool), "true or false is needed", required=False),
    "note": Field(
        _is_note, f"printable text of at most {LONGEST_NOTE} characters is needed", shown=False, required=False
    ),
    **dict.fromkeys(LIMITS, _LIMIT),
}
"""Every field that an entry may have, in the order in which they are written."""
