"""Settings of typed events, LLM usage and alerts that the application raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from otel_kit.settings.kinds import BOOLEAN, COUNT, DURATION, TEXT, Kind
from otel_kit.settings.option import Variable, option

_CAPTURED = {"no_content": False, "span_only": True, "event_only": True, "span_and_event": True}


def _captured(value: Any) -> Any:
    """Read what OpenTelemetry's instrumentations of generative AI take: where content goes, or whether."""
    return _CAPTURED[value.lower()] if isinstance(value, str) and value.lower() in _CAPTURED else BOOLEAN.parse(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOptions:
    """Events."""

    lifecycle: bool = option("lifecycle", BOOLEAN, True, "Emit an event when the kit starts, stops or is reconfigured.")
    audit_timeout_s: float = option(
        "audit_timeout", DURATION, 2.0, "How long event.audit() may wait for delivery.", reloadable=True
    )
    interaction_text: bool = option(
        "interaction_text", BOOLEAN, True,
        "Record the texts of event.interaction(), redacted. Off: lengths and references only.", reloadable=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmOptions:
    """LLM usage."""

    content: bool = option(
        "content", BOOLEAN, False, "Record what was asked and answered, redacted. Off: counts and names only.",
        standard=(
            Variable(
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
                Kind(f"true, false or one of {', '.join(_CAPTURED)} is needed", _captured, {"type": "string"}),
            ),
        ),
        reloadable=True,
    )  # fmt: skip
    prices_file: str | None = option(
        "prices", TEXT, None, "File with your own prices by model; they override the shipped ones.", reloadable=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOptions:
    """Alerts that the application raises."""

    cooldown_s: float = option(
        "cooldown", DURATION, 300.0, "An alert that is raised again within this time says nothing new.",
        reloadable=True,
    )  # fmt: skip
    hourly_cap: int = option("hourly_cap", COUNT, 20, "Events that one alert may emit in an hour.", reloadable=True)
    names: int = option("names", COUNT, 50, "Different names that alerts may have in one process.", reloadable=True)
