"""What lets data out: whether it survives an outage and a restart, and one combination that stops the Collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from otel_kit.errors import Fault
from otel_kit.stack.check.layers import Merged, component_type, names
from otel_kit.stack.check.variables import expanded

# They write at once and know no queue.
_WITHOUT_QUEUE: Final = ("debug", "file", "nop")
# Its client retries by itself, with no settings for it.
_WITHOUT_RETRY: Final = ("azuremonitor",)
_FOR_EVER: Final = (0, "0", "0s")


def forgetful(merged: Merged, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a note for each exporter in use that loses what it accepted, at a restart or in a long outage."""
    used = {name for pipeline in merged.pipelines().values() for name in names(pipeline, "exporters")}
    for name, settings in merged.section("exporters").items():
        if name not in used or component_type(name) in _WITHOUT_QUEUE:
            continue
        place = ("exporters", name)
        queue, retry = _part(settings, "sending_queue", environment), _part(settings, "retry_on_failure", environment)
        if not queue.get("storage") or queue.get("enabled") is False:
            yield Fault(
                merged.where(*place, "sending_queue"),
                f"exporters.{name} keeps its queue in memory: a restart loses it",
                "sending_queue: {storage: file_storage/queue}",
            )
        if component_type(name) in _WITHOUT_RETRY:
            continue
        limit = "the first failure" if retry.get("enabled") is False else retry.get("max_elapsed_time", "5m")
        if limit not in _FOR_EVER:
            yield Fault(
                merged.where(*place, "retry_on_failure"),
                f"exporters.{name} gives up on a batch after {limit} and drops it",
                "retry_on_failure: {max_elapsed_time: 0}",
            )


def crashing(merged: Merged) -> Iterator[Fault]:
    """Yield a fault for each exporter with a queue on disk whose headers come from the sender's attributes.

    Behind such a queue the attributes are gone, and the Collector ends with a panic, again after each restart (seen on
    0.158).
    """
    from_attribute = {
        name
        for name, settings in merged.section("extensions").items()
        if component_type(name) == "headers_setter" and _takes_from_attribute(settings)
    }
    for name, settings in merged.section("exporters").items():
        if not isinstance(settings, dict) or not isinstance(settings.get("auth"), dict):
            continue
        authenticator = settings["auth"].get("authenticator")
        if authenticator in from_attribute and _part(settings, "sending_queue", {}).get("storage"):
            yield Fault(
                merged.where("exporters", name, "auth"),
                f"exporters.{name} has a queue on disk and headers of extensions.{authenticator} with from_attribute: "
                "the Collector ends with a panic at the first record, and after each restart",
                "from_context survives a queue, from_attribute does not",
                "Use from_context: x-otel-kit-tenant.",
            )


def _part(settings: Any, key: str, environment: Mapping[str, str]) -> Mapping[str, Any]:
    found = settings.get(key) if isinstance(settings, dict) else None
    return {name: expanded(value, environment) for name, value in found.items()} if isinstance(found, dict) else {}


def _takes_from_attribute(settings: Any) -> bool:
    headers = settings.get("headers") if isinstance(settings, dict) else None
    return isinstance(headers, list) and any(isinstance(row, dict) and "from_attribute" in row for row in headers)
