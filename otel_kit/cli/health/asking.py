"""One service is asked how it is; whatever comes back becomes a few short, printable fields."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from otel_kit.healthchecks.fetch import FetchError, Request, Response, fetch
from otel_kit.healthchecks.results import Status
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.settings.kinds import without_credentials

UNREACHABLE = "unreachable"
_LONGEST = 60
_MOST_NAMES = 20
_GRACE_S = 0.5  # a host name that is looked up for ever keeps to no deadline


@dataclass(frozen=True, slots=True)
class Service:
    """What one service said. ``status`` is one of the three or ``unreachable``; ``problem`` says why there is none."""

    url: str
    status: str
    name: str = ""
    version: str = ""
    seconds: float | None = None
    failing: tuple[str, ...] = ()
    problem: str = ""

    @property
    def exit_status(self) -> int:
        """0 healthy, 1 degraded, 2 everything else."""
        return {Status.HEALTHY: 0, Status.DEGRADED: 1}.get(self.status, 2)  # type: ignore[call-overload,no-any-return]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, ready for JSON."""
        return {
            "url": self.url,
            "status": self.status,
            "service": self.name or None,
            "version": self.version or None,
            "response_time_ms": None if self.seconds is None else round(self.seconds * 1000, 3),
            "failing": list(self.failing),
            "problem": self.problem or None,
        }


def health_url(text: str) -> str:
    """Return the URL to ask: ``/health`` of a bare address, a URL with a path as it is. Raises ValueError."""
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError
    _ = parts.port  # raises ValueError when it is no port
    return parts._replace(path="/health").geturl() if parts.path in ("", "/") else url


def ask_all(urls: Sequence[str], key: str | None, timeout_s: float) -> list[Service]:
    """Ask all services at once; returns what they said, in order, after at most about ``timeout_s``."""
    answers: dict[int, Service] = {}

    def work(number: int, url: str) -> None:
        answers[number] = ask(url, key, timeout_s)

    threads = [threading.Thread(target=work, args=item, daemon=True) for item in enumerate(urls)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout_s + _GRACE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [_redacted(answers.get(number) or _silent(url)) for number, url in enumerate(urls)]


def ask(url: str, key: str | None, timeout_s: float) -> Service:
    """Ask one service; never raises for what it answers."""
    began = time.monotonic()
    headers = {"accept": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    try:
        response = fetch(Request(url, headers=headers), timeout_s)
    except FetchError as error:
        return Service(shown_url(url), UNREACHABLE, problem=str(error))
    return _read(response, shown_url(url), time.monotonic() - began, has_key=key is not None)


def printable(value: object, longest: int = _LONGEST) -> str:
    """Return a text of the answer for a terminal: one short line without control characters; other values are none."""
    if not isinstance(value, str):
        return ""
    line = "".join(character if character.isprintable() else "?" for character in value[: longest + 1])
    return line if len(line) <= longest else line[: longest - 3] + "..."


def shown_url(url: str) -> str:
    """Return a URL without credentials and query."""
    return printable(without_credentials(url), 200)


def _redacted(service: Service) -> Service:
    """Redact what came from elsewhere: a kit has done so already, but anything may have answered."""
    if not service.name and not service.failing:
        return service
    redactor, findings = default_redactor(), Findings()
    name, version, *failing = (
        redactor.text(text, findings) for text in (service.name, service.version, *service.failing)
    )
    return replace(service, name=name, version=version, failing=tuple(failing))


def _silent(url: str) -> Service:
    return Service(shown_url(url), UNREACHABLE, problem="no answer in time")


def _read(response: Response, url: str, seconds: float, *, has_key: bool) -> Service:
    if response.status == 401:
        problem = "the key is refused (401)" if has_key else "a login is asked for (401)"
        return Service(url, UNREACHABLE, seconds=seconds, problem=problem)
    answer = _document(response)
    status = answer.get("status") if answer is not None else None
    if answer is None or not isinstance(status, str) or status not in set(Status):
        what = f"HTTP {response.status}" if response.status >= 300 else "the answer is no health report"
        return Service(url, UNREACHABLE, seconds=seconds, problem=what)
    if response.status >= 500:
        status = Status.UNHEALTHY  # a load balancer goes by that, whatever the text says
    return Service(
        url,
        str(status),
        name=printable(answer.get("service")),
        version=printable(answer.get("version"), 30),
        seconds=seconds,
        failing=tuple(_failing(answer.get("dependencies"))),
    )


def _document(response: Response) -> Mapping[str, Any] | None:
    if response.is_cut:
        return None
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _failing(dependencies: object) -> list[str]:
    """Return the checks that are not healthy, with reasons where the key shows them."""
    if not isinstance(dependencies, dict):
        return []
    failing = []
    for name, found in dependencies.items():
        status = found.get("status") if isinstance(found, dict) else found
        if status == Status.HEALTHY:
            continue
        reason = printable(found.get("reason"), 120) if isinstance(found, dict) else ""
        text = f"{printable(name)} {printable(status, 12) or '?'}"
        failing.append(f"{text} ({reason})" if reason else text)
    more = len(failing) - _MOST_NAMES
    return [*failing[:_MOST_NAMES], f"{more} more"] if more > 0 else failing
