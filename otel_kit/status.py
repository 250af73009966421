"""What ``kit.status()`` tells: is it on, where does data go, what was lost, what was redacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from otel_kit.pipeline.ledger import Account
from otel_kit.pipeline.redaction_counts import PlaceTotals, RedactionTotals
from otel_kit.pipeline.sink_seams import SinkAccount
from otel_kit.reload import Reloader

# "all": everything in the process passes the Guard. "own lane": other providers were there first, only what the kit
# sends is redacted. "off": redaction was switched off. "none": the kit is not running.
Guarantee = Literal["all", "own lane", "off", "none"]


@dataclass(frozen=True, slots=True)
class RedactionStatus:
    """The policy in force and what it did.

    ``hits`` counts altered values by rule, ``reported`` those that rules in report mode found and left, ``places`` both
    by rule and key. ``base`` is the id of the shipped policy; ``loosened`` says why the policy is not only stricter,
    ``without_key`` names what asks for pseudonyms while there is no key, ``faults`` why a file is not in force.
    """

    policy: str | None = None
    base: str | None = None
    only_stricter: bool = True
    loosened: tuple[str, ...] = ()
    engine: str = ""
    without_key: tuple[str, ...] = ()
    hits: Mapping[str, int] = field(default_factory=dict)
    reported: Mapping[str, int] = field(default_factory=dict)
    places: tuple[PlaceTotals, ...] = ()
    repaired: int = 0
    truncated: int = 0
    errors: int = 0
    reloads: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot; ``signals`` maps traces, metrics and logs to their accounts, ``endpoints`` to where they go.

    ``sinks`` maps console, file and syslog to their accounts.
    """

    running: bool
    service: str
    guarantee: Guarantee
    durability: Literal["memory"]
    instance_id: str | None = None
    instance_id_is_stable: bool = False
    policy: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, Account] = field(default_factory=dict)
    sinks: Mapping[str, SinkAccount] = field(default_factory=dict)
    redaction: RedactionStatus = field(default_factory=lambda: RedactionStatus())
    faults: Mapping[str, int] = field(default_factory=dict)
    metric_values_cut: Mapping[str, int] = field(default_factory=dict)  # by "instrument attribute"
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


def redaction_status(totals: RedactionTotals, reloader: Reloader) -> RedactionStatus:
    """Return what ``totals`` counted under the policy that ``reloader`` holds."""
    compiled = reloader.in_force
    redactor, policy = compiled.redactor, compiled.redactor.policy
    return RedactionStatus(
        policy=redactor.policy_id,
        base=policy.base_id,
        only_stricter=policy.only_stricter,
        loosened=policy.loosened,
        engine=redactor.engine,
        without_key=compiled.without_key,
        hits=totals.hits,
        reported=totals.reported,
        places=totals.places,
        repaired=totals.repaired,
        truncated=totals.truncated,
        errors=totals.errors,
        reloads=reloader.outcomes(),
        faults=tuple(str(fault) for fault in reloader.faults),
    )
