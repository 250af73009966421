"""What a check found, and what several results mean together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

MAX_REASON = 300


class Status(StrEnum):
    """The three states."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


# What the gauge shows.
VALUES: Final[Mapping[Status, float]] = MappingProxyType(
    {Status.HEALTHY: 1.0, Status.DEGRADED: 0.5, Status.UNHEALTHY: 0.0}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A status with its reason: a line for people that know the inside, never shown to strangers."""

    status: Status
    reason: str = ""


HEALTHY: Final = Outcome(Status.HEALTHY)

# What a check may return; raising an exception says unhealthy, too.
Answer: TypeAlias = "bool | str | Status | Outcome | None"


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of a check found. ``checked_at`` is Unix time, durations are in seconds."""

    name: str
    critical: bool
    status: Status
    reason: str
    duration_s: float
    checked_at: float
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The results of all checks and what they mean together."""

    status: Status
    results: Mapping[str, Result]


def degraded(reason: str) -> Outcome:
    """Return what a check returns when its dependency works, but not well."""
    return Outcome(Status.DEGRADED, reason)


def unhealthy(reason: str) -> Outcome:
    """Return what a check returns when its dependency does not work."""
    return Outcome(Status.UNHEALTHY, reason)


def outcome_of(answer: object) -> Outcome:
    """Return what a check's answer means: None and True are healthy, False is not, a status is itself."""
    if answer is None or answer is True:
        return HEALTHY
    if answer is False:
        return unhealthy("the check returned False")
    if isinstance(answer, Outcome):
        return answer
    if isinstance(answer, str) and answer in set(Status):
        return Outcome(Status(answer))
    return unhealthy(f"the check returned a {type(answer).__name__}; None, a bool or a status is wanted")


def failure_of(error: BaseException) -> Outcome:
    """Return what a check's exception means. An exception whose text cannot be had is named only."""
    try:
        text = str(error)[:MAX_REASON]
    except Exception:
        text = ""
    name = type(error).__name__
    return unhealthy(f"{name}: {text}" if text else name)


def overall(results: Iterable[Result]) -> Status:
    """Return the worst that counts: only a critical check makes the whole unhealthy."""
    found = Status.HEALTHY
    for result in results:
        if result.status is Status.UNHEALTHY and result.critical:
            return Status.UNHEALTHY
        if result.status is not Status.HEALTHY:
            found = Status.DEGRADED
    return found


def report_of(results: Mapping[str, Result]) -> Report:
    """Return the report of ``results``; without any check the service is healthy."""
    return Report(overall(results.values()), results)
