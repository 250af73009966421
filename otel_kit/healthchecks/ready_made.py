"""The ready-made checks as ``kit.health.checks`` has them; each returns what ``kit.health.check`` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otel_kit.healthchecks import presets
from otel_kit.healthchecks.checks.collector import collector
from otel_kit.healthchecks.checks.database import sqlalchemy
from otel_kit.healthchecks.checks.export import export
from otel_kit.healthchecks.checks.http import http
from otel_kit.healthchecks.checks.machine import cpu, disk_space, memory
from otel_kit.healthchecks.checks.redis import redis
from otel_kit.healthchecks.checks.smtp import smtp
from otel_kit.healthchecks.checks.tcp import tcp
from otel_kit.healthchecks.checks.websockets import websockets
from otel_kit.healthchecks.running import TimedCheck
from otel_kit.pipeline.ledger import Account


class ReadyMade:
    """Every ready-made check. Building one opens no connection."""

    http = staticmethod(http)
    tcp = staticmethod(tcp)
    sqlalchemy = staticmethod(sqlalchemy)
    redis = staticmethod(redis)
    disk_space = staticmethod(disk_space)
    cpu = staticmethod(cpu)
    memory = staticmethod(memory)
    collector = staticmethod(collector)
    smtp = staticmethod(smtp)

    openai = staticmethod(presets.openai)
    azure_openai = staticmethod(presets.azure_openai)
    anthropic = staticmethod(presets.anthropic)
    gemini = staticmethod(presets.gemini)
    mistral = staticmethod(presets.mistral)
    google_calendar = staticmethod(presets.google_calendar)
    microsoft_calendar = staticmethod(presets.microsoft_calendar)
    caldav = staticmethod(presets.caldav)
    slack = staticmethod(presets.slack)
    twilio = staticmethod(presets.twilio)
    telegram = staticmethod(presets.telegram)
    whatsapp = staticmethod(presets.whatsapp)
    sendgrid = staticmethod(presets.sendgrid)

    def __init__(self) -> None:
        self._accounts: Callable[[], Mapping[str, Account]] = dict
        self._open_now: Callable[[], int] = lambda: 0

    def start(self, accounts: Callable[[], Mapping[str, Account]], open_now: Callable[[], int]) -> None:
        """Let the checks of the kit itself see ``accounts`` by signal and the number of websocket connections."""
        self._accounts, self._open_now = accounts, open_now

    def export(self, *, lately_s: float = 300.0) -> TimedCheck:
        """Return a check of the kit's own export: degraded while requests fail, or records were lost ``lately_s`` ago.

        Register it with ``critical=False``: an application works without its telemetry.
        """
        return export(lambda: self._accounts(), lately_s=lately_s)

    def websockets(self, *, most: int) -> TimedCheck:
        """Return a check that is degraded while more than ``most`` websockets are open (engine ``asgi``)."""
        return websockets(lambda: self._open_now(), most=most)
