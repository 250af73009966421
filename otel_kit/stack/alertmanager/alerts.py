"""The alerts that Alertmanager holds, and who or what keeps each of them silent."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from otel_kit.stack.alertmanager.answers import wanted, when
from otel_kit.stack.alertmanager.silences import Silence, silences
from otel_kit.stack.http_json import Api

Severity = Literal["critical", "warning", "info", "none"]
# The worst first; what nobody knows is as bad as a warning, as it is told like one.
_ORDER: Final = {"critical": 0, "warning": 1, "info": 3, "none": 4}
_UNKNOWN: Final = 2
# Of the rule, not of what it found: the copy for escalation differs in one of them.
_OF_THE_RULE: Final = frozenset({"severity", "escalation", "family", "layer", "needs"})


@dataclass(frozen=True, slots=True)
class Alert:
    """A firing alert. ``silenced`` are the silences that keep it mute, ``inhibited`` the names of worse alerts."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    since: datetime.datetime
    silenced: Sequence[Silence]
    inhibited: Sequence[str]
    muted: Sequence[str]
    receivers: Sequence[str]

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.labels.get("alertname", "")

    @property
    def service(self) -> str:
        """The service that it is about; empty if it is about none."""
        return self.labels.get("service_name", "")

    @property
    def severity(self) -> str:
        """How bad it is, in the rule's word."""
        return self.labels.get("severity", "")

    @property
    def found(self) -> Mapping[str, str]:
        """The labels without those that the rule itself sets."""
        return {name: value for name, value in self.labels.items() if name not in _OF_THE_RULE}


def alerts(api: Api) -> list[Alert]:
    """Return all that fire, the worst first, of the same severity the newest; blocks.

    Raises:
        Unreachable: nobody answers.
        OtelKitError: what answers refuses, or is something else.
    """
    found = wanted(api, "Alertmanager", api.get("/api/v2/alerts"), list)
    in_force = {one.id: one for one in silences(api)} if any(one["status"]["silencedBy"] for one in found) else {}
    names = {one["fingerprint"]: one["labels"].get("alertname", "") for one in found}
    known = [_alert(one, in_force, names) for one in found]
    return sorted(known, key=lambda one: (_ORDER.get(one.severity, _UNKNOWN), -one.since.timestamp(), one.name))


def differing(among: Sequence[Alert]) -> list[str]:
    """Return the labels by which some of them differ, sorted; none of those that the rule itself sets."""
    names = sorted({name for one in among for name in one.found})
    return [name for name in names if len({one.found.get(name, "") for one in among}) > 1]


def exactly(chosen: Sequence[Alert], known: Sequence[Alert]) -> list[dict[str, str]]:
    """Return for each of ``chosen`` the labels that it alone has among those ``known``; its escalated copy is the same.

    A label that it has not, but another one has, is there with an empty value, as Alertmanager compares them.
    """
    differ = dict.fromkeys(differing(known), "")
    found = {tuple(sorted({**differ, **one.found}.items())) for one in chosen}
    return [dict(one) for one in sorted(found)]


def _alert(one: Any, in_force: Mapping[str, Silence], names: Mapping[str, str]) -> Alert:
    status = one["status"]
    return Alert(
        labels=one["labels"],
        annotations=one["annotations"],
        since=when(one["startsAt"]),
        silenced=[in_force[key] for key in status["silencedBy"] if key in in_force],
        inhibited=sorted({names.get(key, key) for key in status["inhibitedBy"]}),
        muted=status.get("mutedBy") or [],
        receivers=sorted({receiver["name"] for receiver in one["receivers"]}),
    )
