"""What ``kit.status()`` tells: is it on, where does data go, what was lost, what was redacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from otel_kit.pipeline.ledger import Account
from otel_kit.pipeline.redaction_counts import RedactionTotals

# "all": everything in the process passes the Guard. "own lane": other providers were there first, only what the kit
# sends is redacted. "off": redaction was switched off. "none": the kit is not running.
Guarantee = Literal["all", "own lane", "off", "none"]


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot; ``signals`` maps traces, metrics and logs to their accounts, ``endpoints`` to where they go."""

    running: bool
    service: str
    guarantee: Guarantee
    durability: Literal["memory"]
    instance_id: str | None = None
    instance_id_is_stable: bool = False
    policy: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, Account] = field(default_factory=dict)
    redaction: RedactionTotals = field(default_factory=lambda: RedactionTotals({}, 0, 0, 0))
    faults: Mapping[str, int] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, ready for JSON; each account has its ``waiting`` too."""
        plain = asdict(self)
        for signal, account in self.signals.items():
            plain["signals"][signal]["waiting"] = account.waiting
        return plain


def not_running(service: str = "") -> Status:
    """Return the status of a kit that is switched off, has failed to start or was shut down before it started."""
    return Status(False, service, "none", "memory")
