"""Loading the policy."""

from __future__ import annotations

import hashlib
from pathlib import Path

from otel_kit.errors import Fault, PolicyError
from otel_kit.policy.model import KeyClass, Policy, Rule

_RULES = (Rule("email", r"\b[A-Za-z0-9._+-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}\b"),)
_KEYS = (KeyClass("password", ("password", "passwd", "pwd", "secret")),)


def load_policy(path: Path | None = None) -> Policy:
    """Return the shipped policy."""
    if path is not None:
        raise PolicyError([Fault(str(path), "cannot be merged yet")])
    content = repr((_RULES, _KEYS)).encode()
    return Policy(hashlib.sha256(content).hexdigest()[:16], _RULES, _KEYS)
