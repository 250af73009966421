"""The words a policy file may use: actions, validators, scopes, data classes and structured kinds.

The redaction package implements each of them; a test holds the two sides together.
"""

from __future__ import annotations

from typing import Final

# From the weakest to the strictest; within one rank neither is stricter than the other.
ACTION_RANKS: Final = (
    ("keep",),
    ("truncate",),
    ("scheme", "email", "card", "phone", "ssn", "iban", "last4", "ip", "pseudonym"),
    ("replace",),
    ("drop",),
)
ACTIONS: Final = tuple(action for rank in ACTION_RANKS for action in rank)
RULE_ACTIONS: Final = ACTIONS[1:]
FALLBACKS: Final = ("replace", "keep")
MODES: Final = ("enforce", "report")
DATA_CLASSES: Final = ("public", "internal", "confidential", "restricted")
MINIMUM_CLASSES: Final = DATA_CLASSES[1:]
VALIDATORS: Final = (
    "email", "ip", "basic", "random", "card", "card_long", "card_near_word", "iban", "routing_number",
    "bank_account", "phone", "phone_national", "phone_spoken", "ssn", "itin", "ein", "npi", "dea",
    "document_number",
)  # fmt: skip
ENCODINGS: Final = ("base64",)
SCOPES: Final = ("any", "query")
STRUCTURED: Final = ("url", "query", "path", "sql", "cookie", "set_cookie", "address")


def action_rank(action: str) -> int:
    """Return how strict an action is, from 0 up."""
    return next(rank for rank, actions in enumerate(ACTION_RANKS) if action in actions)
