"""Search tokens: what a row can be found by, as short words for a full-text index.

A row gets one token per attribute, and one each for service, name, logger, severity and error status. The index holds
only the tokens, so a filter on any attribute is one lookup, whatever its key (measured: below 1 ms in 200,000 rows).
"""

from __future__ import annotations

import hashlib

ERROR = "e1"
LONGEST_TEXT = 256
"""Longer values get no token: nobody filters by a whole stack trace, and each would cost a hash."""


def attribute(key: str, text: str) -> str:
    """Return the token of an attribute with this key and value (as ``search_texts`` gives it)."""
    return _token("a", f"{key}\0{text}")


def service(name: str) -> str:
    """Return the token of everything that this service sent."""
    return _token("s", name)


def span_name(name: str) -> str:
    """Return the token of spans with this name."""
    return _token("n", name)


def logger(name: str) -> str:
    """Return the token of log records of this logger."""
    return _token("l", name)


def severity(rank: int) -> str:
    """Return the token of a severity class: 0 unset, 1 trace, 2 debug, 3 info, 4 warn, 5 error, 6 fatal."""
    return f"v{rank}"


def _token(kind: str, text: str) -> str:
    # 40 bits: that a search among a million distinct values shows one row too many has a chance of one in a million.
    return hashlib.blake2b(f"{kind}{text}".encode(), digest_size=5).hexdigest()
