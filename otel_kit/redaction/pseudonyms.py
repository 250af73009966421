"""Keyed pseudonyms: the same value gets the same name, and without the key nobody can tell whose it is.

A plain hash would not do: all phone, card and social security numbers can be tried in minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from otel_kit.errors import Fault, PolicyError

_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_SHORTEST_SECRET = 32  # characters: 128 bits when written as hexadecimal
_PSEUDONYM = re.compile(r"hmac:[A-Za-z0-9._-]{1,32}:[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A secret with the id by which its pseudonyms are told from those of other keys."""

    id: str
    secret: bytes = field(repr=False)

    def pseudonym(self, value: str) -> str:
        """Return ``hmac:<key id>:<22 characters>``: 132 bits of HMAC-SHA256 (RFC 2104) in base64url."""
        digest = hmac.digest(self.secret, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"hmac:{self.id}:{base64.urlsafe_b64encode(digest)[:22].decode('ascii')}"


@dataclass(frozen=True, slots=True)
class PseudonymKeys:
    """The key in force and the ones before it, newest first. Immutable and thread-safe."""

    keys: tuple[PseudonymKey, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("at least one key is needed")

    def pseudonym(self, value: str) -> str:
        """Return the pseudonym of ``value`` by the key in force."""
        return self.keys[0].pseudonym(value)

    def all_of(self, value: str) -> tuple[str, ...]:
        """Return the pseudonyms of ``value`` by every key: what to search for to find a person after a rotation."""
        return tuple(key.pseudonym(value) for key in self.keys)


def is_pseudonym(value: str) -> bool:
    """Whether ``value`` has the form of a pseudonym."""
    return _PSEUDONYM.fullmatch(value) is not None


def load_pseudonym_keys(path: Path) -> PseudonymKeys:
    """Read keys from a file: one ``id secret`` a line, the first in force, the others from before; # is a comment.

    Raises:
        PolicyError: the file cannot be read, or a line is no key; secrets are never named.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise PolicyError(
            [Fault(str(path), f"cannot be read: {reason}", "a file of pseudonym keys is needed")]
        ) from error
    keys, faults = _read(lines, str(path))
    if not keys and not faults:
        faults.append(Fault(str(path), "holds no key", "one line of id and secret is needed"))
    if faults:
        raise PolicyError(faults)
    return PseudonymKeys(tuple(keys))


def _read(lines: Sequence[str], name: str) -> tuple[list[PseudonymKey], list[Fault]]:
    keys: dict[str, PseudonymKey] = {}
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{name}:{number}"
        key_id, _, secret = line.strip().partition(" ")
        secret = secret.strip()
        if not _ID.fullmatch(key_id):
            faults.append(Fault(where, "has no key id", "letters, digits and . _ - are possible, a space follows"))
        elif len(secret) < _SHORTEST_SECRET:
            faults.append(
                Fault(where, f"has a secret of {len(secret)} characters", f"at least {_SHORTEST_SECRET} are needed",
                      'Make one with: python -c "import secrets; print(secrets.token_hex(32))".')
            )  # fmt: skip
        elif key_id in keys:
            faults.append(Fault(where, f"names the key id {key_id} again", "an id stands for one secret for ever"))
        else:
            keys[key_id] = PseudonymKey(key_id, secret.encode("utf-8"))
    return list(keys.values()), faults
