"""The words a policy file may use: actions, validators, scopes and structured kinds.

The redaction package implements each of them; a test holds the two sides together.
"""

from __future__ import annotations

from typing import Final

ACTIONS: Final = ("replace", "scheme", "email", "card", "phone", "ssn", "iban", "last4", "ip")
VALIDATORS: Final = ("email", "card", "phone", "ssn", "iban", "ip", "basic", "random")
SCOPES: Final = ("any", "query")
STRUCTURED: Final = ("url", "query", "path", "sql", "cookie", "set_cookie", "address")
